/** @file The training images that a network sees as the nearest to others: "because it looks like these". */

import type { ModelFile } from '../artifacts/decode-model-file.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { nearestNeighbors } from '../core/evaluation/nearest-neighbors.ts';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
import { loadBackbone } from '../node/backbones/load-backbone.ts';
import { imageDatasetFromDirectory } from '../node/images/image-dataset.ts';
import { extractFeatures } from '../node/training/extract-features.ts';
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
 * @throws {GraftError} `argument`, if the model tells of no backbone; as `scanFolder`, `loadBackbone`, `extractFeatures`.
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
  const { backbone: name, weights, cut, sizePx, resize, seed } = recipe;
  const backbone = await loadBackbone(name, {
    inputShape: [sizePx, sizePx, 3],
    cut,
    weights: weights ?? undefined,
    seed,
    upToCut: true,
  });
  const dataset = await imageDatasetFromDirectory(folder, { imageSize: [sizePx, sizePx] });
  const options = { resize, featureCache, signal };
  const known = await extractFeatures(backbone, dataset, { ...options, onProgress });
  const asked = await extractFeatures(backbone, [...files], options);
  const labels = new Map(dataset.samples.map(({ file, label }) => [file, dataset.classNames[label]]));
  // Some more: an image that was trained on finds itself, and its copies.
  const { indices, distances, shape } = nearestNeighbors(known, asked, { k: k + 5 });
  const [, found] = shape;
  const byFile = new Map(
    asked.files.map((file, row) => [
      file,
      Array.from({ length: found }, (_, place): Neighbor => {
        const neighbor = known.files[indices[row * found + place]!]!;
        return { file: neighbor, label: labels.get(neighbor), distance: distances[row * found + place]! };
      })
        .filter((neighbor) => neighbor.distance > 1e-6)
        .slice(0, k),
    ]),
  );
  return files.map((file) => byFile.get(file));
}
