/** @file What a sweep came to, as plain data: in `sweep.json`, as CSV, and as `graft sweep --json` prints it. */

import { join } from 'node:path';
import {
  type ClassificationSummary,
  classification,
  classificationSummary,
} from '../events/metrics-report.ts';
import { csvLines } from '../node/files/csv-lines.ts';
import { writeWhole } from '../node/files/write-file.ts';
import type { DuplicateReport } from '../node/training/duplicate-report.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import type { SweepResult } from '../node/training/sweep.ts';
import { formatHead } from '../recipe/head-spec.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { DEFAULT_TASK, type Task } from '../recipe/task.ts';
import type { RankedRow } from '../runs/sweep/sweep-ranking.ts';

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

/** The document of `sweep.json` and of `graft sweep --json`; other programs rely on its shape. */
export interface SweepReport {
  /** The run's folder. */
  readonly run: string;
  /** The best combination's model file in it. */
  readonly model: string;
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
  /** Of the process, so far. */
  readonly peakMemoryBytes: number;
  /** Copies, byte for byte. */
  readonly duplicates: DuplicateReport;
  readonly skipped: SweepResult['skipped'];
}

/** What is known beside the result. */
export interface AboutSweep {
  readonly run: string;
  readonly model: string;
  /** Seconds since the sweep was asked for. */
  readonly total: number;
  readonly modality: ModalityName;
  readonly duplicates: DuplicateReport;
}

/** Tells of a sweep as programs read it. */
export function sweepReport(
  result: SweepResult,
  { run, model, total, modality, duplicates }: AboutSweep,
): SweepReport {
  const { rows, failed, expected, asked, ended, best, features, seconds, skipped } = result;
  return {
    run,
    model,
    modality,
    task: DEFAULT_TASK,
    classNames: best.classNames,
    combinations: asked,
    ended,
    rows: rows.map(reportOf),
    failed: failed.map(({ recipe, reason }) => ({ ...sweptValues(recipe), reason })),
    expected,
    test: best.test && classificationSummary(classification(best.test)),
    features: { computed: features.computed, cached: features.known },
    seconds: { ...seconds, total },
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    duplicates,
    skipped,
  };
}

/** Writes `sweep.json` and `sweep.csv`. */
export async function writeSweep(folder: string, report: SweepReport): Promise<void> {
  await writeWhole(join(folder, 'sweep.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeWhole(join(folder, 'sweep.csv'), sweepCsv(report));
}

/** A header line, then one line a row, the best first, those that failed last. Numbers are written in full. */
function sweepCsv({ rows, failed }: SweepReport): string {
  const lines = rows.map((row) => [
    row.cut,
    row.head,
    row.optimizer,
    row.learningRate,
    row.validation.accuracy,
    ...row.validation.interval,
    row.validation.loss,
    row.validation.balancedAccuracy,
    row.validation.macroF1,
    row.validation.baseline,
    row.folds?.mean,
    row.folds?.std,
    row.epochs,
    row.bestEpoch,
    row.parameters.trainable,
    row.seconds,
    row.difference?.pValue,
    row.difference?.adjustedPValue,
    row.difference && (row.difference.isWorse ? 'worse' : 'not significantly different'),
  ]);
  const broken = failed.map((row) => [row.cut, row.head, row.optimizer, row.learningRate]);
  return csvLines([COLUMNS, ...lines, ...broken.map((row) => padded(row, 'failed'))]);
}

const COLUMNS = [
  'cut',
  'head',
  'optimizer',
  'learning_rate',
  'val_accuracy',
  'interval_low',
  'interval_high',
  'val_loss',
  'val_balanced_accuracy',
  'val_macro_f1',
  'baseline_accuracy',
  'fold_mean',
  'fold_std',
  'epochs',
  'best_epoch',
  'trained_parameters',
  'seconds',
  'p_value',
  'adjusted_p_value',
  'against_best',
];

function padded(row: readonly unknown[], last: string): unknown[] {
  return [...row, ...new Array<string>(COLUMNS.length - row.length - 1).fill(''), last];
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
