/** @file What is computed of images that are checked: hashes, copies, features of a frozen network, a look at each. */

import type { ContentHashes } from '../core/examples/content-hashes.ts';
import type { Sample, SkippedFile } from '../core/examples/sample.ts';
import { type RowSource, rowsOfFeatures } from '../core/inspection/row-source.ts';
import { DEFAULT_RECIPE } from '../recipe/recipe.ts';
import type { Backbone } from '../vision/backbone/backbone.ts';
import type { ImageReader } from '../vision/images/image-reader.ts';
import type { ImageLook } from '../vision/inspection/image-look.ts';
import { type LookAtSample, lookAtImages } from '../vision/inspection/look-at-images.ts';
import { FEATURE_BYTES, type PooledFeatureOptions, pooledFeatures } from './pooled-features.ts';

/** Images of a machine, as a check needs them. */
export interface CheckedImages {
  readonly reader: ImageReader;
  readonly look: LookAtSample;
  /**
   * Groups of places whose images are the same byte for byte.
   *
   * @param hashes - Filled in as more is known.
   * @throws The signal's reason.
   */
  identical(
    samples: readonly Sample[],
    hashes: ContentHashes,
    signal: AbortSignal | undefined,
  ): Promise<Iterable<ArrayLike<number>>>;
}

export interface ImageFeatureOptions
  extends Pick<PooledFeatureOptions, 'resize' | 'featureStores' | 'strict' | 'threads' | 'runtime'> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((stage: 'features' | 'looks', done: number) => void) | undefined;
}

/** What is known of images; rows, looks and hashes are of those that can be read, in their order. */
export interface ImageFeatures {
  readonly samples: readonly Sample[];
  /** Places among all samples. */
  readonly places: readonly number[];
  /** Groups of places in `samples`, each ascending, in the order of their first. */
  readonly identical: readonly (readonly number[])[];
  /** By place among all samples. */
  readonly hashes: ContentHashes;
  readonly features: RowSource;
  readonly looks: readonly (ImageLook | undefined)[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Looks at all images, and computes their features.
 *
 * @throws The signal's reason; `image`, in strict mode.
 */
export async function imageFeatures(
  backbone: Backbone,
  all: readonly Sample[],
  { reader, look, identical }: CheckedImages,
  options: ImageFeatureOptions = {},
): Promise<ImageFeatures> {
  const { signal, onProgress, ...others } = options;
  const { features } = DEFAULT_RECIPE;
  const extractor = pooledFeatures(backbone, { ...others, reader, sets: { train: all }, features });
  try {
    await extractor.hash(['train'], signal);
    const hashes = extractor.hashesOf('train');
    const copies = await identical(all, hashes, signal);
    const [found] = await extractor.extract('train', undefined, {
      signal,
      onProgress: (done) => onProgress?.('features', done),
    });
    const set = await found!.table({ bytes: FEATURE_BYTES });
    const { skipped } = extractor;
    const unread = new Set(skipped.map(({ file }) => file));
    const places = [...all.keys()].filter((place) => !unread.has(all[place]!.file));
    const looks = await lookAtImages(all, {
      look,
      hashes,
      featureStores: options.featureStores,
      signal,
      onProgress: (done) => onProgress?.('looks', done),
    });
    return {
      samples: places.map((place) => all[place]!),
      places,
      identical: groupsAmong(places, copies),
      hashes,
      features: rowsOfFeatures(set),
      looks: places.map((place) => looks[place]),
      skipped,
    };
  } finally {
    await extractor.rest();
  }
}

/** Groups of what is left, at its new places. */
function groupsAmong(places: readonly number[], groups: Iterable<ArrayLike<number>>): number[][] {
  const placeOf = new Map(places.map((place, index) => [place, index]));
  return [...groups]
    .map((group) =>
      Array.from(group)
        .flatMap((place) => placeOf.get(place) ?? [])
        .sort((a, b) => a - b),
    )
    .filter(({ length }) => length > 1)
    .sort((a, b) => a[0]! - b[0]!);
}
