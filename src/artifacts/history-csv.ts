/** @file The history of a run as CSV, by Keras' column names. */

import { csvLines } from '../data/csv-lines.ts';
import type { EpochRecord } from '../training/history.ts';

/** A header line, then one line an epoch. Numbers are written in full. */
export function historyCsv(records: readonly EpochRecord[]): string {
  const names = [...new Set(records.flatMap(({ logs }) => Object.keys(logs)))];
  const rows = records.map(({ epoch, logs, seconds }) => [
    epoch,
    ...names.map((name) => logs[name] ?? ''),
    seconds,
  ]);
  return csvLines([['epoch', ...names, 'seconds'], ...rows]);
}
