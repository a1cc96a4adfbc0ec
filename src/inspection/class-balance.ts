/** @file What is wrong with how many examples the classes have: for a check, and for the report of a run. */

import { quoteList } from '../core/errors/name-list.ts';

/** The largest class has so many times the examples of the smallest: told. */
const IMBALANCED = 3;
/** Fewer examples are too few for a class. */
const FEW = 10;

export interface ClassBalanceProblem {
  readonly kind: 'few' | 'imbalance';
  /** A sentence. */
  readonly text: string;
}

/**
 * @param counts - Examples of each class.
 * @param noun - What they are, several of them: `images`.
 */
export function classBalanceProblems(
  classNames: readonly string[],
  counts: readonly number[],
  noun: string,
): ClassBalanceProblem[] {
  const problems: ClassBalanceProblem[] = [];
  const few = classNames.filter((_, label) => counts[label]! < FEW);
  if (few.length > 0) problems.push({ kind: 'few', text: `Fewer than ${FEW} ${noun}: ${quoteList(few)}.` });
  const largest = counts.indexOf(Math.max(...counts));
  const smallest = counts.indexOf(Math.min(...counts));
  if (counts[largest]! >= IMBALANCED * Math.max(1, counts[smallest]!)) {
    problems.push({
      kind: 'imbalance',
      text: `"${classNames[largest]}" has ${counts[largest]} ${noun}, "${classNames[smallest]}" ${counts[smallest]}: compare models by balanced accuracy, or train with --balance weights.`,
    });
  }
  return problems;
}
