/** @file Turns the paths that a person names into a list of images to look at. */

import { stat } from 'node:fs/promises';
import { walkImages } from './image-walk.ts';
import { LeftOutFiles } from './left-out-files.ts';

/** An image, or a path that leads to none. */
export interface ListedImage {
  /** The path as it was given, or below the folder as it was given. */
  readonly file: string;
  /** Why there is no image to read: `file not found`, `no images in this folder`, `broken link`. */
  readonly error?: string;
}

/**
 * Lists images: a file stands for itself, whatever its name; a folder for all images below it, in natural
 * order. A path that leads to none is an entry with `error`, in its place: nothing is thrown, so that one
 * wrong name does not cost the other answers.
 *
 * @param leftOut - Counts the files in folders that are no images.
 */
export async function listImages(
  paths: readonly string[],
  leftOut: LeftOutFiles = new LeftOutFiles(),
): Promise<ListedImage[]> {
  const lists = await Promise.all(paths.map((path) => listPath(path, leftOut)));
  return lists.flat();
}

async function listPath(path: string, leftOut: LeftOutFiles): Promise<ListedImage[]> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) return [{ file: path }];
    const { files, skipped } = await walkImages(path, leftOut);
    const listed: ListedImage[] = [
      ...files.map((entry) => ({ file: entry.path })),
      ...skipped.map(({ file, reason }) => ({ file, error: reason })),
    ];
    return listed.length > 0 ? listed : [{ file: path, error: 'no images in this folder' }];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    return [{ file: path, error: isMissing ? 'file not found' : 'cannot be opened' }];
  }
}
