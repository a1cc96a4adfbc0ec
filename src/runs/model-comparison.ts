/** @file Models in pairs, on the same examples: by how much one is better, and whether that is more than chance. */

import { pairedBootstrap } from '../core/evaluation/bootstrap.ts';
import { holm } from '../core/evaluation/holm.ts';
import { mcnemar } from '../core/evaluation/mcnemar.ts';

/** Two models, by their places. */
export interface PairComparison {
  readonly first: number;
  readonly second: number;
  /** Mean score of the second less that of the first. */
  readonly difference: number;
  readonly interval: readonly [low: number, high: number];
  /** Null where nothing is right or wrong. */
  readonly onlyFirst: number | null;
  readonly onlySecond: number | null;
  readonly pValue: number;
  /** After Holm's correction for all pairs. */
  readonly adjustedPValue: number;
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
): PairComparison[] {
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
): Omit<PairComparison, 'adjustedPValue' | 'isSignificant'> {
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
