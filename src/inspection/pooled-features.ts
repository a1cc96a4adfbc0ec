/** @file What a frozen network makes of images, pooled: computed as by a training with defaults, whose features it then finds kept. */

import { FeatureExtractor } from '../core/features/feature-extractor.ts';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
import type { FeatureDType } from '../core/features/row-layout.ts';
import type { SampleSets } from '../core/features/sample-sets.ts';
import { Functional } from '../core/layers/functional.ts';
import { layers } from '../core/layers/layers.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import type { Backbone } from '../vision/backbone/backbone.ts';
import type { ImageReader } from '../vision/images/image-reader.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';
import { imageModality } from '../vision/modality/image-modality.ts';

export interface PooledFeatureOptions extends RuntimeOptions {
  readonly reader: ImageReader;
  readonly sets: SampleSets;
  /** What features are kept as. */
  readonly features: FeatureDType;
  /** What becomes of images that are not square. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
  readonly featureStores?: FeatureStores | undefined;
  readonly strict?: boolean | undefined;
  readonly threads?: number | undefined;
}

/** Rows of features are held in memory up to so many bytes; more are read from the cache. */
export const FEATURE_BYTES: number = 256 * 1024 * 1024;

/** An extractor of one layer: the output at the backbone's cut, a map as the mean of each channel. */
export function pooledFeatures(backbone: Backbone, options: PooledFeatureOptions): FeatureExtractor {
  const { reader, resize = 'squash', features, runtime, ...others } = options;
  const { cut, preprocessing, pretrainedConfig } = backbone;
  const output = backbone.model.getLayer(cut).output;
  const boundary = output.shape.length === 4 ? layers.globalAveragePooling2d().apply(output) : output;
  const model = new Functional({ inputs: backbone.model.inputs, outputs: boundary, name: 'classifier' });
  model.initialize({ seed: 0 });
  const about = {
    backbone: pretrainedConfig.id,
    cut,
    sizePx: backbone.model.input.shape[1] ?? 0,
    ...(resize === 'squash' ? {} : { resize }),
    features,
  };
  return new FeatureExtractor([{ name: 'features', model, boundary: [boundary], about }], {
    ...others,
    modality: imageModality({ reader, runtime, model, preprocessing, resize, seed: 0 }),
    numClasses: 1,
    featureDType: features,
    runtime,
  });
}
