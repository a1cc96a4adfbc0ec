/** @file A check that two lists of answers are about the same images. */

import { GraftError } from '../errors/graft-error.ts';

/** @throws {GraftError} `argument`, if the lists have different lengths. */
export function requirePairs(where: string, first: ArrayLike<unknown>, second: ArrayLike<unknown>): void {
  if (first.length === second.length) return;
  throw new GraftError('argument', {
    where,
    expected: `answers on the same ${first.length} images`,
    received: `${second.length} from the second`,
    advice: 'Evaluate both on the same images, in the same order.',
  });
}
