/** @file Looks for a learning rate: the rate grows from step to step, and the loss tells where it does good. */

import { GraftError } from '../errors/graft-error.ts';
import type { Batch, TrainingStep } from '../steps/training-step.ts';
import {
  type LearningRateRange,
  type RateSuggestions,
  smoothLosses,
  suggestRates,
} from './rate-suggestion.ts';

/** Which learning rates are tried, and how long. */
export interface LearningRateSearchOptions {
  /** > 0. Default 1e-7. */
  readonly from?: number;
  /** Above `from`. Default 10. */
  readonly to?: number;
  /** Rates that are tried, >= 2. Default 100. */
  readonly steps?: number;
  /** How much of the mean of the losses so far stays at every step, in [0, 1). Default 0.98. */
  readonly smoothing?: number;
  /** Ends when that mean is so many times the lowest, > 1. Default 4. */
  readonly divergence?: number;
  /** What the training bears: nothing else is suggested. Default everything. */
  readonly range?: LearningRateRange;
  /** Ends the search after the step in progress. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: (progress: { readonly step: number; readonly steps: number }) => void;
}

/** The loss at one learning rate. */
export interface LearningRatePoint {
  readonly learningRate: number;
  /** Of the batch, before its update. */
  readonly loss: number;
  /** Mean of the losses of the rates around it, to both sides. */
  readonly smoothedLoss: number;
}

/** What a search for a learning rate found. */
export interface LearningRateSearch extends RateSuggestions {
  readonly points: readonly LearningRatePoint[];
  /** Why it ended: all rates were tried, the loss ran away, or the person ended it. */
  readonly ended: 'steps' | 'diverged' | 'interrupted';
}

/**
 * A learning-rate range test: `rate(i) = from * (to / from)^(i / steps)`, one batch each. The step has the state
 * afterwards that it had before.
 *
 * It ends where an exponential mean of the losses so far is several times its lowest; what it suggests, `suggestRates`
 * says.
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
  const tried: { readonly learningRate: number; readonly loss: number }[] = [];
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
      const meanSoFar = mean / (1 - smoothing ** (index + 1));
      tried.push({ learningRate, loss });
      onStep?.({ step: index + 1, steps });
      lowest = Math.min(lowest, meanSoFar);
      if (meanSoFar > divergence * lowest) {
        ended = 'diverged';
        break;
      }
    }
  } finally {
    await step.writeState(before);
  }
  const smoothed = smoothLosses(
    tried.map(({ loss }) => loss),
    steps,
  );
  const points = tried.map((point, index) => ({ ...point, smoothedLoss: smoothed[index]! }));
  return { points, ended, ...suggestRates(points, steps, options.range) };
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

/**
 * The options with their defaults.
 *
 * @throws {GraftError} `argument`, if one is out of its range.
 */
export function rateSearchOptions(
  options: LearningRateSearchOptions,
): Required<Omit<LearningRateSearchOptions, 'signal' | 'onStep' | 'range'>> {
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
    advice: 'Look for broken examples, features or weights: the rate has done nothing yet.',
  });
}
