/** @file Reads a file that was fetched; one that turns out to be none does not stay for ever. */

import { rm } from 'node:fs/promises';
import { type ErrorCode, GraftError } from '../../core/errors/graft-error.ts';
import { type Pin, readPin, removePin, writePin } from './pin.ts';

/** What readers say of content; anything else (memory, a request to stop) tells nothing about the file. */
const UNREADABLE: ReadonlySet<ErrorCode> = new Set(['weights', 'model-file', 'argument']);

/**
 * Reads a file of the cache folder. If it cannot be read, the error tells its path; and if it was fetched without a
 * published hash and never could be read, it is removed, so that the next run fetches it again.
 *
 * @throws What `read` throws.
 */
export async function readFetched<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  const pin = await readPin(path);
  let result: T;
  try {
    result = await read(path);
  } catch (error) {
    if (!(error instanceof GraftError) || !UNREADABLE.has(error.code)) throw error;
    const advice = `${error.parts.advice} ${await removeUnreadable(path, pin)}`;
    throw new GraftError(error.code, { ...error.parts, advice }, { cause: error });
  }
  // Where it cannot be written, the next run tries again.
  if (pin !== undefined && !pin.wasRead) await writePin(path, { ...pin, wasRead: true }).catch(() => {});
  return result;
}

/** Reads a file that was fetched, as {@link readFetched} does, if it has not been read before. */
export async function checkFetched(path: string, read: (path: string) => Promise<unknown>): Promise<void> {
  if ((await readPin(path))?.wasRead === false) await readFetched(path, read);
}

/** @returns A sentence for the message. */
async function removeUnreadable(path: string, pin: Pin | undefined): Promise<string> {
  if (pin === undefined) return `The file, "${path}", has the hash that its publisher states.`;
  if (!pin.isFetched || pin.wasRead) return `The file is "${path}"; --refetch fetches it again.`;
  try {
    await rm(path);
    await removePin(path);
    return `It came from "${pin.url}" and was removed from "${path}": the next run fetches it again.`;
  } catch {
    return `The file is "${path}"; remove it, and the next run fetches it again.`;
  }
}
