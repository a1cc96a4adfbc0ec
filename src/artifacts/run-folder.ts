/** @file The folder of a run: claimed before training, filled at its end, never overwritten unasked. */

import { readdir, readFile, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GraftError } from '../errors/graft-error.ts';
import { sizeText } from '../errors/size-text.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { Graph } from '../graph/graph.ts';
import type { History } from '../training/history.ts';
import { curvesPlot } from './curves-plot.ts';
import { historyCsv } from './history-csv.ts';
import { writeModelFile } from './model-file.ts';
import type { RecipeModelInfo } from './model-info.ts';
import { endRun } from './run-start.ts';
import { UNFINISHED_ENDING, writeError, writeWhole } from './write-file.ts';

/** Where runs go when no folder is named. */
export const RUNS_FOLDER = 'graft-runs';

/** Lies in the folder while a run uses it, with the number of its process inside. */
const MARKER = '.graft-running';

/** Between making the marker and writing into it. */
const MARKER_GRACE_MS = 200;

/** A protocol buffer's limit. */
const MOST_MODEL_BYTES = 2 ** 31 - 1;

/** What a run writes besides its model: some pages of text. */
const BYTES_BESIDE_MODEL = 1_000_000;

/**
 * Claims a folder for a run.
 *
 * @param out - The folder wanted; undefined takes the next free `graft-runs/<name>-<number>`.
 * @param overwrite - Whether a folder that holds something may be used; its files are replaced one by one.
 * @returns The folder, which exists now, can be written, and is no other run's until it is released.
 * @throws {GraftError} `file-exists`, if it holds something or another run uses it; `file-write`, if it cannot be
 *   written.
 */
export async function claimRunFolder(
  out: string | undefined,
  dataFolder: string,
  overwrite: boolean,
): Promise<string> {
  const folder = out ?? (await makeNextFree(basename(resolve(dataFolder))));
  try {
    await makeFolder(folder);
    const held = (await readdir(folder)).filter(
      (name) => name !== MARKER && !name.endsWith(UNFINISHED_ENDING),
    );
    if (held.length > 0 && !overwrite) {
      throw new GraftError('file-exists', {
        where: `run folder "${folder}"`,
        expected: 'a new or empty folder',
        received: `one with ${held.length} ${held.length === 1 ? 'file' : 'files'} in it`,
        advice: 'Choose another --out, or give --overwrite.',
      });
    }
    await mark(folder);
    await removeUnfinished(folder);
  } catch (cause) {
    throw writeError(folder, cause);
  }
  return folder;
}

/** Gives a claimed folder back, and removes it if nothing was reached that could be gone on with. */
export async function releaseRunFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (!names.some((name) => name === 'checkpoints' || name === 'model.onnx')) await endRun(folder);
  await rm(join(folder, MARKER), { force: true }).catch(() => undefined);
  await rmdir(folder).catch(() => undefined);
  if (dirname(folder) === RUNS_FOLDER) await rmdir(RUNS_FOLDER).catch(() => undefined);
}

/**
 * Refuses a disk on which the model will not fit, before the long work rather than after it.
 *
 * @param parameters - Numbers that the model file will hold, float32.
 * @throws {GraftError} `file-write`, with the sum.
 */
export async function requireRoom(folder: string, parameters: number): Promise<void> {
  const needed = parameters * Float32Array.BYTES_PER_ELEMENT + BYTES_BESIDE_MODEL;
  if (needed > MOST_MODEL_BYTES) {
    throw new GraftError('file-write', {
      where: 'model file',
      expected: `at most ${sizeText(MOST_MODEL_BYTES)}, which is what an .onnx file can hold`,
      received: `${parameters.toLocaleString('en')} parameters x 4 bytes = ${sizeText(needed)}`,
      advice: 'Pool the features (--head gap), use fewer units, a smaller --size, or a later --cut.',
    });
  }
  // Some file systems do not tell; then it shows when the file is written.
  const disk = await statfs(folder).catch(() => undefined);
  if (disk === undefined || disk.blocks === 0) return;
  const free = disk.bavail * disk.bsize;
  if (needed <= free) return;
  throw new GraftError('file-write', {
    where: `run folder "${folder}"`,
    expected: `${sizeText(needed)} of free disk for the model`,
    received: `${sizeText(free)}`,
    advice: 'Make room, or choose another place with --out.',
  });
}

/** Writes `model.onnx`, `recipe.json`, `history.csv` and `curves.svg`. Returns the model's path. */
export async function writeRun(
  folder: string,
  graph: Graph,
  info: RecipeModelInfo,
  history: History,
): Promise<string> {
  // First what cannot be had again without training.
  const model = join(folder, 'model.onnx');
  await writeModelFile(model, graph, info);
  await writeWhole(join(folder, 'recipe.json'), `${JSON.stringify(info.recipe, undefined, 2)}\n`);
  await writeWhole(join(folder, 'history.csv'), historyCsv(history.epochs));
  await writeWhole(join(folder, 'curves.svg'), curvesPlot(history.epochs, info.bestEpoch));
  return model;
}

/** What a run that was killed while it wrote has left behind. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(UNFINISHED_ENDING));
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
}

/** Making the folder is the claim: of two runs at once, one gets the number and the other the next. */
async function makeNextFree(name: string): Promise<string> {
  try {
    for (let number = 1; ; number++) {
      const folder = join(RUNS_FOLDER, `${name}-${number}`);
      if (await makeFolder(folder).catch(refuseUnlessTaken)) return folder;
    }
  } catch (cause) {
    throw writeError(RUNS_FOLDER, cause);
  }
}

/** A file may have the name. */
function refuseUnlessTaken(error: NodeJS.ErrnoException): false {
  if (error.code === 'EEXIST') return false;
  throw error;
}

/** Of two runs at once, one makes the marker. Whether files can be made here at all is known by that too. */
async function mark(folder: string): Promise<void> {
  const marker = join(folder, MARKER);
  try {
    await writeFile(marker, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = await ownerOf(marker);
    if (isRunning(owner)) {
      throw new GraftError('file-exists', {
        where: `run folder "${folder}"`,
        expected: 'a folder of its own for each run',
        received: `one that process ${owner} is using`,
        advice: `Wait for its end, or choose another --out; if it is no run of Graft's, remove ${marker}.`,
      });
    }
    // Left behind by a run that was killed.
    await rm(marker, { force: true });
    await mark(folder);
  }
}

/** The process that made a marker; 0 if it did not come as far as writing its number. */
async function ownerOf(marker: string): Promise<number> {
  const read = (): Promise<string> => readFile(marker, 'utf8').catch(() => '');
  const written = await read();
  if (written !== '') return Number(written);
  await delay(MARKER_GRACE_MS);
  return Number(await read());
}

function isRunning(pid: number): boolean {
  // In a container the killed run may have had this run's number.
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
