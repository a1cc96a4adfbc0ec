/** @file A learning-rate schedule as plain data, which files keep and command lines say. */

/**
 * A length of time in a run: so many steps, so many epochs, or a fraction of the run; behind a warm-up, of what that
 * leaves of the run. It is rounded to steps.
 */
export type Span = { readonly steps: number } | { readonly epochs: number } | { readonly fraction: number };

/** A linear rise to the learning rate in front of a schedule. */
export interface Warmup {
  /** Default none. */
  readonly warmup?: Span;
  /** Where it starts, as a fraction of the learning rate, >= 0. Default 0, so the first step moves nothing. */
  readonly warmupFrom?: number;
}

/** The rate stays. */
export interface ConstantSchedule extends Warmup {
  readonly type: 'constant';
}

/** `rate * factor^floor(step / every)`. */
export interface StepSchedule extends Warmup {
  readonly type: 'step';
  readonly every: Span;
  /** > 0. Default 0.1. */
  readonly factor?: number;
}

/** Keras' PiecewiseConstantDecay: `factors[i]` times the rate up to and with `boundaries[i]`, then the next. */
export interface PiecewiseSchedule extends Warmup {
  readonly type: 'piecewise';
  /** Rising. */
  readonly boundaries: readonly Span[];
  /** One more than the boundaries, each > 0. */
  readonly factors: readonly number[];
}

/** Keras' ExponentialDecay: `rate * decayRate^(step / decay)`. */
export interface ExponentialSchedule extends Warmup {
  readonly type: 'exponential';
  /** Steps after which `decayRate` is reached; it goes on from there. Default the run after the warm-up. */
  readonly decay?: Span;
  /** > 0. Default 0.1. */
  readonly decayRate?: number;
  /** Whether the exponent is cut to whole numbers. Default false. */
  readonly staircase?: boolean;
}

/** Keras' InverseTimeDecay: `rate / (1 + decayRate * step / decay)`. */
export interface InverseTimeSchedule extends Warmup {
  readonly type: 'inverse-time';
  /** Default the run after the warm-up; it goes on from there. */
  readonly decay?: Span;
  /** > 0. Default 1: half the rate after `decay`. */
  readonly decayRate?: number;
  /** Whether the quotient is cut to whole numbers. Default false. */
  readonly staircase?: boolean;
}

/** Keras' PolynomialDecay: `(rate - end) * (1 - step / decay)^power + end`, where `end = alpha * rate`. */
export interface PolynomialSchedule extends Warmup {
  readonly type: 'polynomial';
  /** Default the run after the warm-up. */
  readonly decay?: Span;
  /** Where it ends, as a fraction of the rate, >= 0: Keras' `end_learning_rate` over the rate. Default 0. */
  readonly alpha?: number;
  /** > 0. Default 1: a straight line. */
  readonly power?: number;
  /** Whether it starts again from a longer decay when it has ended. Default false. */
  readonly cycle?: boolean;
}

/** Keras' CosineDecay: `rate * ((1 - alpha) * (1 + cos(pi step / decay)) / 2 + alpha)`. */
export interface CosineSchedule extends Warmup {
  readonly type: 'cosine';
  /** Default the run after the warm-up. */
  readonly decay?: Span;
  /** Where it ends, as a fraction of the rate, >= 0. Default 0. */
  readonly alpha?: number;
}

/** Keras' CosineDecayRestarts (SGDR, https://arxiv.org/abs/1608.03983). */
export interface CosineRestartsSchedule extends Warmup {
  readonly type: 'cosine-restarts';
  /** Length of the first period. */
  readonly firstDecay: Span;
  /** How much longer each period is than the one before, >= 1. Default 2. */
  readonly tMul?: number;
  /** How much lower each period starts, > 0. Default 1. */
  readonly mMul?: number;
  /** Where each period ends, as a fraction of the rate, >= 0. Default 0. */
  readonly alpha?: number;
}

/**
 * PyTorch's OneCycleLR (https://arxiv.org/abs/1708.07120): up from `max / divFactor` to `max`, then down to
 * `max / divFactor / finalDivFactor`, over the whole run. It brings its own warm-up.
 */
export interface OneCycleSchedule {
  readonly type: 'one-cycle';
  /** > 0. Default the learning rate. */
  readonly maxLearningRate?: number;
  /** Fraction of the run that goes up, in [0, 1]. Default 0.3. */
  readonly pctStart?: number;
  /** Default `cos`. */
  readonly annealStrategy?: 'cos' | 'linear';
  /** > 0. Default 25. */
  readonly divFactor?: number;
  /** > 0. Default 1e4. */
  readonly finalDivFactor?: number;
  /** Whether it goes down as fast as it went up, and only then to the end. Default false. */
  readonly threePhase?: boolean;
}

/** A learning-rate schedule as plain data. */
export type ScheduleSpec =
  | ConstantSchedule
  | StepSchedule
  | PiecewiseSchedule
  | ExponentialSchedule
  | InverseTimeSchedule
  | PolynomialSchedule
  | CosineSchedule
  | CosineRestartsSchedule
  | OneCycleSchedule;

export type ScheduleType = ScheduleSpec['type'];

/** The run that a schedule is for. */
export interface ScheduleRun {
  /** The rate that the schedule starts from, > 0. */
  readonly learningRate: number;
  /** Steps of the whole run, >= 1. */
  readonly totalSteps: number;
  /** >= 1. */
  readonly stepsPerEpoch: number;
}
