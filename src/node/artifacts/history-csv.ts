/** @file The history of a run as CSV, by Keras' column names. */

import type { EpochRecord } from '../../core/fit/history.ts';
import { csvLines } from '../files/csv-lines.ts';

/** A header line, then one line an epoch, with its phase where there are several. Numbers are written in full. */
export function historyCsv(records: readonly EpochRecord[]): string {
  const names = [...new Set(records.flatMap(({ logs }) => Object.keys(logs)))];
  const hasPhases = records.some(({ phase }) => phase !== undefined);
  const rows = records.map(({ epoch, phase, logs, seconds }) => [
    epoch,
    ...(hasPhases ? [phase ?? ''] : []),
    ...names.map((name) => logs[name] ?? ''),
    seconds,
  ]);
  return csvLines([['epoch', ...(hasPhases ? ['phase'] : []), ...names, 'seconds'], ...rows]);
}
