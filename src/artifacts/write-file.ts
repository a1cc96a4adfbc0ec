/** @file Writes a file whole or not at all: beside its place, then renamed; and makes folders. */

import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { GraftError } from '../errors/graft-error.ts';
import { storageError } from '../errors/storage-error.ts';
import { makeFolder } from '../files/make-folder.ts';

/** How the name of a file ends that was not finished, where a kill came between. */
export const UNFINISHED_ENDING = '.unfinished';

/**
 * Writes `content`, whole or in parts, to `path`; a reader sees the old file or the new one, never a part.
 *
 * @throws {GraftError} `file-write`, with the reason; the old file is as it was.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  // What a link leads to is replaced, not the link.
  const place = await realpath(path).catch(() => path);
  const beside = join(dirname(place), `.${basename(place)}.${process.pid}${UNFINISHED_ENDING}`);
  try {
    const file = await open(beside, 'w');
    try {
      // Unlike `write`, this goes on after a short write, so that a disk that fills up is noticed. It writes from where
      // the one before it ended.
      const parts = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, place);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw writeError(path, cause);
  }
}

/**
 * Makes a folder where it is not yet there.
 *
 * @returns Whether this call made it.
 * @throws {GraftError} `file-write`, if it cannot be made.
 */
export function folderFor(folder: string): Promise<boolean> {
  return makeFolder(folder).catch((cause: unknown) => {
    throw writeError(folder, cause);
  });
}

/** The error for a path that cannot be written, from what the file system said. */
export function writeError(path: string, cause: unknown): GraftError {
  const advice = 'Nothing was written there. Make room or choose another place with --out.';
  return storageError(`file "${path}"`, cause, advice);
}
