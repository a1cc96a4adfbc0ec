/** @file What a sweep of this machine came to: in `sweep.json`, as CSV, and as `graft sweep --json` prints it. */

import { join } from 'node:path';
import { type SweptReport, sweptReport } from '../events/sweep-report.ts';
import { csvLines } from '../node/files/csv-lines.ts';
import { writeWhole } from '../node/files/write-file.ts';
import type { DuplicateReport } from '../runs/duplicate-report.ts';
import type { ModalityName } from '../runs/example-sets.ts';
import type { SweepResult } from '../runs/sweep/run-sweep.ts';

/** The document of `sweep.json` and of `graft sweep --json`; other programs rely on its shape. */
export interface SweepReport extends SweptReport {
  /** The run's folder. */
  readonly run: string;
  /** The best combination's model file in it. */
  readonly model: string;
  /** Of the process, so far. */
  readonly peakMemoryBytes: number;
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
export function sweepReport(result: SweepResult, { run, model, ...about }: AboutSweep): SweepReport {
  const { duplicates, skipped, ...swept } = sweptReport(result, about);
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  return { run, model, ...swept, peakMemoryBytes, duplicates, skipped };
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
