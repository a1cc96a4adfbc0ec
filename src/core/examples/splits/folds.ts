/** @file Divides images into folds for cross-validation. */

import { GraftError } from '../../errors/graft-error.ts';
import type { Sample } from '../sample.ts';
import { dealSamples } from './deal-samples.ts';
import { groupSamples, type IdenticalSamples } from './sample-groups.ts';

/** How samples are dealt to folds. */
export interface FoldOptions {
  /** How many, >= 2. Usual are 5 and 10. */
  readonly folds: number;
  /** Takes as many as the smallest class has examples or groups, at least 2, where that is less than `folds`. Default false. */
  readonly fewer?: boolean | undefined;
  /** Any integer. The same seed and the same file names give the same folds. */
  readonly seed: number;
  /** As in `splitSamples`. */
  readonly group?: RegExp | undefined;
  /** As in `splitSamples`. */
  readonly identical?: IdenticalSamples | undefined;
  /** Class names, for messages. */
  readonly classNames?: readonly string[] | undefined;
  /** What several are called in messages. Default images. */
  readonly several?: string | undefined;
}

/** One of the trainings. */
export interface Fold<S extends Sample = Sample> {
  /** All images of the other folds. In the order of the given samples, as is `validation`. */
  readonly train: readonly S[];
  readonly validation: readonly S[];
}

/** Samples, dealt to folds of which each validates once. */
export interface Folds<S extends Sample = Sample> {
  readonly folds: readonly Fold<S>[];
  /** Number of groups, a lone image counted as one. Without `group`, the number of images. */
  readonly groups: number;
  /** Images whose name does not match `group`; each is a group of its own. 0 without `group`. */
  readonly unmatched: number;
  /** The smallest class, where it is the reason why there are fewer folds. */
  readonly limit?: ClassSize | undefined;
}

/** How many examples, or groups of them, there are of a class; altogether, where there are labels or values. */
export interface ClassSize {
  readonly label: number | undefined;
  readonly groups: number;
}

/**
 * Stratified folds: every image validates once; groups stay together; every fold has its fraction of each class (or
 * label, or tenth of the first number). Without groups, each fold's number of images of a class is right to within
 * one.
 *
 * The choice depends on the seed and on the file names below the folder that all samples share: not on where
 * that folder lies, nor on the order of the samples.
 *
 * @throws {GraftError} `argument` if there are not at least two folds; `dataset` if there are fewer images or groups,
 *   of some class or altogether, than folds.
 */
export function createFolds<S extends Sample>(samples: readonly S[], options: FoldOptions): Folds<S> {
  const { folds: asked, fewer = false, seed, group, identical } = options;
  if (!Number.isInteger(asked) || asked < 2) {
    throw new GraftError('argument', {
      where: 'folds',
      expected: 'at least 2 folds, a whole number',
      received: String(asked),
      advice: 'Usual are 5 and 10.',
    });
  }
  const sizes = classSizes(samples, options);
  const smallest = sizes.reduce((least, size) => (size.groups < least.groups ? size : least));
  const isLimited = fewer && smallest.groups < asked;
  const folds = isLimited ? Math.max(2, smallest.groups) : asked;
  requireEnough(sizes, { ...options, folds });
  const { sides, groups, unmatched } = dealSamples(samples, new Array<number>(folds).fill(1 / folds), {
    seed,
    group,
    identical,
  });
  return {
    folds: sides.map((side) => {
      const own = new Set<Sample>(side);
      const [train, validation] = [false, true].map((isOwn) =>
        samples.filter((one) => own.has(one) === isOwn),
      );
      return { train: train!, validation: validation! };
    }),
    groups,
    unmatched,
    limit: isLimited ? smallest : undefined,
  };
}

/** Of every class, where there are classes; altogether, where there are labels or values. */
function classSizes(samples: readonly Sample[], { group, identical }: FoldOptions): readonly ClassSize[] {
  const classOf = ({ label, target }: Sample): number | undefined =>
    target === undefined ? label : undefined;
  const labels = new Set(samples.map(classOf));
  if (labels.size === 0) labels.add(undefined);
  return [...labels]
    .sort((a, b) => (a ?? 0) - (b ?? 0))
    .map((label) => {
      const own = samples.filter((sample) => classOf(sample) === label);
      return { label, groups: groupSamples(own, group, identical).groups.length };
    });
}

function requireEnough(sizes: readonly ClassSize[], options: FoldOptions): void {
  const { folds, group, identical, classNames, several = 'images' } = options;
  for (const { label, groups } of sizes) {
    if (groups >= folds) continue;
    const noun = group ? 'groups' : identical?.length ? `different ${several}` : several;
    const name = label === undefined ? undefined : classNames?.[label];
    throw new GraftError('dataset', {
      where:
        label === undefined
          ? 'folds'
          : name === undefined
            ? `folds of class ${label}`
            : `folds of class "${name}"`,
      expected: `at least ${folds} ${noun}, one for each fold`,
      received: String(groups),
      advice: `${folds === 2 ? 'Add' : 'Take fewer folds, or add'} ${group ? `${several} of other individuals` : noun}.`,
    });
  }
}
