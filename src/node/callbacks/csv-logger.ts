/** @file Writes the metrics of every epoch to a CSV file as the training goes. */

import { appendFile, readFile } from 'node:fs/promises';
import type { Callback } from '../../core/fit/callbacks/callback.ts';
import { csvLines } from '../files/csv-lines.ts';
import { writeWhole } from '../files/write-file.ts';

/** How `csvLogger` writes its file. */
export interface CsvLoggerOptions {
  /** Goes on with a file that exists, whatever is in it. Default false: the first epoch begins it anew. */
  readonly append?: boolean;
  /** Default `,`. */
  readonly separator?: string;
}

/**
 * Keras' CSVLogger: `epoch` (from 0, as in Keras), then the metrics by name, in alphabetical order. A training that goes
 * on, from a checkpoint or in another phase, goes on with the file: rows of epochs that are trained again are replaced.
 */
export function csvLogger(path: string, options: CsvLoggerOptions = {}): Callback {
  const { append = false, separator = ',' } = options;
  let columns: readonly string[] | undefined;
  const lineOf = (cells: readonly unknown[]): string => csvLines([cells], { delimiter: separator });
  return {
    onTrainBegin() {
      columns = undefined;
    },
    async onEpochEnd({ epoch, logs }) {
      const isFirst = columns === undefined;
      columns ??= Object.keys(logs).toSorted();
      const row = lineOf([epoch - 1, ...columns.map((name) => logs[name] ?? '')]);
      if (!isFirst) return appendFile(path, row);
      const header = lineOf(['epoch', ...columns]);
      const before = append || epoch > 1 ? await readFile(path, 'utf8').catch(() => '') : '';
      await writeWhole(path, (before === '' ? header : append ? before : rowsBefore(before, epoch)) + row);
    },
  };
}

/** The header, and the rows of the epochs before. */
function rowsBefore(text: string, epoch: number): string {
  const [header = '', ...rows] = text.split('\n').filter((line) => line !== '');
  const kept = rows.filter((line) => Number.parseInt(line, 10) < epoch - 1);
  return [header, ...kept].map((line) => `${line}\n`).join('');
}
