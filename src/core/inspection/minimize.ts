/**
 * @file Minimizes smooth convex functions, several at once: each asks for the value and gradient at a point, so that one pass over
 * the data can answer all of them.
 *
 * @see Nocedal, Wright, Numerical Optimization, algorithm 7.5 (L-BFGS)
 */

/** Where a function is to be evaluated, and what was found there. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** Steps that are remembered. */
const MEMORY = 10;
/** A step must bring this part of what the slope promises (Armijo). */
const SUFFICIENT = 1e-4;
const MAX_HALVINGS = 20;

/**
 * Yields points; {@link Evaluation}s of them are sent back. Returns the best point.
 *
 * @param start - Changed to the points that are asked for.
 * @param options.tolerance - Ends where no entry of the gradient is larger. Default 1e-4.
 * @param options.maxSteps - At most so many steps. Default 200.
 */
export function* minimize(
  start: Float64Array,
  { tolerance = 1e-4, maxSteps = 200 }: { readonly tolerance?: number; readonly maxSteps?: number } = {},
): Generator<Float64Array, Float64Array, Evaluation> {
  let point = start;
  let here = yield point;
  const steps: Float64Array[] = [];
  const changes: Float64Array[] = [];
  for (let step = 0; step < maxSteps; step++) {
    if (here.gradient.every((entry) => Math.abs(entry) <= tolerance)) break;
    const direction = towardsMinimum(here.gradient, steps, changes);
    const slope = dot(direction, here.gradient);
    let length = steps.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(here.gradient, here.gradient))) : 1;
    let next: Float64Array | undefined;
    let there = here;
    for (let halving = 0; halving < MAX_HALVINGS; halving++) {
      const moved = point.map((entry, i) => entry + length * direction[i]!);
      there = yield moved;
      if (there.value <= here.value + SUFFICIENT * length * slope) {
        next = moved;
        break;
      }
      length /= 2;
    }
    // As good as the arithmetic allows.
    if (next === undefined) break;
    const moved = next.map((entry, i) => entry - point[i]!);
    const change = there.gradient.map((entry, i) => entry - here.gradient[i]!);
    if (dot(moved, change) > 1e-12 * dot(change, change)) {
      steps.push(moved);
      changes.push(change);
      if (steps.length > MEMORY) {
        steps.shift();
        changes.shift();
      }
    }
    const gained = here.value - there.value;
    [point, here] = [next, there];
    if (gained <= 1e-9 * Math.abs(here.value)) break;
  }
  return point;
}

/** The two loops of L-BFGS. */
function towardsMinimum(
  gradient: Float64Array,
  steps: readonly Float64Array[],
  changes: readonly Float64Array[],
): Float64Array {
  const direction = gradient.map((entry) => -entry);
  const weights = steps.map(() => 0);
  for (let k = steps.length - 1; k >= 0; k--) {
    weights[k] = dot(steps[k]!, direction) / dot(changes[k]!, steps[k]!);
    add(direction, changes[k]!, -weights[k]!);
  }
  const [lastStep, lastChange] = [steps.at(-1), changes.at(-1)];
  if (lastStep !== undefined && lastChange !== undefined) {
    const scale = dot(lastStep, lastChange) / dot(lastChange, lastChange);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (let k = 0; k < steps.length; k++) {
    add(direction, steps[k]!, weights[k]! - dot(changes[k]!, direction) / dot(changes[k]!, steps[k]!));
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(to: Float64Array, values: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * values[i]!;
}
