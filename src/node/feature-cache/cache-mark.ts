/**
 * @file The marks of a cache's folder, by which it is known to be Graft's: `format.json` and `CACHEDIR.TAG`. One is enough, as
 * either may be damaged. A folder with other files and no mark is a person's, and left alone.
 */

import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isReplaceable, NAME_IS_PROOF, type Proof, removeOwnFile } from '../files/own-files.ts';
import { listSpaces, spacesFolder } from './segment-files.ts';
import { CACHE_FORMAT } from './segment-format.ts';

const FORMAT_FILE = 'format.json';
const ABOUT = 'Feature cache of Graft; may be removed.';

/** Backup programs leave such folders out: https://bford.info/cachedir/ */
const TAG_FILE = 'CACHEDIR.TAG';
const SIGNATURE = 'Signature: 8a477f597d28d172789f06886806bc55\n';
const TAG = `${SIGNATURE}# A feature cache of Graft.\n`;

/** The format that a cache says; undefined where there is none, or a damaged one: the segments tell theirs themselves. */
export async function readFormat(folder: string): Promise<number | undefined> {
  const { format } = (await readMark(folder)) ?? {};
  return typeof format === 'number' ? format : undefined;
}

/** Whether a folder is a cache, or as good as new. */
export async function isOwnOrEmpty(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return true;
  if (await isMarked(folder)) return true;
  // Both marks are damaged, or another process is just making them.
  const strange = names.filter((name) => !OWN_NAMES.test(name));
  const spaces = await readdir(spacesFolder(folder)).catch(() => []);
  const isForeign = strange.length > 0 || spaces.length > (await listSpaces(folder)).length;
  if (!isForeign && (await isReplaceable(join(folder, FORMAT_FILE), isDamagedMark))) return true;
  // What the other process has made meanwhile is neither missing nor damaged.
  return isMarked(folder);
}

async function isMarked(folder: string): Promise<boolean> {
  const mark = await readMark(folder);
  if (mark?.about === ABOUT && typeof mark.format === 'number') return true;
  return (await readFile(join(folder, TAG_FILE), 'utf8').catch(() => '')) === TAG;
}

const OWN_NAMES = /^(?:format\.json(?:\.[0-9a-f]{12})?|CACHEDIR\.TAG|spaces)$/;

/** Puts the marks there, where they are not; what is no mark and no damaged one stays. @throws The file system's error. */
export async function markCache(folder: string): Promise<void> {
  const path = join(folder, FORMAT_FILE);
  if ((await readFormat(folder)) === undefined && (await isReplaceable(path, isDamagedMark))) {
    await replaceFile(path, { format: CACHE_FORMAT, about: ABOUT });
  }
  await writeFile(join(folder, TAG_FILE), TAG, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** Writes a small document; a reader sees the old file or the new one. @throws The file system's own error. */
export async function replaceFile(path: string, content: object): Promise<void> {
  // Processes in containers may have the same number.
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(beside, encodeMark(content));
    await rename(beside, path);
  } catch (error) {
    await removeOwnFile(beside, NAME_IS_PROOF).catch(() => false);
    throw error;
  }
}

export function encodeMark(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** In a cache's folder, what is no JSON at all. */
const isDamagedMark: Proof = async (path) => {
  try {
    JSON.parse(await readFile(path, 'utf8'));
    return false;
  } catch (error) {
    return error instanceof SyntaxError;
  }
};

async function readMark(
  folder: string,
): Promise<{ readonly format?: unknown; readonly about?: unknown } | undefined> {
  try {
    return (JSON.parse(await readFile(join(folder, FORMAT_FILE), 'utf8')) ?? undefined) as object | undefined;
  } catch {
    return undefined;
  }
}
