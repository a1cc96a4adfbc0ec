/** @file The folder of a run: claimed before training, filled at its end, never overwritten unasked. */

import { mkdir, mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { GraftError } from '../errors/graft-error.ts';
import type { Graph } from '../graph/graph.ts';
import type { History } from '../training/history.ts';
import { curvesPlot } from './curves-plot.ts';
import { historyCsv } from './history-csv.ts';
import { writeModelFile } from './model-file.ts';
import type { ModelInfo } from './model-info.ts';
import { writeError, writeWhole } from './write-file.ts';

/** Where runs go when no folder is named. */
export const RUNS_FOLDER = 'graft-runs';

/**
 * Claims a folder for a run.
 *
 * @param out - The folder wanted; undefined takes the next free `graft-runs/<name>-<number>`.
 * @param overwrite - Whether a folder that holds something may be used; its files are replaced one by one.
 * @returns The folder, which exists now and can be written.
 * @throws {GraftError} `file-exists`, if it holds something; `file-write`, if it cannot be written.
 */
export async function claimRunFolder(
  out: string | undefined,
  dataFolder: string,
  overwrite: boolean,
): Promise<string> {
  if (out === undefined) return claimNextFree(basename(resolve(dataFolder)));
  try {
    await mkdir(out, { recursive: true });
    const held = await readdir(out);
    if (held.length > 0 && !overwrite) {
      throw new GraftError('file-exists', {
        where: `run folder "${out}"`,
        expected: 'a new or empty folder',
        received: `one with ${held.length} ${held.length === 1 ? 'file' : 'files'} in it`,
        advice: 'Choose another --out, or give --overwrite.',
      });
    }
    // Whether files can be made in it is known for certain only by making one.
    await rmdir(await mkdtemp(join(out, '.claim-')));
  } catch (cause) {
    throw cause instanceof GraftError ? cause : writeError(out, cause);
  }
  return out;
}

/** Removes a claimed folder again if nothing was put into it. */
export async function releaseRunFolder(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}

/** Writes `model.onnx`, `recipe.json`, `history.csv` and `curves.svg`. Returns the model's path. */
export async function writeRun(
  folder: string,
  graph: Graph,
  info: ModelInfo,
  history: History,
): Promise<string> {
  const model = join(folder, 'model.onnx');
  await writeModelFile(model, graph, info);
  await writeWhole(join(folder, 'recipe.json'), `${JSON.stringify(info.recipe, undefined, 2)}\n`);
  await writeWhole(join(folder, 'history.csv'), historyCsv(history.epochs));
  await writeWhole(join(folder, 'curves.svg'), curvesPlot(history.epochs, history.bestEpoch));
  return model;
}

/** Making the folder is the claim: of two runs at once, one gets the number and the other the next. */
async function claimNextFree(name: string): Promise<string> {
  try {
    await mkdir(RUNS_FOLDER, { recursive: true });
    for (let number = 1; ; number++) {
      const folder = join(RUNS_FOLDER, `${name}-${number}`);
      try {
        await mkdir(folder);
        return folder;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  } catch (cause) {
    throw writeError(RUNS_FOLDER, cause);
  }
}
