/** @file Refuses data in which a class has no image. */

import { baseName } from '../errors/base-name.ts';
import { GraftError } from '../errors/graft-error.ts';
import { formatCount, quoteList } from '../errors/name-list.ts';
import type { SkippedFile } from './sample.ts';

const IMAGES = { one: 'image', several: 'images' };

/**
 * Refuses a data set in which a class has no image: after the scan, and again after decoding, when it is
 * known which images can be read.
 *
 * @throws {GraftError} `dataset`.
 */
export function requireEveryClass(check: {
  /** What complains, for the message: `image folder "./data"`. */
  readonly where: string;
  readonly classNames: readonly string[];
  /** Of the images that can be used. */
  readonly labels: Iterable<number>;
  /** Images that were left out. */
  readonly unreadable?: readonly SkippedFile[];
  /** What they are called. Default images. */
  readonly words?: { readonly one: string; readonly several: string };
}): void {
  const seen = new Set(check.labels);
  const missing = check.classNames.filter((_, label) => !seen.has(label));
  if (missing.length === 0) return;
  const [first] = check.unreadable ?? [];
  const words = check.words === undefined || check.words.one === IMAGES.one ? IMAGES : check.words;
  const remedy =
    words === IMAGES
      ? 'put images into the folder, or remove it.'
      : `add ${words.several} of that class, or leave it out.`;
  throw new GraftError('dataset', {
    where: check.where,
    expected: `at least 1 readable ${words.one} in every class`,
    received: `none in ${quoteList(missing)}`,
    advice: first
      ? `${formatCount(check.unreadable!.length, 'file')} could not be used, the first "${baseName(first.file)}" (${first.reason}); ${remedy}`
      : words === IMAGES
        ? 'Put images (jpg, png, webp, gif, tiff or avif) into the folder, or remove it.'
        : `${remedy[0]!.toUpperCase()}${remedy.slice(1)}`,
  });
}
