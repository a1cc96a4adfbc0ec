/** @file The training images that a network sees as the nearest to others: "because it looks like these". */

import type { ModelFile } from '../artifacts/decode-model-file.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
import { nearestImages } from '../inspection/nearest-images.ts';
import { loadBackbone } from '../node/backbones/load-backbone.ts';
import { imageDatasetFromDirectory } from '../node/images/image-dataset.ts';
import { imageFiles } from '../node/images/image-files.ts';
import type { Neighbor } from './explain-report.ts';

export interface NearestOptions {
  /** How many, >= 1. Default 5. */
  readonly k?: number | undefined;
  /** Where features are kept: the first time, all training images go through the network. */
  readonly featureCache?: FeatureStores | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Finds the nearest training images by the backbone's pooled features, as it was before a fine-tuning.
 *
 * @param folder - Of class folders, or with `train/`.
 * @returns For each file its neighbors, the nearest first, itself left out; undefined for a file that cannot be read.
 * @throws {GraftError} `argument`, if the model tells of no backbone; as `scanFolder`, `loadBackbone`. And the signal's reason.
 */
export async function nearestTrainingImages(
  { path, info }: ModelFile,
  files: readonly string[],
  folder: string,
  { k = 5, featureCache, signal, onProgress }: NearestOptions = {},
): Promise<(readonly Neighbor[] | undefined)[]> {
  const { recipe } = info;
  if (recipe === undefined) {
    throw new GraftError('argument', {
      where: `model "${path}"`,
      expected: 'a model that graft train made, for the nearest training images',
      received: 'one that a program saved',
      advice: 'Leave out --like, or use nearestNeighbors of the library.',
    });
  }
  const { backbone: name, weights, cut, sizePx, resize, seed, features } = recipe;
  const backbone = await loadBackbone(name, {
    inputShape: [sizePx, sizePx, 3],
    cut,
    weights: weights ?? undefined,
    seed,
    upToCut: true,
  });
  const { samples, classNames } = await imageDatasetFromDirectory(folder, { imageSize: [sizePx, sizePx] });
  const asked = files.map((file) => ({ file, label: 0 }));
  const found = await nearestImages(
    backbone,
    { known: samples, asked },
    { reader: imageFiles, features, resize, featureStores: featureCache, k, signal, onProgress },
  );
  return found.map((near) =>
    near?.map(({ sample: { file, label }, distance }) => ({ file, label: classNames[label], distance })),
  );
}
