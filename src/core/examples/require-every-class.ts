/** @file Refuses data in which a class has no image. */

import { baseName } from '../errors/base-name.ts';
import { GraftError } from '../errors/graft-error.ts';
import { countOf, quoteList } from '../errors/name-list.ts';
import type { SkippedFile } from './sample.ts';

/**
 * Refuses a data set in which a class has no image: after the scan, and again after decoding, when it is
 * known which images can be read.
 *
 * @throws {GraftError} `dataset`.
 */
export function requireEveryClass(check: {
  /** What complains, for the message: `image folder "./data"`. */
  readonly where: string;
  readonly classes: readonly string[];
  /** Of the images that can be used. */
  readonly labels: Iterable<number>;
  /** Images that were left out. */
  readonly unreadable?: readonly SkippedFile[];
}): void {
  const seen = new Set(check.labels);
  const missing = check.classes.filter((_, label) => !seen.has(label));
  if (missing.length === 0) return;
  const [first] = check.unreadable ?? [];
  throw new GraftError('dataset', {
    where: check.where,
    expected: 'at least 1 readable image in every class',
    received: `none in ${quoteList(missing)}`,
    advice: first
      ? `${countOf(check.unreadable!.length, 'file')} could not be used, the first "${baseName(first.file)}" (${first.reason}); put images into the folder, or remove it.`
      : 'Put images (jpg, png, webp, gif, tiff or avif) into the folder, or remove it.',
  });
}
