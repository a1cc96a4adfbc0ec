/** @file Models in pairs, on the same examples: by how much one is better, and whether that is more than chance. */

import { pairedBootstrap } from '../core/evaluation/bootstrap.ts';
import { holm } from '../core/evaluation/holm.ts';
import { mcnemar } from '../core/evaluation/mcnemar.ts';

/** Two models, by their places. */
export interface ComparedPair {
  readonly first: number;
  readonly second: number;
  /** Mean score of the second less that of the first, with a 95% bootstrap interval over the examples. */
  readonly difference: number;
  readonly interval: readonly [low: number, high: number];
  /** Examples that only one of them has right; null where nothing is right or wrong, of values. */
  readonly onlyFirst: number | null;
  readonly onlySecond: number | null;
  /** McNemar's exact test; of values that of the bootstrap. */
  readonly pValue: number;
  /** After Holm's correction for all pairs. */
  readonly adjustedPValue: number;
  /** Whether they differ at the 5% level, after the correction. */
  readonly isSignificant: boolean;
}

const LEVEL = 0.05;

/**
 * All pairs of models.
 *
 * @param scores - Of each model a number for every example, in the same order.
 * @param options - `isRightOrWrong`: whether scores are 1 and 0, so that McNemar's test is taken; else the bootstrap's.
 */
export function comparePairs(
  scores: readonly Float64Array[],
  { isRightOrWrong }: { readonly isRightOrWrong: boolean },
): ComparedPair[] {
  const pairs = scores.flatMap((_, first) =>
    scores.slice(first + 1).map((__, offset) => compare(scores, first, first + 1 + offset, isRightOrWrong)),
  );
  const adjusted = holm(pairs.map(({ pValue }) => pValue));
  return pairs.map((pair, index) => ({
    ...pair,
    adjustedPValue: adjusted[index]!,
    isSignificant: adjusted[index]! < LEVEL,
  }));
}

function compare(
  scores: readonly Float64Array[],
  first: number,
  second: number,
  isRightOrWrong: boolean,
): Omit<ComparedPair, 'adjustedPValue' | 'isSignificant'> {
  const [a, b] = [scores[first]!, scores[second]!];
  const { difference, interval, pValue } = pairedBootstrap(a, b);
  const test = isRightOrWrong ? mcnemar(a, b) : undefined;
  return {
    first,
    second,
    difference,
    interval,
    onlyFirst: test?.onlyFirst ?? null,
    onlySecond: test?.onlySecond ?? null,
    pValue: test?.pValue ?? pValue,
  };
}
