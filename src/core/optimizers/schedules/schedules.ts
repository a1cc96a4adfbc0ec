/** @file Learning-rate schedules for an optimizer, by Keras' names and options. */

import { GraftError } from '../../errors/graft-error.ts';
import { requireSchedule } from './schedule-checks.ts';
import type { OneCycleSchedule, ScheduleSpec, Span, Warmup } from './schedule-spec.ts';
import { parseSchedule } from './schedule-text.ts';

/** A rate that changes from step to step, for an optimizer's `learningRate`. */
export interface LearningRateSchedule {
  /** The highest rate of a warm-up, else the first rate. */
  readonly learningRate: number;
  readonly spec: ScheduleSpec;
}

interface Initial {
  /** > 0. */
  readonly initialLearningRate: number;
}

interface Decaying extends Initial {
  /** Steps, not epochs, as in Keras. Default the whole run. */
  readonly decaySteps?: number;
}

export interface CosineDecayOptions extends Decaying {
  /** Where it ends, as a fraction of the highest rate, >= 0. Default 0. */
  readonly alpha?: number;
  /** The rate that a warm-up rises to from `initialLearningRate`, which may be 0 then. Default: no warm-up. */
  readonly warmupTarget?: number;
  /** Steps of the warm-up, in front of `decaySteps`. Default 0. */
  readonly warmupSteps?: number;
}

export interface ExponentialDecayOptions extends Decaying {
  /** > 0. */
  readonly decayRate: number;
  /** Whether the exponent is cut to whole numbers. Default false. */
  readonly staircase?: boolean;
}

export interface PolynomialDecayOptions extends Decaying {
  /** >= 0. Default 1e-4. */
  readonly endLearningRate?: number;
  /** > 0. Default 1. */
  readonly power?: number;
  /** Whether it starts again from a longer decay when it has ended. Default false. */
  readonly cycle?: boolean;
}

export interface PiecewiseConstantDecayOptions {
  /** Steps, rising: up to and with each, the value of the same place holds. */
  readonly boundaries: readonly number[];
  /** Rates, > 0, one more than the boundaries. */
  readonly values: readonly number[];
}

export interface CosineDecayRestartsOptions extends Initial {
  readonly firstDecaySteps: number;
  /** How much longer each period is than the one before, >= 1. Default 2. */
  readonly tMul?: number;
  /** How much lower each period starts, > 0. Default 1. */
  readonly mMul?: number;
  /** Where each period ends, as a fraction, >= 0. Default 0. */
  readonly alpha?: number;
}

/** PyTorch's OneCycleLR over the whole run; see {@link OneCycleSchedule} for defaults. */
export type OneCycleOptions = Omit<OneCycleSchedule, 'type' | 'maxLearningRate'> & {
  readonly maxLearningRate: number;
};

/**
 * Makes schedules: `optimizers.adam({ learningRate: schedules.cosineDecay({ initialLearningRate: 1e-3 }) })`. They begin
 * anew with every `fit`. Formulas are Keras 3's; unlike there, a decay may be left to last as long as the run.
 *
 * `parse` takes what `--schedule` takes, with the rate: `schedules.parse('cosine:warmup=0.1', 1e-3)`.
 *
 * @throws {GraftError} `argument`, if a number is out of its range.
 */
export const schedules: {
  /** Half a cosine down to `alpha`, after a warm-up if one is asked for. */
  readonly cosineDecay: (options: CosineDecayOptions) => LearningRateSchedule;
  /** Cosines one after the other, each longer and lower than the one before. */
  readonly cosineDecayRestarts: (options: CosineDecayRestartsOptions) => LearningRateSchedule;
  /** Times `decayRate` every `decaySteps` steps. */
  readonly exponentialDecay: (options: ExponentialDecayOptions) => LearningRateSchedule;
  /** Divided by `1 + decayRate * step / decaySteps`. */
  readonly inverseTimeDecay: (options: ExponentialDecayOptions) => LearningRateSchedule;
  /** One rate until each boundary, in steps. */
  readonly piecewiseConstantDecay: (options: PiecewiseConstantDecayOptions) => LearningRateSchedule;
  /** To `endLearningRate` by a power of the time that is left. */
  readonly polynomialDecay: (options: PolynomialDecayOptions) => LearningRateSchedule;
  /** Up to `maxLearningRate` and down again, over the whole run. */
  readonly oneCycle: (options: OneCycleOptions) => LearningRateSchedule;
  /** What `--schedule` takes, as text, with the first rate. */
  readonly parse: (text: string, initialLearningRate: number) => LearningRateSchedule;
} = {
  cosineDecay({ initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps = 0 }) {
    const warms = warmupTarget !== undefined && warmupSteps > 0;
    const top = warms ? warmupTarget : initialLearningRate;
    const warmup: Warmup = warms
      ? { warmup: { steps: warmupSteps }, warmupFrom: initialLearningRate / top }
      : {};
    return made(top, {
      type: 'cosine',
      ...decayOf(decaySteps),
      ...(alpha === undefined ? {} : { alpha }),
      ...warmup,
    });
  },
  cosineDecayRestarts({ initialLearningRate, firstDecaySteps, ...rest }) {
    return made(initialLearningRate, {
      type: 'cosine-restarts',
      firstDecay: { steps: firstDecaySteps },
      ...rest,
    });
  },
  exponentialDecay({ initialLearningRate, decaySteps, ...rest }) {
    return made(initialLearningRate, { type: 'exponential', ...decayOf(decaySteps), ...rest });
  },
  inverseTimeDecay({ initialLearningRate, decaySteps, ...rest }) {
    return made(initialLearningRate, { type: 'inverse-time', ...decayOf(decaySteps), ...rest });
  },
  piecewiseConstantDecay({ boundaries, values }) {
    const [first = Number.NaN] = values;
    return made(first, {
      type: 'piecewise',
      boundaries: boundaries.map((steps) => ({ steps })),
      factors: values.map((value) => value / first),
    });
  },
  polynomialDecay({ initialLearningRate, decaySteps, endLearningRate = 1e-4, ...rest }) {
    return made(initialLearningRate, {
      type: 'polynomial',
      ...decayOf(decaySteps),
      alpha: endLearningRate / initialLearningRate,
      ...rest,
    });
  },
  oneCycle: (options) => made(options.maxLearningRate, { type: 'one-cycle', ...options }),
  parse: (text, initialLearningRate) => made(initialLearningRate, parseSchedule(text)),
};

function decayOf(steps: number | undefined): { readonly decay?: Span } {
  return steps === undefined ? {} : { decay: { steps } };
}

function made(learningRate: number, spec: ScheduleSpec): LearningRateSchedule {
  if (!(learningRate > 0 && Number.isFinite(learningRate))) {
    throw new GraftError('argument', {
      where: `schedule "${spec.type}"`,
      expected: 'a highest learning rate above 0',
      received: `${learningRate}`,
      advice: 'Correct it.',
    });
  }
  requireSchedule(spec);
  return { learningRate, spec };
}
