/** @file What a sweep came to, as plain data, wherever it was done. */

import type { SkippedFile } from '../core/examples/sample.ts';
import { formatHead } from '../recipe/head-spec.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { DEFAULT_TASK, type Task } from '../recipe/task.ts';
import type { DuplicateReport } from '../runs/duplicate-report.ts';
import type { ModalityName } from '../runs/example-sets.ts';
import type { SweepResult } from '../runs/sweep/run-sweep.ts';
import type { FailedRow, RankedRow, SweepRow } from '../runs/sweep/sweep-ranking.ts';
import type { SweptClassifier } from '../runs/sweep/sweep-training.ts';
import { type ClassificationSummary, classification, classificationSummary } from './metrics-report.ts';

/** What of a recipe a sweep varies. */
export interface SweptValues {
  readonly cut: string;
  readonly head: string;
  readonly optimizer: string;
  readonly learningRate: number;
}

/** One combination. */
export interface SweepRowReport extends SweptValues {
  readonly validation: ClassificationSummary;
  /** Accuracy of each fold, their mean and standard deviation. */
  readonly folds?: FoldReport | undefined;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly parameters: { readonly total: number; readonly trainable: number };
  /** To train and to evaluate it; without features. */
  readonly seconds: number;
  /** Against the best row; undefined for it. */
  readonly difference?: RankedRow['difference'];
}

/** The folds' accuracies. */
export interface FoldReport {
  readonly accuracies: readonly number[];
  readonly mean: number;
  /** Standard deviation of a sample. */
  readonly std: number;
}

/** What is told of any sweep. */
export interface SweptReport {
  readonly modality: ModalityName;
  readonly task: Task;
  readonly classNames: readonly string[];
  /** How many combinations were asked for. */
  readonly combinations: number;
  readonly ended: SweepResult['ended'];
  /** The best first. */
  readonly rows: readonly SweepRowReport[];
  readonly failed: readonly (SweptValues & { readonly reason: string })[];
  /** Accuracy to be expected of the best on new images, which it was not chosen by. */
  readonly expected?: { readonly accuracy: number; readonly interval: readonly [number, number] } | undefined;
  /** The best on held out images. */
  readonly test?: ClassificationSummary | undefined;
  /** Images, or views of them, that went through the backbone, and that were in the cache. */
  readonly features: { readonly computed: number; readonly cached: number };
  readonly seconds: { readonly features: number; readonly training: number; readonly total: number };
  /** Copies, byte for byte. */
  readonly duplicates: DuplicateReport;
  readonly skipped: readonly SkippedFile[];
}

/** A combination of a sweep has ended. */
export interface CombinationEvent extends SweptValues {
  readonly type: 'combination';
  readonly done: number;
  readonly total: number;
  /** Undefined where it failed. */
  readonly validation?: ClassificationSummary | undefined;
  /** Why it failed. */
  readonly reason?: string | undefined;
  /** Accuracy of the best so far; null where there is none. */
  readonly best: number | null;
}

/** @param about - Copies among its examples, what they are, and seconds since the sweep was asked for. */
export function sweptReport(
  result: SweepResult<SweptClassifier>,
  about: {
    readonly modality: ModalityName;
    readonly duplicates: DuplicateReport;
    readonly total: number;
  },
): SweptReport {
  const { rows, failed, expected, asked, ended, best, features, seconds, skipped } = result;
  return {
    modality: about.modality,
    task: DEFAULT_TASK,
    classNames: best.classNames,
    combinations: asked,
    ended,
    rows: rows.map(reportOf),
    failed: failed.map(({ recipe, reason }) => ({ ...sweptValues(recipe), reason })),
    expected,
    test: best.test && classificationSummary(classification(best.test)),
    features: { computed: features.computed, cached: features.known },
    seconds: { ...seconds, total: about.total },
    duplicates: about.duplicates,
    skipped,
  };
}

/** What is told after a combination. @param best - The best so far. @param row - What it came to. */
export function combinationEvent(
  done: number,
  total: number,
  best: SweepRow | undefined,
  row: SweepRow | FailedRow,
): CombinationEvent {
  const ended =
    'reason' in row
      ? { reason: row.reason }
      : { validation: classificationSummary(classification(row.validation)) };
  const accuracy = best?.validation.accuracy ?? null;
  return { type: 'combination', done, total, ...sweptValues(row.recipe), ...ended, best: accuracy };
}

/** The values of a recipe that a sweep varies. */
export function sweptValues({ cut, head, optimizer, learningRate }: Recipe): SweptValues {
  return { cut, head: formatHead(head), optimizer, learningRate };
}

function reportOf(row: RankedRow): SweepRowReport {
  const { recipe, validation, folds, epochs, bestEpoch, parameters, seconds, difference } = row;
  return {
    ...sweptValues(recipe),
    validation: classificationSummary(classification(validation)),
    folds: folds && foldReport(folds),
    epochs,
    bestEpoch,
    parameters,
    seconds,
    difference,
  };
}

/** Mean and standard deviation of the folds' accuracies. */
export function foldReport(accuracies: readonly number[]): FoldReport {
  const mean = accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length;
  const squares = accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { accuracies, mean, std: Math.sqrt(squares / (accuracies.length - 1)) };
}
