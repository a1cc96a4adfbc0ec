/** @file Writes the figures of every epoch to a CSV file as the training goes. */

import { appendFile, writeFile } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import type { Callback } from './callback.ts';

export interface CsvLoggerOptions {
  /** Goes on with a file that exists. Default false: it is begun anew. */
  readonly append?: boolean;
  /** Default `,`. */
  readonly separator?: string;
}

/** Keras' CSVLogger: `epoch` (from 0, as in Keras), then the figures by name, in alphabetical order. */
export function csvLogger(path: string, options: CsvLoggerOptions = {}): Callback {
  const { append = false, separator = ',' } = options;
  let columns: readonly string[] | undefined;
  let resumed = false;
  return {
    onTrainBegin() {
      columns = undefined;
      resumed = false;
    },
    state: () => ({ values: {} }),
    restore() {
      resumed = true;
    },
    async onEpochEnd({ epoch, logs }) {
      const first = columns === undefined;
      columns ??= Object.keys(logs).toSorted();
      const row = [epoch - 1, ...columns.map((name) => logs[name] ?? '')];
      const line = stringify([row], { delimiter: separator });
      const header = stringify([['epoch', ...columns]], { delimiter: separator });
      if (first && !append && !resumed) await writeFile(path, header + line);
      else await appendFile(path, line);
    },
  };
}
