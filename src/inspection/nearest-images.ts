/** @file The images that a frozen network sees as the nearest to others: "because it looks like these". */

import { nearestNeighbors } from '../core/evaluation/nearest-neighbors.ts';
import type { Sample } from '../core/examples/sample.ts';
import type { ExtractedFeatures } from '../core/features/feature-extraction.ts';
import { RowBuffer } from '../core/features/feature-set.ts';
import type { Backbone } from '../vision/backbone/backbone.ts';
import { FEATURE_BYTES, type PooledFeatureOptions, pooledFeatures } from './pooled-features.ts';

export interface NearestImageOptions
  extends Pick<
    PooledFeatureOptions,
    'reader' | 'features' | 'resize' | 'featureStores' | 'threads' | 'runtime'
  > {
  /** How many, >= 1. */
  readonly k: number;
  readonly signal?: AbortSignal | undefined;
  /** Hears of images whose features are known: the first time, all go through the network. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** An image that is like another one. */
export interface NearImage {
  readonly sample: Sample;
  /** 1 less the cosine of their features, 0 to 2. */
  readonly distance: number;
}

/** An image finds itself, and its copies, which are no neighbors: so many more are looked for. */
const SAME = 5;
const MIN_DISTANCE = 1e-6;

/**
 * Finds the nearest of some images by pooled features.
 *
 * @param known - Among which is looked; what cannot be read is passed over.
 * @returns For each of `asked` its neighbors, the nearest first, itself left out; undefined for what cannot be read.
 * @throws {GraftError} `memory`. And the signal's reason.
 */
export async function nearestImages(
  backbone: Backbone,
  { known, asked }: { readonly known: readonly Sample[]; readonly asked: readonly Sample[] },
  { k, signal, onProgress, ...options }: NearestImageOptions,
): Promise<(readonly NearImage[] | undefined)[]> {
  const extractor = pooledFeatures(backbone, { ...options, sets: { train: known, test: asked } });
  try {
    const progress = onProgress && ((done: number) => onProgress(done, known.length));
    const [rows] = await extractor.extract('train', undefined, { signal, onProgress: progress });
    const [queries] = await extractor.extract('test', undefined, { signal });
    const unread = new Set(extractor.skipped.map(({ file }) => file));
    const readable = known.filter(({ file }) => !unread.has(file));
    const queried = asked.filter(({ file }) => !unread.has(file));
    if (readable.length === 0 || queried.length === 0) return asked.map(() => undefined);
    const { indices, distances, shape } = nearestNeighbors(await rowsOf(rows!), await rowsOf(queries!), {
      k: k + SAME,
    });
    const [, found] = shape;
    const near = new Map(
      queried.map((sample, row) => [
        sample,
        Array.from({ length: found }, (_, place): NearImage => {
          const at = row * found + place;
          return { sample: readable[indices[at]!]!, distance: distances[at]! };
        })
          .filter(({ distance }) => distance > MIN_DISTANCE)
          .slice(0, k),
      ]),
    );
    return asked.map((sample) => near.get(sample));
  } finally {
    await extractor.rest();
  }
}

async function rowsOf(
  extracted: ExtractedFeatures,
): Promise<{ readonly features: Float32Array; readonly shape: readonly number[] }> {
  const set = await extracted.table({ bytes: FEATURE_BYTES });
  const all = Uint32Array.from({ length: set.size }, (_, row) => row);
  const [read] = await set.read(all, new RowBuffer());
  return { features: read!.data as Float32Array, shape: read!.shape };
}
