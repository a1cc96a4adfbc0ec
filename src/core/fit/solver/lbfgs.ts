/** @file L-BFGS: minimizes a smooth function of many numbers by its values and gradients. It knows no function: it is told. */

export interface LbfgsOptions {
  /** Pairs of steps and changes of the gradient that are kept, >= 1. Default 10, as in SciPy. */
  readonly memory?: number | undefined;
  /** Done where no number of the gradient is further from 0, > 0. Default 1e-6. */
  readonly gradientTolerance?: number | undefined;
  /** At most, >= 1. Default 100. */
  readonly maxIterations?: number | undefined;
}

/**
 * `converged`: the gradient is as small as was asked for. `stalled`: no step along the line makes the value less, as where its last
 * digits are noise. `iterations`: there were as many as were allowed.
 */
export type LbfgsEnd = 'converged' | 'stalled' | 'iterations';

/** A step has to lower the value by this part of what the slope promises. */
const SUFFICIENT_DECREASE = 1e-4;
/** Behind a step, the slope is at most this part of what it was. */
const CURVATURE = 0.9;
/** Of the value: what of it is noise. Within it the slope alone decides, as in Hager and Zhang's approximate Wolfe conditions. */
const NOISE = 1e-7;
const MAX_TRIALS = 30;

/**
 * One minimization, step by step: whoever drives it computes value and gradient at {@link trial}, and tells them, until {@link ended}.
 * So many can be driven at once, with what they have in common computed once.
 *
 * @see Liu and Nocedal, On the limited memory BFGS method for large scale optimization, 1989; the line search is the bisection
 *   of Lewis and Overton, Nonsmooth optimization via quasi-Newton methods, 2013.
 */
export class Lbfgs {
  /** Where value and gradient are wanted next. */
  readonly trial: Float64Array;
  /** The best so far; meaningful after the first {@link tell}. */
  readonly point: Float64Array;
  value: number = Number.POSITIVE_INFINITY;
  /** Steps that were taken. */
  iterations = 0;
  ended: LbfgsEnd | undefined;
  readonly #gradient: Float64Array;
  readonly #direction: Float64Array;
  readonly #pairs: { readonly step: Float64Array; readonly change: Float64Array; readonly rho: number }[] =
    [];
  readonly #memory: number;
  readonly #tolerance: number;
  readonly #maxIterations: number;
  #line: { slope: number; length: number; low: number; high: number; trials: number } | undefined;

  /** @param start - Copied. */
  constructor(start: Float64Array, options: LbfgsOptions = {}) {
    const { memory = 10, gradientTolerance = 1e-6, maxIterations = 100 } = options;
    this.trial = start.slice();
    this.point = start.slice();
    this.#gradient = new Float64Array(start.length);
    this.#direction = new Float64Array(start.length);
    this.#memory = memory;
    this.#tolerance = gradientTolerance;
    this.#maxIterations = maxIterations;
  }

  /**
   * @param gradient - Copied.
   * @returns Whether a step was taken: the trial is the new point. At the beginning, too.
   */
  tell(value: number, gradient: Float64Array): boolean {
    const line = this.#line;
    if (line === undefined) {
      this.#accept(value, gradient);
      this.#nextLine();
      return true;
    }
    line.trials++;
    const slope = dot(gradient, this.#direction);
    if (!this.#isLower(value, slope, line)) line.high = line.length;
    else if (slope < CURVATURE * line.slope) line.low = line.length;
    else {
      this.#remember(gradient);
      this.#accept(value, gradient);
      this.iterations++;
      this.#nextLine();
      return true;
    }
    if (line.trials >= MAX_TRIALS) {
      this.ended = 'stalled';
      return false;
    }
    line.length = Number.isFinite(line.high) ? (line.low + line.high) / 2 : 2 * line.length;
    this.#placeTrial(line.length);
    return false;
  }

  #isLower(
    value: number,
    slope: number,
    { slope: before, length }: { slope: number; length: number },
  ): boolean {
    if (value <= this.value + SUFFICIENT_DECREASE * length * before) return true;
    return (
      value <= this.value + NOISE * Math.abs(this.value) && slope <= (2 * SUFFICIENT_DECREASE - 1) * before
    );
  }

  #accept(value: number, gradient: Float64Array): void {
    this.value = value;
    this.point.set(this.trial);
    this.#gradient.set(gradient);
  }

  #remember(gradient: Float64Array): void {
    const step = this.trial.map((number, i) => number - this.point[i]!);
    const change = gradient.map((number, i) => number - this.#gradient[i]!);
    const product = dot(step, change);
    // Where rounding has eaten the curvature, the pair would turn the direction around.
    if (!(product > 1e-14 * Math.sqrt(dot(step, step) * dot(change, change)))) return;
    this.#pairs.push({ step, change, rho: 1 / product });
    if (this.#pairs.length > this.#memory) this.#pairs.shift();
  }

  #nextLine(): void {
    if (this.#gradient.every((number) => Math.abs(number) <= this.#tolerance)) this.ended = 'converged';
    else if (this.iterations >= this.#maxIterations) this.ended = 'iterations';
    if (this.ended !== undefined) return;
    this.#setDirection();
    let slope = dot(this.#gradient, this.#direction);
    if (!(slope < 0)) {
      this.#pairs.length = 0;
      this.#setDirection();
      slope = dot(this.#gradient, this.#direction);
    }
    // Without a pair the direction has no scale of its own.
    const length = this.#pairs.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(-slope));
    this.#line = { slope, length, low: 0, high: Number.POSITIVE_INFINITY, trials: 0 };
    this.#placeTrial(length);
  }

  /** The two loops: minus the inverse Hessian, as the pairs have it, times the gradient. */
  #setDirection(): void {
    const direction = this.#direction;
    direction.set(this.#gradient);
    const factors = this.#pairs.map(() => 0);
    for (let i = this.#pairs.length - 1; i >= 0; i--) {
      const { step, change, rho } = this.#pairs[i]!;
      factors[i] = rho * dot(step, direction);
      addScaled(direction, change, -factors[i]!);
    }
    const last = this.#pairs.at(-1);
    if (last !== undefined) scale(direction, 1 / (last.rho * dot(last.change, last.change)));
    this.#pairs.forEach(({ step, change, rho }, i) => {
      addScaled(direction, step, factors[i]! - rho * dot(change, direction));
    });
    scale(direction, -1);
  }

  #placeTrial(length: number): void {
    const { trial, point } = this;
    const direction = this.#direction;
    for (let i = 0; i < trial.length; i++) trial[i] = point[i]! + length * direction[i]!;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!;
}

function scale(target: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! *= factor;
}
