/** @file What is kept of a sweep beside its best model: all rows, as JSON and as CSV. */

import { join } from 'node:path';
import { csvLines } from '../data/csv-lines.ts';
import type { AccuracyContext } from '../evaluation/classification-report.ts';
import { formatHead } from '../recipe/head-spec.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { SweepResult } from '../runs/sweep/sweep.ts';
import type { RankedRow } from '../runs/sweep/sweep-ranking.ts';
import { writeWhole } from './write-file.ts';

/** What of a recipe a sweep varies. */
export interface SweptValues {
  readonly cut: string;
  readonly head: string;
  readonly optimizer: string;
  readonly learningRate: number;
}

export interface SweepRowReport extends SweptValues {
  readonly validation: {
    readonly images: number;
    readonly loss: number;
    readonly accuracy: number;
    /** 95%, Wilson. */
    readonly interval: readonly [number, number];
  } & AccuracyContext;
  /** Accuracy of each fold, their mean and standard deviation. */
  readonly folds?: { readonly accuracies: readonly number[]; readonly mean: number; readonly spread: number };
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly parameters: { readonly total: number; readonly trainable: number };
  readonly seconds: number;
  /** Against the best row; absent for it. */
  readonly difference?: RankedRow['difference'];
}

/** The document of `sweep.json` and of `graft sweep --json`; other programs rely on its shape. */
export interface SweepReport {
  readonly classes: readonly string[];
  readonly asked: number;
  readonly ended: SweepResult['ended'];
  /** The best first. */
  readonly rows: readonly SweepRowReport[];
  readonly failed: readonly (SweptValues & { readonly reason: string })[];
  /** Accuracy to be expected of the best on new images, which it was not chosen by. */
  readonly expected?: { readonly accuracy: number; readonly interval: readonly [number, number] };
  /** The best on images that no decision looked at. */
  readonly test?: SweepRowReport['validation'];
  readonly features: SweepResult['features'];
  readonly seconds: SweepResult['seconds'];
  readonly skipped: SweepResult['skipped'];
}

/** The result of a sweep as a JSON document: what `graft sweep --json` prints. */
export function sweepReport(result: SweepResult): SweepReport {
  const { rows, failed, expected, asked, ended, best, features, seconds, skipped } = result;
  return {
    classes: best.classes,
    asked,
    ended,
    rows: rows.map(reportOf),
    failed: failed.map(({ recipe, reason }) => ({ ...sweptValues(recipe), reason })),
    ...(expected && { expected }),
    ...(best.test && { test: metricsOf(best.test) }),
    features,
    seconds,
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
    row.folds?.spread,
    row.epochs,
    row.bestEpoch,
    row.parameters.trainable,
    row.seconds,
    row.difference?.pValue,
    row.difference?.adjustedPValue,
    row.difference && (row.difference.isWorse ? 'worse' : 'not distinguishable'),
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
  'fold_spread',
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

function sweptValues({ cut, head, optimizer, learningRate }: Recipe): SweptValues {
  return { cut, head: formatHead(head), optimizer, learningRate };
}

function reportOf(row: RankedRow): SweepRowReport {
  const { recipe, validation, folds, epochs, bestEpoch, parameters, seconds, difference } = row;
  return {
    ...sweptValues(recipe),
    validation: metricsOf(validation),
    ...(folds && { folds: { accuracies: folds, ...meanAndSpread(folds) } }),
    epochs,
    bestEpoch,
    parameters,
    seconds,
    ...(difference && { difference }),
  };
}

function metricsOf(metrics: SweepRowReport['validation']): SweepRowReport['validation'] {
  const { images, loss, accuracy, interval, balancedAccuracy, macroF1, baseline } = metrics;
  return { images, loss, accuracy, interval, balancedAccuracy, macroF1, baseline };
}

/** The spread is the standard deviation of a sample. */
export function meanAndSpread(values: readonly number[]): { mean: number; spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / (values.length - 1)) };
}
