/** @file A folder of class folders as a data set, by the names of Keras' `image_dataset_from_directory`. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { requireNumber, whole } from '../../core/errors/number-range.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { splitSamples } from '../../core/examples/splits/split.ts';
import { scanFolder } from './folder-scan.ts';
import { findIdentical, hashedImages } from './identical-images.ts';

/** Images of a folder with their labels, as batches. */
export interface ImageDataset {
  /** For messages: `image folder "photos"`. */
  readonly where: string;
  /** In natural order; a label is an index into it. */
  readonly classNames: readonly string[];
  readonly samples: readonly Sample[];
  /** `[height, width]` that images are squashed to. */
  readonly imageSize: readonly [number, number];
  readonly batchSize: number;
  /** Files that cannot be images. */
  readonly skipped: readonly SkippedFile[];
}

/** How `imageDatasetFromDirectory` reads a folder; names and defaults are those of Keras. */
export interface ImageDatasetOptions {
  /** `[height, width]`, pixels. Default `[256, 256]`, as in Keras. */
  readonly imageSize?: readonly [number, number];
  /** Default 32. */
  readonly batchSize?: number;
  /** Fraction of the images kept for validation, in (0, 1); needs `subset`. */
  readonly validationSplit?: number;
  /** Which side of the split. */
  readonly subset?: 'training' | 'validation';
  /** Of the split. Default 1. */
  readonly seed?: number;
  /** Images whose file names match alike stay on one side of the split. */
  readonly group?: RegExp;
}

/**
 * Images of a folder with one folder for each class. Nothing is decoded yet. Unlike Keras' random split, ours is
 * stratified, never separates identical images, and can keep images of one individual together.
 *
 * @throws {GraftError} As {@link scanFolder} and `splitSamples`; `argument`, if `subset` stands without
 *   `validationSplit`, or the other way round.
 */
export async function imageDatasetFromDirectory(
  directory: string,
  options: ImageDatasetOptions = {},
): Promise<ImageDataset> {
  const { imageSize = [256, 256], batchSize = 32, validationSplit, subset, seed = 1, group } = options;
  if ((validationSplit === undefined) !== (subset === undefined)) {
    throw new GraftError('argument', {
      where: 'image data set',
      expected: 'validationSplit and subset together',
      received: validationSplit === undefined ? 'subset alone' : 'validationSplit alone',
      advice: 'Give both, or neither.',
    });
  }
  requireNumber('image data set', 'batchSize', whole(1, 1_000_000), batchSize);
  for (const side of imageSize) requireNumber('image data set', 'imageSize', whole(1, 16_384), side);
  requireNumber('image data set', 'seed', whole(Number.MIN_SAFE_INTEGER), seed);
  const scan = await scanFolder(directory);
  const where = `image folder "${directory}"`;
  const about = { where, classNames: scan.classes, imageSize, batchSize, skipped: scan.skipped };
  if (validationSplit === undefined) return { ...about, samples: scan.train };
  const identical = await findIdentical([hashedImages(scan.train)]);
  const split = splitSamples(scan.train, {
    fraction: validationSplit,
    seed,
    classes: scan.classes,
    identical: identical.of(scan.train),
    ...(group && { group }),
  });
  return { ...about, samples: subset === 'validation' ? split.validation : split.train };
}
