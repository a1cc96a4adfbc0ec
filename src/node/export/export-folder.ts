/** @file Writes the files of an export into a folder: all, or none. */

import { dirname, join } from 'node:path';
import { NAME_IS_PROOF, removeEmptyFolder, removeOwnFile } from '../files/own-files.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';

/** What is in a file, whole or in parts. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

/**
 * Writes files by their paths below the folder, with `/`. A file that appears meanwhile is not this export's, and stays.
 *
 * @returns Their whole paths.
 * @throws {GraftError} `file-write`; `file-exists`.
 */
export async function writeExportFolder(
  folder: string,
  files: ReadonlyMap<string, FileContent>,
): Promise<string[]> {
  const made: string[] = [];
  const written: string[] = [];
  try {
    for (const [name, content] of files) {
      const path = join(folder, name);
      for (const parent of [folder, dirname(path)]) if (await folderFor(parent)) made.push(parent);
      await writeWhole(path, content, { replace: false });
      written.push(path);
    }
    return written;
  } catch (error) {
    // Written by this call a moment ago: their names are proof.
    for (const file of written) await removeOwnFile(file, NAME_IS_PROOF).catch(() => false);
    for (const each of made.reverse()) await removeEmptyFolder(each).catch(() => false);
    throw error;
  }
}
