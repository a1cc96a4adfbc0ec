/**
 * @file ConvNeXt Tiny, Small, Base, Large and XLarge, with Keras' layer names.
 * @see https://arxiv.org/abs/2201.03545
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape } from './architecture.ts';

export type ConvNeXtVariant = 'tiny' | 'small' | 'base' | 'large' | 'xlarge';

export interface ConvNeXtOptions extends ArchitectureOptions {
  /** Whether the scaling of RGB pixels in [0, 255] is inside the network; it is never for other depths. Default true. */
  readonly includePreprocessing?: boolean;
}

/** The smallest side of an image: 32 steps down to one position. */
export const CONVNEXT_SMALLEST_PX = 32;

const VARIANTS: Readonly<
  Record<ConvNeXtVariant, { readonly depths: readonly number[]; readonly channels: readonly number[] }>
> = {
  tiny: { depths: [3, 3, 9, 3], channels: [96, 192, 384, 768] },
  small: { depths: [3, 3, 27, 3], channels: [96, 192, 384, 768] },
  base: { depths: [3, 3, 27, 3], channels: [128, 256, 512, 1024] },
  large: { depths: [3, 3, 27, 3], channels: [192, 384, 768, 1536] },
  xlarge: { depths: [3, 3, 27, 3], channels: [256, 512, 1024, 2048] },
};

const EPSILON = 1e-6;
const LAYER_SCALE = 1e-6;

/** Mean and variance of ImageNet's channels, for pixels in [0, 255]. */
const MEAN: readonly number[] = [0.485, 0.456, 0.406].map((mean) => mean * 255);
const VARIANCE: readonly number[] = [0.229, 0.224, 0.225].map((deviation) => (deviation * 255) ** 2);

/**
 * Builds ConvNeXt on images `[N, H, W, C]` in [0, 255]. Weights are not set.
 *
 * Keras puts the stem and each step down into a model of its own; here their layers stand in the network itself, and
 * a layer that does nothing has the name of each such model.
 *
 * @param options.name - Layers' names begin with it. Default `convnext_tiny`, `convnext_small`, ...
 * @returns The model; without its top its output is `layer_normalization`, `[N, H / 32, W / 32, 768]` for Tiny.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function convNeXt(variant: ConvNeXtVariant, options: ConvNeXtOptions): Functional {
  const { inputShape, includePreprocessing = true, name = `convnext_${variant}` } = options;
  checkInputShape(`convnext_${variant}`, inputShape, CONVNEXT_SMALLEST_PX);
  const { depths, channels } = VARIANTS[variant];

  const start = input({ shape: inputShape });
  let x = start;
  if (includePreprocessing && inputShape[2] === 3) {
    x = layers
      .normalization({ mean: MEAN, variance: VARIANCE, name: `${name}_prestem_normalization` })
      .apply(x);
  }
  for (const [stage, filters] of channels.entries()) {
    x = stage === 0 ? stem(x, filters, name) : downsample(x, filters, stage - 1, name);
    for (let block = 0; block < depths[stage]!; block++) {
      x = residualBlock(x, `${name}_stage_${stage}_block_${block}`);
    }
  }
  return new Functional({ inputs: start, outputs: finish(x, options, name), name });
}

/** The model of its own in which Keras has a layer, by the layer's name; most are in none. */
export function convNeXtInnerModel(layerName: string): string | undefined {
  const [, prefix, index] = /^(.*)_downsampling_(?:conv|layernorm)_(\d)$/.exec(layerName) ?? [];
  if (prefix !== undefined) return `${prefix}_downsampling_block_${index}`;
  return /^(.*_stem)_(?:conv|layernorm)$/.exec(layerName)?.[1];
}

function stem(start: SymbolicTensor, filters: number, name: string): SymbolicTensor {
  let x = layers.conv2d({ filters, kernelSize: 4, strides: 4, name: `${name}_stem_conv` }).apply(start);
  x = normalize(x, `${name}_stem_layernorm`);
  return named(x, `${name}_stem`);
}

function downsample(start: SymbolicTensor, filters: number, index: number, name: string): SymbolicTensor {
  let x = normalize(start, `${name}_downsampling_layernorm_${index}`);
  x = layers
    .conv2d({ filters, kernelSize: 2, strides: 2, name: `${name}_downsampling_conv_${index}` })
    .apply(x);
  return named(x, `${name}_downsampling_block_${index}`);
}

function residualBlock(start: SymbolicTensor, prefix: string): SymbolicTensor {
  const filters = start.shape[3]!;
  let x = layers
    .conv2d({
      filters,
      kernelSize: 7,
      padding: 'same',
      groups: filters,
      name: `${prefix}_depthwise_conv`,
    })
    .apply(start);
  x = normalize(x, `${prefix}_layernorm`);
  x = layers.dense({ units: 4 * filters, name: `${prefix}_pointwise_conv_1` }).apply(x);
  x = layers.activation({ activation: 'gelu', name: `${prefix}_gelu` }).apply(x);
  x = layers.dense({ units: filters, name: `${prefix}_pointwise_conv_2` }).apply(x);
  x = layers
    .layerScale({ initValues: LAYER_SCALE, projectionDim: filters, name: `${prefix}_layer_scale` })
    .apply(x);
  return layers.add().apply([start, named(x, `${prefix}_identity`)]);
}

function finish(
  x: SymbolicTensor,
  { includeTop = false, pooling, classes = 1000 }: ConvNeXtOptions,
  name: string,
): SymbolicTensor {
  if (includeTop) {
    const pooled = layers.globalAveragePooling2d({ name: `${name}_head_gap` }).apply(x);
    const normalized = normalize(pooled, `${name}_head_layernorm`);
    return layers
      .dense({ units: classes, activation: 'softmax', name: `${name}_head_dense` })
      .apply(normalized);
  }
  let pooled = x;
  if (pooling === 'avg') pooled = layers.globalAveragePooling2d().apply(x);
  if (pooling === 'max') pooled = layers.globalMaxPooling2d().apply(x);
  return layers.layerNormalization({ epsilon: EPSILON }).apply(pooled);
}

function normalize(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.layerNormalization({ epsilon: EPSILON, name }).apply(x);
}

/** A name for a value. */
function named(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.activation({ activation: 'linear', name }).apply(x);
}
