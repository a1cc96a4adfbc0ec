/** @file The images of a folder that a person chose or dropped, by their classes: what `graft train` makes of it. */

import { GraftError } from '../core/errors/graft-error.ts';
import { isImageName } from '../core/examples/image-names.ts';
import type { ImagesByClass } from './named-images.ts';

/** A file of `<input type="file" webkitdirectory>`. */
export interface FolderFile extends Blob {
  readonly name: string;
  /** `photos/cat/1.jpg`: the chosen folder, its class folder, and the way below it. */
  readonly webkitRelativePath: string;
}

/**
 * Images by the class folders that they lie in, at any depth. Other files, hidden ones and images in no class folder are passed over.
 *
 * @param files - Of `<input type="file" webkitdirectory>`.
 * @throws {GraftError} `dataset`, if there is no image in any class folder.
 */
export function imagesByFolder(files: Iterable<FolderFile>): ImagesByClass {
  const classes: Record<string, FolderFile[]> = {};
  let count = 0;
  for (const file of files) {
    count++;
    const [, className, ...below] = file.webkitRelativePath.split('/');
    const isHidden = [className, ...below].some((part) => part?.startsWith('.') || part === '__MACOSX');
    if (className === undefined || below.length === 0 || isHidden || !isImageName(file.name)) continue;
    classes[className] ??= [];
    classes[className].push(file);
  }
  if (Object.keys(classes).length > 0) return classes;
  throw new GraftError('dataset', {
    where: 'chosen folder',
    expected: 'one folder for each class, with images',
    received: count === 0 ? 'no file' : `${count} files, and no image in a folder of its class`,
    advice: 'Choose the folder that holds the class folders.',
  });
}
