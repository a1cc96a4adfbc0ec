/** @file A folder of class folders, or examples, as a data set, by the names of Keras' `image_dataset_from_directory`. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { requireNumber, whole } from '../../core/errors/number-range.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { splitSamples } from '../../core/examples/splits/split.ts';
import { scanFolder } from './folder-scan.ts';
import { findIdentical, hashedImages } from './identical-images.ts';
import { type ClassExample, collectExamples, type Examples } from './image-examples.ts';

/** Images with their labels, as batches. */
export interface ImageDataset {
  /** For messages: `image folder "photos"`. */
  readonly where: string;
  /** In natural order; a label is an index into it. */
  readonly classNames: readonly string[];
  readonly samples: readonly Sample[];
  /** `[height, width]` that images are brought to, as the model's `resize` says. */
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
  readonly validationSplit?: number | undefined;
  /** Which side of the split. */
  readonly subset?: 'training' | 'validation' | undefined;
  /** Of the split. Default 1. */
  readonly seed?: number;
  /** Images whose file names match alike stay on one side of the split. */
  readonly group?: RegExp | undefined;
}

/** How `imageDatasetFromExamples` reads examples. */
export interface ExampleDatasetOptions extends ImageDatasetOptions {
  /** In the order that the model has: for images to validate on, `train.classNames`. Default: those that occur, in natural order. */
  readonly classNames?: readonly string[] | undefined;
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
  checkOptions(options);
  const { classNames, train, skipped } = await scanFolder(directory);
  const about = { where: `image folder "${directory}"`, classNames, skipped };
  return datasetOf(train, about, options);
}

/**
 * Images from memory, or by their paths, as a data set; see `imageDatasetFromDirectory`, which gives the same of the same
 * images in the same order, under the same names. All are held as long as the data set.
 *
 * @param examples - Gone through once: an array, a generator or an async one.
 * @throws {GraftError} As {@link imageDatasetFromDirectory} and `collectExamples`.
 */
export async function imageDatasetFromExamples(
  examples: Examples<ClassExample>,
  options: ExampleDatasetOptions = {},
): Promise<ImageDataset> {
  checkOptions(options);
  const { classNames } = options;
  const { samples, names, where } = await collectExamples(examples, {
    what: 'image',
    kind: 'class',
    classNames,
  });
  return datasetOf(samples, { where, classNames: names, skipped: [] }, options);
}

function checkOptions(options: ImageDatasetOptions): void {
  const { imageSize, batchSize = 1, validationSplit, subset, seed = 1 } = options;
  if ((validationSplit === undefined) !== (subset === undefined)) {
    throw new GraftError('argument', {
      where: 'image data set',
      expected: 'validationSplit and subset together',
      received: validationSplit === undefined ? 'subset alone' : 'validationSplit alone',
      advice: 'Give both, or neither.',
    });
  }
  requireNumber('image data set', 'batchSize', whole(1, 1_000_000), batchSize);
  for (const side of imageSize ?? []) requireNumber('image data set', 'imageSize', whole(1, 16_384), side);
  requireNumber('image data set', 'seed', whole(Number.MIN_SAFE_INTEGER), seed);
}

async function datasetOf(
  all: readonly Sample[],
  from: Pick<ImageDataset, 'where' | 'classNames' | 'skipped'>,
  { imageSize = [256, 256], batchSize = 32, validationSplit, subset, seed = 1, group }: ImageDatasetOptions,
): Promise<ImageDataset> {
  const about = { ...from, imageSize, batchSize };
  if (validationSplit === undefined) return { ...about, samples: all };
  const identical = await findIdentical([hashedImages(all)]);
  const split = splitSamples(all, {
    fraction: validationSplit,
    seed,
    classNames: from.classNames,
    identical: identical.of(all),
    group,
  });
  return { ...about, samples: subset === 'validation' ? split.validation : split.train };
}
