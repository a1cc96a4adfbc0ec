/** @file What is computed of images that are checked: hashes, copies, features of a frozen network, a look at each. */

import type { ContentHashes } from '../../core/examples/content-hashes.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { FeatureExtractor } from '../../core/features/feature-extractor.ts';
import type { FeatureStores } from '../../core/features/feature-spaces.ts';
import { type RowSource, rowsOfFeatures } from '../../core/inspection/row-source.ts';
import { Functional } from '../../core/layers/functional.ts';
import { layers } from '../../core/layers/layers.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import type { Backbone } from '../../vision/backbone/backbone.ts';
import type { ResizeMode } from '../../vision/images/resize-mode.ts';
import type { ImageLook } from '../../vision/inspection/image-look.ts';
import { imageModality } from '../../vision/modality/image-modality.ts';
import { findIdentical, type IdenticalImages } from '../images/identical-images.ts';
import { imageFiles } from '../images/image-files.ts';
import { lookAtImages } from './look-at-images.ts';

export interface EvidenceOptions extends RuntimeOptions {
  /** What becomes of images that are not square. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
  readonly featureStores?: FeatureStores | undefined;
  readonly strict?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((stage: 'features' | 'looks', done: number) => void) | undefined;
}

/** What is known of images; rows and looks are of those that can be read, in their order. */
export interface ImageEvidence {
  readonly samples: readonly Sample[];
  /** Places among all samples. */
  readonly places: readonly number[];
  /** By place among all samples. */
  readonly identical: IdenticalImages;
  readonly hashes: ContentHashes;
  readonly features: RowSource;
  readonly looks: readonly (ImageLook | undefined)[];
  readonly skipped: readonly SkippedFile[];
}

/** Features that are held in memory; more are read from the cache. */
const FEATURE_BYTES = 256 * 1024 * 1024;

/**
 * Looks at all images, and computes their features.
 *
 * @throws The signal's reason; `image`, in strict mode.
 */
export async function gatherEvidence(
  backbone: Backbone,
  all: readonly Sample[],
  options: EvidenceOptions,
): Promise<ImageEvidence> {
  const { resize = 'squash', featureStores, strict, threads, runtime, signal, onProgress } = options;
  const output = backbone.model.getLayer(backbone.cut).output;
  const boundary = output.shape.length === 4 ? layers.globalAveragePooling2d().apply(output) : output;
  // Called, and its features kept, as by a training with defaults, which then finds them in the cache.
  const model = new Functional({ inputs: backbone.model.inputs, outputs: boundary, name: 'classifier' });
  model.initialize({ seed: 0 });
  const about = {
    backbone: backbone.pretrainedConfig.id,
    cut: backbone.cut,
    sizePx: backbone.model.input.shape[1] ?? 0,
    ...(resize === 'squash' ? {} : { resize }),
    features: DEFAULT_RECIPE.features,
  };
  const extractor = new FeatureExtractor([{ name: 'features', model, boundary: [boundary], about }], {
    modality: imageModality({
      reader: imageFiles,
      runtime,
      model,
      preprocessing: backbone.preprocessing,
      resize,
      seed: 0,
    }),
    sets: { train: all },
    numClasses: 1,
    featureDType: DEFAULT_RECIPE.features,
    featureStores,
    strict,
    threads,
    runtime,
  });
  try {
    await extractor.hash(['train'], signal);
    const hashes = extractor.hashesOf('train');
    const identical = await findIdentical([{ samples: all, hashes }], signal);
    const [found] = await extractor.extract('train', undefined, {
      signal,
      onProgress: (done) => onProgress?.('features', done),
    });
    const set = await found!.table({ bytes: FEATURE_BYTES });
    const { skipped } = extractor;
    const unread = new Set(skipped.map(({ file }) => file));
    const places = [...all.keys()].filter((place) => !unread.has(all[place]!.file));
    const looks = await lookAtImages(all, {
      hashes,
      featureStores,
      signal,
      onProgress: (done) => onProgress?.('looks', done),
    });
    return {
      samples: places.map((place) => all[place]!),
      places,
      identical,
      hashes,
      features: rowsOfFeatures(set),
      looks: places.map((place) => looks[place]),
      skipped,
    };
  } finally {
    await extractor.rest();
  }
}
