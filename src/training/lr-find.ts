/** @file Looks for a learning rate: the rate grows from step to step, and the loss tells where it does good. */

import { GraftError } from '../errors/graft-error.ts';
import type { Batch, TrainingStep } from './training-step.ts';

export interface LearningRateSearchOptions {
  /** > 0. Default 1e-7. */
  readonly from?: number;
  /** Above `from`. Default 10. */
  readonly to?: number;
  /** Rates that are tried, >= 2. Default 100. */
  readonly steps?: number;
  /** How much of the smoothed loss stays at every step, in [0, 1). Default 0.98. */
  readonly smoothing?: number;
  /** Ends when the smoothed loss is so many times the lowest, > 1. Default 4. */
  readonly divergence?: number;
  /** Ends the search after the step in progress. */
  readonly signal?: AbortSignal;
  readonly onStep?: (progress: { readonly step: number; readonly steps: number }) => void;
}

export interface LearningRatePoint {
  readonly learningRate: number;
  /** Of the batch, before its update. */
  readonly loss: number;
  /** Exponential mean of the losses, free of its start's bias. */
  readonly smoothedLoss: number;
}

export interface LearningRateSearch {
  readonly points: readonly LearningRatePoint[];
  /** Why it ended: all rates were tried, the loss ran away, or the person ended it. */
  readonly ended: 'steps' | 'diverged' | 'interrupted';
  /** Where the loss falls fastest; undefined where it never fell below its beginning. */
  readonly steepest: number | undefined;
  /** A tenth of the rate at the lowest loss; undefined likewise. */
  readonly minimumTenth: number | undefined;
}

/** Share of the loss below which a fall is rounding. */
const LEAST_FALL = 1e-6;

/**
 * A learning-rate range test: `rate(i) = from * (to / from)^(i / steps)`, one batch each. The step has the state
 * afterwards that it had before.
 *
 * As in fastai, the suggestions leave out the first tenth of the points, where the smoothed loss is of few batches,
 * and the last five.
 *
 * @param nextBatch - Gives the batch of a step, counted from 0.
 * @throws {GraftError} `argument`, if an option is out of its range; `not-a-number`, if the first loss is not finite.
 * @see Smith, Cyclical learning rates for training neural networks, https://arxiv.org/abs/1506.01186
 */
export async function findLearningRate(
  step: TrainingStep,
  nextBatch: (index: number) => Batch | Promise<Batch>,
  options: LearningRateSearchOptions = {},
): Promise<LearningRateSearch> {
  const { from, to, steps, smoothing, divergence } = rateSearchOptions(options);
  const { signal, onStep } = options;
  const before = await step.readState();
  const points: LearningRatePoint[] = [];
  let ended: LearningRateSearch['ended'] = 'steps';
  let [mean, lowest] = [0, Number.POSITIVE_INFINITY];
  try {
    for (let index = 0; index < steps; index++) {
      if (signal?.aborted) {
        ended = 'interrupted';
        break;
      }
      const learningRate = from * (to / from) ** (index / steps);
      const batch = await untilAborted(nextBatch(index), signal);
      if (batch === undefined) {
        ended = 'interrupted';
        break;
      }
      const { loss } = await step.run(batch, learningRate);
      if (!Number.isFinite(loss)) {
        if (index === 0) throw firstLossError(loss);
        ended = 'diverged';
        break;
      }
      mean = smoothing * mean + (1 - smoothing) * loss;
      const smoothedLoss = mean / (1 - smoothing ** (index + 1));
      points.push({ learningRate, loss, smoothedLoss });
      onStep?.({ step: index + 1, steps });
      lowest = Math.min(lowest, smoothedLoss);
      if (smoothedLoss > divergence * lowest) {
        ended = 'diverged';
        break;
      }
    }
  } finally {
    await step.writeState(before);
  }
  return { points, ended, ...suggestionsOf(points, steps) };
}

/** Undefined if the signal ended the work on it. */
async function untilAborted(
  batch: Batch | Promise<Batch>,
  signal: AbortSignal | undefined,
): Promise<Batch | undefined> {
  try {
    return await batch;
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

function suggestionsOf(
  points: readonly LearningRatePoint[],
  steps: number,
): Pick<LearningRateSearch, 'steepest' | 'minimumTenth'> {
  const counted = points.slice(Math.floor(steps / 10), -5);
  const lowest = counted.reduce<LearningRatePoint | undefined>(
    (least, point) => (least === undefined || point.smoothedLoss < least.smoothedLoss ? point : least),
    undefined,
  );
  const start = counted[0]?.smoothedLoss ?? 0;
  if (lowest === undefined || !(lowest.smoothedLoss < start - Math.abs(start) * LEAST_FALL)) {
    return { steepest: undefined, minimumTenth: undefined };
  }
  const slopes = counted.slice(1).map((point, i) => {
    const before = counted[i]!;
    return (point.smoothedLoss - before.smoothedLoss) / Math.log(point.learningRate / before.learningRate);
  });
  return {
    steepest: counted[slopes.indexOf(Math.min(...slopes))]!.learningRate,
    minimumTenth: lowest.learningRate / 10,
  };
}

/**
 * The options with their defaults.
 *
 * @throws {GraftError} `argument`, if one is out of its range.
 */
export function rateSearchOptions(
  options: LearningRateSearchOptions,
): Required<Omit<LearningRateSearchOptions, 'signal' | 'onStep'>> {
  const { from = 1e-7, to = 10, steps = 100, smoothing = 0.98, divergence = 4 } = options;
  const checks: [boolean, string, number][] = [
    [from > 0 && Number.isFinite(from), 'from above 0', from],
    [to > from && Number.isFinite(to), `to above ${from}`, to],
    [Number.isInteger(steps) && steps >= 2, 'steps: a whole number of at least 2', steps],
    [smoothing >= 0 && smoothing < 1, 'smoothing from 0 up to, not with, 1', smoothing],
    [divergence > 1, 'divergence above 1', divergence],
  ];
  const failed = checks.find(([holds]) => !holds);
  if (failed === undefined) return { from, to, steps, smoothing, divergence };
  throw new GraftError('argument', {
    where: 'learning rate search',
    expected: failed[1],
    received: String(failed[2]),
    advice: 'Correct it, or leave it out for the default.',
  });
}

function firstLossError(loss: number): GraftError {
  return new GraftError('not-a-number', {
    where: 'learning rate search, step 1',
    expected: 'a finite loss',
    received: String(loss),
    advice: 'Look for broken pictures, features or weights: the rate has done nothing yet.',
  });
}
