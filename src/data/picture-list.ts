/** @file Turns the paths that a person names into a list of pictures to look at. */

import { stat } from 'node:fs/promises';
import { LeftOutFiles } from './left-out-files.ts';
import { walkPictures } from './picture-walk.ts';

/** A picture, or a path that leads to none. */
export interface ListedPicture {
  /** The path as it was given, or below the folder as it was given. */
  readonly file: string;
  /** Why there is no picture to read: `file not found`, `no pictures in this folder`, `broken link`. */
  readonly error?: string;
}

/**
 * Lists pictures: a file stands for itself, whatever its name; a folder for all pictures below it, in natural
 * order. A path that leads to none is an entry with `error`, in its place: nothing is thrown, so that one
 * wrong name does not cost the other answers.
 *
 * @param leftOut - Counts the files in folders that are no images.
 */
export async function listPictures(
  paths: readonly string[],
  leftOut: LeftOutFiles = new LeftOutFiles(),
): Promise<ListedPicture[]> {
  const lists = await Promise.all(paths.map((path) => listPath(path, leftOut)));
  return lists.flat();
}

async function listPath(path: string, leftOut: LeftOutFiles): Promise<ListedPicture[]> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) return [{ file: path }];
    const { files, skipped } = await walkPictures(path, leftOut);
    const listed: ListedPicture[] = [
      ...files.map((entry) => ({ file: entry.path })),
      ...skipped.map(({ file, reason }) => ({ file, error: reason })),
    ];
    return listed.length > 0 ? listed : [{ file: path, error: 'no pictures in this folder' }];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    return [{ file: path, error: isMissing ? 'file not found' : 'cannot be opened' }];
  }
}
