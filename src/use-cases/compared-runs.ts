/** @file What people name to be compared: runs, and the data behind them. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '../core/errors/graft-error.ts';
import { readTrainingRecord } from '../node/artifacts/training-record.ts';
import { readRunMark } from '../node/files/run-mark.ts';
import { isLabelFile } from '../node/training/csv-image-sets.ts';
import type { LookOptions } from './measured-examples.ts';

/** Examples to compare on. */
export interface ComparedData extends Pick<LookOptions, 'csv'> {
  readonly data: string;
}

/**
 * Divides what people name into runs and data: the last may be data, where it is neither a model file nor the folder of a run.
 *
 * @param named - Runs, and perhaps a folder or file of examples behind them.
 */
export async function divideNamed(
  named: readonly string[],
): Promise<{ readonly runs: readonly string[]; readonly data: string | undefined }> {
  const last = named.at(-1);
  const isData = last !== undefined && !(await looksLikeRun(last));
  return isData ? { runs: named.slice(0, -1), data: last } : { runs: named, data: undefined };
}

/** The model file of a run. @throws {GraftError} `file-not-found`. */
export async function findModel(run: string): Promise<string> {
  const status = await stat(run).catch(() => undefined);
  if (status?.isFile()) return run;
  const path = join(run, 'model.onnx');
  if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  throw new GraftError('file-not-found', {
    where: `run "${run}"`,
    expected: 'a folder with a model.onnx, or a model file',
    received: status === undefined ? 'nothing of that name' : 'a folder without one',
    advice: 'Name runs that have ended: graft runs lists them.',
  });
}

/** The data of a run. @throws {GraftError} `file-not-found`. */
export async function findData(run: string): Promise<ComparedData> {
  const known = await readTrainingRecord(run);
  const isThere = known !== undefined && (await stat(known.path).catch(() => undefined)) !== undefined;
  if (isThere) return { data: known.path, csv: known.csv };
  throw new GraftError('file-not-found', {
    where: `run "${run}"`,
    expected: 'the data that it was trained on',
    received: known === undefined ? 'a run that does not tell where they are' : `nothing at "${known.path}"`,
    advice: 'Name the data last: graft compare RUN RUN DATA.',
  });
}

async function looksLikeRun(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return !isLabelFile(path);
  if (status.isFile()) return path.toLowerCase().endsWith('.onnx');
  const names = await readdir(path);
  return names.includes('model.onnx') || (await readRunMark(path)) !== undefined;
}
