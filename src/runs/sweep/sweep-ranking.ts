/** @file Which combinations of a sweep are best, and which differences mean something. */

import { type BestOfManyResult, bestOfMany } from '../../core/evaluation/best-of-many.ts';
import type { ClassificationReport } from '../../core/evaluation/classification-report.ts';
import { holm } from '../../core/evaluation/holm.ts';
import { mcnemar } from '../../core/evaluation/mcnemar.ts';
import type { Recipe } from '../../recipe/recipe.ts';

/** What one combination came to. */
export interface SweepRow {
  readonly recipe: Recipe;
  readonly parameters: { readonly total: number; readonly trainable: number };
  /** To train and to measure it; without features. */
  readonly seconds: number;
  /** With folds: every image is evaluated by the training that did not see it. */
  readonly validation: ClassificationReport;
  /** Of every readable validation image, in the same order for all rows, whether it is right: 1 or 0. */
  readonly right: Uint8Array;
  /** Of each fold; undefined without folds. */
  readonly folds: readonly number[] | undefined;
  readonly epochs: number;
  /** With folds: the median of theirs. */
  readonly bestEpoch: number;
}

/** A combination that came to nothing: with too high a learning rate, for example. */
export interface FailedRow {
  readonly recipe: Recipe;
  readonly reason: string;
}

/** How a row compares with the best. */
export interface SweepDifference {
  /** Of the exact McNemar test: how often as large a difference, or a larger one, is chance. */
  readonly pValue: number;
  /** After Holm's correction for all comparisons. */
  readonly adjustedPValue: number;
  /** Whether the row is worse by more than chance: the adjusted p-value is below 0.05. */
  readonly isWorse: boolean;
}

/** A configuration of a sweep, compared with the best one. */
export interface RankedRow extends SweepRow {
  /** Undefined for the best. */
  readonly difference: SweepDifference | undefined;
}

/** The configurations of a sweep, best first, with which differences mean something. */
export interface Ranking {
  /** The best first. */
  readonly rows: readonly RankedRow[];
  /** What the choice of the best can be expected to give on new images; undefined of one row, or of few images. */
  readonly expected: BestOfManyResult | undefined;
}

const SIGNIFICANCE = 0.05;

/** Order of the ranking: by validation accuracy, then by validation loss. */
export function compareRows(a: Pick<SweepRow, 'validation'>, b: Pick<SweepRow, 'validation'>): number {
  return b.validation.accuracy - a.validation.accuracy || a.validation.loss - b.validation.loss;
}

/** Ranks the rows, and compares each with the best on the same images. */
export function rank(rows: readonly SweepRow[], seed: number): Ranking {
  const [best, ...others] = rows.toSorted(compareRows);
  if (best === undefined) return { rows: [], expected: undefined };
  const pValues = others.map(({ right }) => mcnemar(best.right, right).pValue);
  const adjusted = holm(pValues);
  const ranked = others.map((row, index): RankedRow => {
    const adjustedPValue = adjusted[index]!;
    const isWorse = adjustedPValue < SIGNIFICANCE;
    return { ...row, difference: { pValue: pValues[index]!, adjustedPValue, isWorse } };
  });
  const all = [best, ...others].map(({ right }) => right);
  const expected = others.length === 0 ? undefined : bestOfMany(all, seed);
  return { rows: [{ ...best, difference: undefined }, ...ranked], expected };
}
