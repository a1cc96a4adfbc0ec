/** @file Writes a file whole or not at all: beside its place, then renamed; and makes folders. */

import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { storageError } from '../../core/errors/storage-error.ts';
import { makeFolder } from './make-folder.ts';

export interface WriteOptions {
  /** What happens to a file that is there. Default true: it is replaced. */
  readonly replace?: boolean;
  /** Who may read and write it. Default: what the process gives new files. */
  readonly mode?: number | undefined;
  /** What a person can do where a file is there that is not to be replaced. */
  readonly advice?: string;
}

/**
 * Writes `content`, whole or in parts, to `path`; a reader sees the old file or the new one, never a part.
 *
 * @throws {GraftError} `file-write`, with the reason; the old file is as it was. `file-exists`, if a file is there that is
 *   not to be replaced.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array>,
  options: WriteOptions = {},
): Promise<void> {
  const { replace = true, mode, advice = 'Remove it, or choose another --out.' } = options;
  const { file, beside, place } = await begin(path, { replace, mode }).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
  try {
    try {
      // What the process takes away from new files is not taken from one that a person made.
      if (mode !== undefined) await file.chmod(mode);
      // Unlike `write`, this goes on after a short write, so that a disk that fills up is noticed. It writes from where
      // the one before it ended.
      const parts = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    if (replace) await rename(beside, place);
    else await renameToNew(beside, place);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    if (!replace && (cause as NodeJS.ErrnoException).code === 'EEXIST') throw existsError(path, advice);
    throw writeError(path, cause);
  }
}

interface Begun {
  readonly file: FileHandle;
  readonly beside: string;
  /** What a link leads to is replaced, or made, and not the link. */
  readonly place: string;
}

async function begin(
  path: string,
  { replace, mode }: { readonly replace: boolean; readonly mode: number | undefined },
): Promise<Begun> {
  const place = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw error;
    return replace ? behindLinks(path) : path;
  });
  return { ...(await openBeside(place, mode)), place };
}

/** Where links lead whose end is not there yet. */
async function behindLinks(path: string): Promise<string> {
  const target = await readlink(path).catch(() => undefined);
  return target === undefined ? path : behindLinks(resolve(dirname(path), target));
}

/**
 * A new file beside a place: of two that write the same name at once, the second takes another path. What has that path
 * already, such as a link that somebody put in the way, is not written through.
 */
async function openBeside(
  place: string,
  mode: number | undefined,
): Promise<{ readonly file: FileHandle; readonly beside: string }> {
  for (let beside = unfinishedPath(place); ; beside = unfinishedPath(place, randomToken())) {
    try {
      return { file: await open(beside, 'wx', mode), beside };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function randomToken(): string {
  return randomBytes(4).toString('hex');
}

/** Processes in containers may have the same number. */
const TOKEN: string = randomToken();

/** Where this process writes a file before it gets its name. */
export function unfinishedPath(path: string, token: string = TOKEN): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${token}.unfinished`);
}

/** A file that was not finished, where a kill came between. Of the name, only what it was to become can be a person's. */
export function unfinishedNames(names: RegExp): RegExp {
  return new RegExp(`^\\.(?:${names.source})\\.\\d+(?:-[0-9a-f]{8})?\\.unfinished$`);
}

/** @throws {GraftError} `file-exists`, if something is there. */
export async function requireNew(path: string, advice: string): Promise<void> {
  if (await isThere(path)) throw existsError(path, advice);
}

/** Of two that write the same name, one gets it. */
async function renameToNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if ((await stat(to).catch(() => undefined))?.isDirectory()) {
      throw Object.assign(new Error('is a folder', { cause: error }), { code: 'EISDIR' });
    }
    // Some file systems know no second name for a file.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    if (await isThere(to)) throw Object.assign(new Error('exists'), { code: 'EEXIST' });
    return rename(from, to);
  }
  await rm(from, { force: true });
}

function existsError(path: string, advice: string): GraftError {
  return new GraftError('file-exists', {
    where: `file "${path}"`,
    expected: 'a name that is free',
    received: 'one that is there already',
    advice,
  });
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

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The error for a path that cannot be written, from what the file system said. */
export function writeError(path: string, cause: unknown): GraftError {
  const advice = 'Nothing was written there. Make room or choose another place with --out.';
  return storageError(`file "${path}"`, cause, advice);
}
