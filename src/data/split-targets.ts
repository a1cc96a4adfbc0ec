/** @file Divides pictures with labels or numbers into training and validation. */

import { GraftError } from '../errors/graft-error.ts';
import { dealSamples } from './deal-samples.ts';
import type { TargetSample } from './target-sample.ts';

export interface TargetSplitOptions {
  /** Share of the pictures that goes to validation, in (0, 1). */
  readonly fraction: number;
  /** Any integer. The same seed and the same file names give the same split. */
  readonly seed: number;
  /** As in `splitSamples`. */
  readonly group?: RegExp;
}

export interface TargetSplit {
  /** In the order of the given samples, as is `validation`. */
  readonly train: readonly TargetSample[];
  readonly validation: readonly TargetSample[];
  /** Number of groups, a lone picture counted as one. */
  readonly groups: number;
  /** Pictures whose name does not match `group`; each is a group of its own. 0 without `group`. */
  readonly unmatched: number;
}

/**
 * A stratified split, as `splitSamples` for pictures of one class: validation gets its share of each label, or of each
 * tenth of the first number (fewer parts of few pictures), as nearly as the groups allow. A label on very few pictures may
 * be on one side only.
 *
 * @throws {GraftError} `argument` if `fraction` is not in (0, 1); `dataset` if one side would be empty.
 */
export function splitTargets(samples: readonly TargetSample[], options: TargetSplitOptions): TargetSplit {
  const { fraction, seed, group } = options;
  if (!(fraction > 0 && fraction < 1)) {
    throw new GraftError('argument', {
      where: 'split',
      expected: 'a validation fraction between 0 and 1',
      received: String(fraction),
      advice: 'Give 0.2 to validate on a fifth of the pictures.',
    });
  }
  const { sides, groups, unmatched } = dealSamples(samples, [1 - fraction, fraction], { seed, group });
  const [train, validation] = sides as [readonly TargetSample[], readonly TargetSample[]];
  if (train.length === 0 || validation.length === 0) {
    throw new GraftError('dataset', {
      where: 'split',
      expected: `enough ${group ? 'groups' : 'pictures'} to train on and to validate on`,
      received: `${groups}, of which ${train.length === 0 ? 'none would train' : 'none would validate'}`,
      advice: 'Add pictures, or choose another validation fraction.',
    });
  }
  return { train, validation, groups, unmatched };
}
