/** @file Folders are made here and nowhere else, in a way that cannot go on for ever. */

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing.
 *
 * Not by `recursive` of Node's `mkdir`: where the file system says ENOENT for the folder although the one above is
 * there, as /proc does, that tries for ever (Node 20).
 *
 * @returns Whether this call made the folder itself, which is certain for one caller only.
 * @throws The file system's own error.
 */
export async function makeFolder(path: string): Promise<boolean> {
  try {
    return await makeLast(path);
  } catch (error) {
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) throw error;
    if (!(await isThere(above))) await makeFolder(above);
    // Also where the one above is there: someone may have made it since.
    return makeLast(path);
  }
}

async function makeLast(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(path)).isDirectory()) return false;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
