/** @file The mark of a run's folder, by which later runs know that Graft wrote it: a name alone could be a class. */

import { opendir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLock } from './file-lock.ts';
import type { OwnFile } from './own-files.ts';
import { readPlainText } from './plain-file.ts';

/** Lies in every folder that a run wrote to. */
export const RUN_MARK = '.graft-run';

/** Lies there while a run is at it. */
export const RUN_LOCK = '.graft-running';

const HEAD = 'Written by a run of Graft: this folder is no class of pictures.\n';
const MADE = 'The folder was made by the run.\n';

/** The mark, for whoever removes Graft's own files. */
export const OWN_RUN_MARK: OwnFile = {
  name: /^\.graft-run$/,
  proof: async (path) => (await readPlainText(path)).startsWith(HEAD),
};

/** @param made - Whether the run made the folder, so that it may go again when nothing is in it. */
export async function markRunFolder(folder: string, made: boolean): Promise<void> {
  const text = made ? HEAD + MADE : HEAD;
  await writeFile(join(folder, RUN_MARK), text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** What the mark in a folder says; undefined where there is none. */
export async function readRunMark(folder: string): Promise<{ readonly made: boolean } | undefined> {
  const text = await readPlainText(join(folder, RUN_MARK)).catch(() => '');
  return text.startsWith(HEAD) ? { made: text === HEAD + MADE } : undefined;
}

/** Whether a folder holds runs of Graft, it itself or folders below it, and nothing that could be an image. */
export async function holdsOnlyRuns(folder: string): Promise<boolean> {
  return (await searchRuns(folder, DEEPEST)) === 'run';
}

/** What runs, exports and people put beside a model. */
const NO_IMAGE = /\.(?:onnx|json|csv|svg|keras|h5|hdf5|bin|safetensors|txt|md|log|html?)$/i;

/** Folders below folders that are looked into: `graft-runs/NAME-N`, and some that `--out` may have made. */
const DEEPEST = 8;

async function searchRuns(folder: string, depth: number): Promise<'image' | 'run' | 'nothing'> {
  const below: string[] = [];
  try {
    // A class of many images ends at the first one.
    for await (const entry of await opendir(folder)) {
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) below.push(join(folder, entry.name));
      // A link may lead to images, and so may a name that tells nothing.
      else if (entry.isSymbolicLink() || !NO_IMAGE.test(entry.name)) return 'image';
    }
  } catch {
    return 'image';
  }
  let found: 'run' | 'nothing' = (await isMarked(folder)) ? 'run' : 'nothing';
  for (const each of below) {
    const inside = depth === 0 ? 'image' : await searchRuns(each, depth - 1);
    if (inside === 'image') return 'image';
    if (inside === 'run') found = 'run';
  }
  return found;
}

/** A run that was killed at its beginning has left no more than its lock. */
async function isMarked(folder: string): Promise<boolean> {
  if ((await readRunMark(folder)) !== undefined) return true;
  const lock = await readPlainText(join(folder, RUN_LOCK)).catch(() => undefined);
  return lock !== undefined && isLock(lock);
}
