/** @file What every optimizer can do besides its formula: clipping, weight decay, averages, accumulation. */

import { GraftError } from '../errors/graft-error.ts';
import { requireInRange } from './ranges.ts';

/** Options of Keras' base optimizer. All are off by default. */
export interface OptimizerOptions {
  /**
   * Fraction of a weight that goes at every update, times the learning rate, apart from the gradient:
   * `w -= w weightDecay r`, >= 0. Default 0; AdamW's 0.004.
   */
  readonly weightDecay?: number | undefined;
  /**
   * Weights that do not decay: those whose own name (`bias`, `gamma`) contains one of these, as by Keras'
   * `exclude_from_weight_decay`. Default: every weight of one dimension, so biases and the gamma and beta of
   * normalizations, which do not overfit and only lose by shrinking. `[]` lets all decay, which is Keras' default.
   */
  readonly excludeFromWeightDecay?: readonly string[] | undefined;
  /** Every number of a gradient is brought into `[-clipValue, clipValue]`, > 0. */
  readonly clipValue?: number | undefined;
  /** A weight's gradient is scaled down to this norm where its norm is larger, > 0. */
  readonly clipNorm?: number | undefined;
  /** All gradients are scaled down by one factor where their common norm is larger, > 0. */
  readonly globalClipNorm?: number | undefined;
  /** Whether an exponential moving average of the weights is kept. Default false. */
  readonly useEma?: boolean | undefined;
  /** What stays of the average at every step, in [0, 1]. Default 0.99. */
  readonly emaMomentum?: number | undefined;
  /**
   * The weights become their averages after every so many updates, >= 1. Default never: whoever ends the training
   * puts the averages in, as Keras' `fit` does.
   */
  readonly emaOverwriteFrequency?: number | undefined;
  /** The weights move once in so many batches, by the mean gradient, >= 1. Default 1. */
  readonly gradientAccumulationSteps?: number | undefined;
}

/** {@link OptimizerOptions}, checked. */
export interface OptimizerSettings {
  /** 0 for none. */
  readonly weightDecay: number;
  readonly excludeFromWeightDecay: readonly string[] | undefined;
  readonly clipping: Clipping | undefined;
  readonly ema: Ema | undefined;
  /** 1 for none. */
  readonly gradientAccumulationSteps: number;
}

export interface Clipping {
  readonly by: 'value' | 'norm' | 'globalNorm';
  readonly limit: number;
}

export interface Ema {
  readonly momentum: number;
  readonly overwriteFrequency: number | undefined;
}

/** @throws {GraftError} `argument`, if an option is out of its range, or if there are two kinds of clipping. */
export function resolveSettings(className: string, options: OptimizerOptions): OptimizerSettings {
  const { weightDecay = 0, gradientAccumulationSteps = 1 } = options;
  requireInRange(className, { weightDecay }, { min: 0 });
  requireWhole(className, { gradientAccumulationSteps });
  return {
    weightDecay,
    excludeFromWeightDecay: options.excludeFromWeightDecay,
    clipping: clippingOf(className, options),
    ema: emaOf(className, options),
    gradientAccumulationSteps,
  };
}

/** Whether weight decay is for this weight. @param weight - Its own name, `bias`, and its shape. */
export function decays(
  { weightDecay, excludeFromWeightDecay }: OptimizerSettings,
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
): boolean {
  if (weightDecay === 0) return false;
  if (excludeFromWeightDecay === undefined) return shape.length > 1;
  return !excludeFromWeightDecay.some((part) => name.includes(part));
}

/** What the batch after `batches` others brings about. */
export interface Turn {
  /** Updates so far. */
  readonly updates: number;
  /** Whether the weights move now; else the gradient is only added up. */
  readonly isUpdate: boolean;
  /** What stays of the averages: nothing before the first update, so that they begin as the weights. */
  readonly emaMomentum: number;
  /** Whether the averages become the weights after it. */
  readonly overwrites: boolean;
}

/** Keras' order: averages move with every batch, those that only add up included; overwriting counts updates. */
export function computeTurn({ ema, gradientAccumulationSteps }: OptimizerSettings, batches: number): Turn {
  const updates = Math.floor(batches / gradientAccumulationSteps);
  const frequency = ema?.overwriteFrequency;
  return {
    updates,
    isUpdate: (batches + 1) % gradientAccumulationSteps === 0,
    emaMomentum: updates === 0 ? 0 : (ema?.momentum ?? 0),
    overwrites: frequency !== undefined && (updates + 1) % frequency === 0,
  };
}

function clippingOf(className: string, options: OptimizerOptions): Clipping | undefined {
  const given = (
    [
      ['clipValue', 'value'],
      ['clipNorm', 'norm'],
      ['globalClipNorm', 'globalNorm'],
    ] as const
  ).flatMap(([name, by]) => {
    const limit = options[name];
    return limit === undefined ? [] : [{ name, by, limit }];
  });
  const [first, second] = given;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    throw new GraftError('argument', {
      where: `optimizer ${className}`,
      expected: 'one of clipValue, clipNorm and globalClipNorm',
      received: given.map(({ name }) => name).join(' and '),
      advice: 'Leave one out.',
    });
  }
  const { name, by, limit } = first;
  if (!(limit > 0 && limit <= Number.MAX_VALUE)) {
    throw new GraftError('argument', {
      where: `optimizer ${className}`,
      expected: `${name} above 0`,
      received: `${limit}`,
      advice: 'Correct it, or leave it out to clip nothing.',
    });
  }
  return { by, limit };
}

function emaOf(className: string, options: OptimizerOptions): Ema | undefined {
  const { useEma = false, emaMomentum = 0.99, emaOverwriteFrequency } = options;
  requireInRange(className, { emaMomentum }, { min: 0, max: 1 });
  if (emaOverwriteFrequency !== undefined) requireWhole(className, { emaOverwriteFrequency });
  return useEma ? { momentum: emaMomentum, overwriteFrequency: emaOverwriteFrequency } : undefined;
}

function requireWhole(className: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new GraftError('argument', {
      where: `optimizer ${className}`,
      expected: `${name} to be a whole number of at least 1`,
      received: `${value}`,
      advice: 'Correct it, or leave it out for the default.',
    });
  }
}
