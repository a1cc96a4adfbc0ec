/** @file How good the best of many really is: chosen on the same images, its accuracy there flatters it. */

import { GraftError } from '../errors/graft-error.ts';
import { createRandom } from '../tensor/random.ts';
import type { Interval } from './bootstrap.ts';

/** What the best of many accuracies is worth. */
export interface BestOfManyResult {
  /** Accuracy to be expected on new images of whatever is chosen in this way. */
  readonly accuracy: number;
  /** 95%. */
  readonly interval: Interval;
}

/** Fewer where there are many images and candidates: see {@link MAX_LOOKS}. */
const RESAMPLES = 1000;
const FEWEST_RESAMPLES = 100;
/** Answers that are looked at: about a second. */
const MAX_LOOKS = 2e8;

/**
 * Bootstrap bias-corrected estimate: images are drawn again with replacement; whichever candidate is best on the drawn
 * ones is measured on those that were not drawn; the mean over many draws is what choosing the best of these candidates,
 * on so many images, can be expected to give.
 *
 * @param right - For every candidate, whether it is right on each image (1 or 0), in the same order. Of equally good
 *   candidates the first is chosen.
 * @param seed - Any integer; the same gives the same numbers.
 * @returns Undefined where it cannot be told: of fewer than two images, or where the draws agree, as they do where a
 *   candidate is right on every image.
 * @throws {GraftError} `argument`, if candidates have different numbers of images, or there is none.
 * @see Tsamardinos, I., Greasidou, E. and Borboudakis, G. (2018). Bootstrapping the out-of-sample predictions for
 *   efficient and accurate cross-validation. Machine Learning 107.
 */
export function bestOfMany(right: readonly Uint8Array[], seed: number = 1): BestOfManyResult | undefined {
  const images = right[0]?.length ?? 0;
  if (right.length === 0 || right.some(({ length }) => length !== images)) throw notPaired(right);
  if (images < 2) return undefined;
  const looks = right.length * images;
  const resamples = Math.round(Math.min(RESAMPLES, Math.max(FEWEST_RESAMPLES, MAX_LOOKS / looks)));
  const random = createRandom(seed);
  const accuracies: number[] = [];
  const times = new Uint16Array(images);
  for (let round = 0; round < resamples; round++) {
    times.fill(0);
    for (let i = 0; i < images; i++) times[random.integer(images)]! += 1;
    const outside = times.reduce((count, drawn) => count + (drawn === 0 ? 1 : 0), 0);
    if (outside === 0) continue;
    let max = -1;
    let chosen = right[0]!;
    for (const candidate of right) {
      let hits = 0;
      for (let i = 0; i < images; i++) hits += candidate[i]! * times[i]!;
      if (hits > max) [max, chosen] = [hits, candidate];
    }
    const hits = chosen.reduce((sum, each, i) => sum + (times[i] === 0 ? each : 0), 0);
    accuracies.push(hits / outside);
  }
  const sorted = Float64Array.from(accuracies).sort();
  const at = (fraction: number): number | undefined => sorted[Math.round(fraction * (sorted.length - 1))];
  const [low, high] = [at(0.025), at(0.975)];
  if (low === undefined || high === undefined || low === high) return undefined;
  const accuracy = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return { accuracy, interval: [low, high] };
}

function notPaired(right: readonly Uint8Array[]): GraftError {
  return new GraftError('argument', {
    where: 'best of many',
    expected: 'candidates with answers on the same images',
    received: right.length === 0 ? 'none' : `${right.map(({ length }) => length).join(', ')} answers`,
    advice: 'Evaluate all on the same images, in the same order.',
  });
}
