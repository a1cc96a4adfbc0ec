/** @file Which data a run was trained on, kept in its folder: for a comparison or a report afterwards. */

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isJsonWith, type Proof } from '../files/own-files.ts';
import { writeWhole } from '../files/write-file.ts';
import type { CsvOptions } from '../training/csv-image-sets.ts';

/** The file in a run's folder. A model file says nothing of places: it goes to others. */
export const RUN_DATA = 'data.json';

/** Where the data of a run were. */
export interface RunData {
  /** The whole path of the folder or file. */
  readonly data: string;
  /** How a table was read. */
  readonly csv: CsvOptions;
}

/** Proves the file. */
export const isRunData: Proof = isJsonWith('data', 'csv');

const schema = z.object({ data: z.string().min(1), csv: z.record(z.string(), z.unknown()) });

/** @throws {GraftError} `file-write`. */
export async function writeRunData(run: string, { data, csv }: RunData): Promise<void> {
  await writeWhole(join(run, RUN_DATA), `${JSON.stringify({ data: resolve(data), csv }, undefined, 2)}\n`);
}

/** What a run says; undefined where it says nothing that can be read: earlier versions wrote none. */
export async function readRunData(run: string): Promise<RunData | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(join(run, RUN_DATA), 'utf8'))) as RunData;
  } catch {
    return undefined;
  }
}
