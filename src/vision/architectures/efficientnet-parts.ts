/** @file What the blocks of EfficientNet and EfficientNetV2 share. */

import { type Initializer, varianceScaling } from '../../core/layers/initializers.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import type { ArchitectureOptions } from './architecture.ts';

/** What kernels begin with: normal, variance 2 / outputs. */
export const CONVOLUTION_INITIALIZER: Initializer = varianceScaling({
  scale: 2,
  mode: 'fanOut',
  distribution: 'truncatedNormal',
});

const TOP_INITIALIZER = varianceScaling({ scale: 1 / 3, mode: 'fanOut', distribution: 'uniform' });

/** Fraction of a block's input channels that squeeze and excitation goes down to. */
const SQUEEZE = 0.25;

/** Fraction of samples for which the last block is left out while training; blocks before it have less. */
export const DROP_CONNECT_RATE = 0.2;

/** Convolution without bias, with batch normalization after it. */
export interface ConvolutionOptions {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides?: number;
  readonly padding?: 'same' | 'valid';
  readonly momentum: number;
  readonly name: string;
  /** Of the normalization. */
  readonly normalized: string;
}

/** Convolves and normalizes. */
export function convolveAndNormalize(x: SymbolicTensor, options: ConvolutionOptions): SymbolicTensor {
  const { filters, kernelSize, strides = 1, padding = 'same', momentum, name, normalized } = options;
  const convolved = layers
    .conv2d({
      filters,
      kernelSize,
      strides,
      padding,
      useBias: false,
      kernelInitializer: CONVOLUTION_INITIALIZER,
      name,
    })
    .apply(x);
  return layers.batchNormalization({ momentum, name: normalized }).apply(convolved);
}

export function swish(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.activation({ activation: 'swish', name }).apply(x);
}

/**
 * Every channel times a factor in [0, 1] that the means of all channels decide about.
 *
 * @param blockChannels - Of the block's input, before its expansion.
 * @param prefix - Of the layers' names: `block1a_`.
 */
export function squeezeAndExcite(
  start: SymbolicTensor,
  blockChannels: number,
  prefix: string,
): SymbolicTensor {
  const filters = start.shape[3]!;
  let x = layers.globalAveragePooling2d({ name: `${prefix}se_squeeze` }).apply(start);
  x = layers.reshape({ targetShape: [1, 1, filters], name: `${prefix}se_reshape` }).apply(x);
  x = layers
    .conv2d({
      filters: Math.max(1, Math.trunc(blockChannels * SQUEEZE)),
      kernelSize: 1,
      padding: 'same',
      activation: 'swish',
      kernelInitializer: CONVOLUTION_INITIALIZER,
      name: `${prefix}se_reduce`,
    })
    .apply(x);
  x = layers
    .conv2d({
      filters,
      kernelSize: 1,
      padding: 'same',
      activation: 'sigmoid',
      kernelInitializer: CONVOLUTION_INITIALIZER,
      name: `${prefix}se_expand`,
    })
    .apply(x);
  return layers.multiply({ name: `${prefix}se_excite` }).apply([start, x]);
}

/**
 * Adds a block to what it began with; while training, it is left out for some samples.
 *
 * @param dropRate - Fraction of the samples, in [0, 1).
 */
export function joinResidual(
  start: SymbolicTensor,
  block: SymbolicTensor,
  dropRate: number,
  prefix: string,
): SymbolicTensor {
  const kept =
    dropRate > 0
      ? layers.dropout({ rate: dropRate, noiseShape: [null, 1, 1, 1], name: `${prefix}drop` }).apply(block)
      : block;
  return layers.add({ name: `${prefix}add` }).apply([kept, start]);
}

/** The last convolution, and what the options ask for behind it. */
export function finishEfficientNet(
  start: SymbolicTensor,
  { includeTop = false, pooling, classes = 1000 }: ArchitectureOptions,
  {
    filters,
    momentum,
    dropoutRate,
  }: { readonly filters: number; readonly momentum: number; readonly dropoutRate: number },
): SymbolicTensor {
  const convolved = convolveAndNormalize(start, {
    filters,
    kernelSize: 1,
    momentum,
    name: 'top_conv',
    normalized: 'top_bn',
  });
  const x = swish(convolved, 'top_activation');
  if (includeTop) {
    const pooled = layers.globalAveragePooling2d({ name: 'avg_pool' }).apply(x);
    const dropped = layers.dropout({ rate: dropoutRate, name: 'top_dropout' }).apply(pooled);
    return layers
      .dense({
        units: classes,
        activation: 'softmax',
        kernelInitializer: TOP_INITIALIZER,
        name: 'predictions',
      })
      .apply(dropped);
  }
  if (pooling === 'avg') return layers.globalAveragePooling2d({ name: 'avg_pool' }).apply(x);
  if (pooling === 'max') return layers.globalMaxPooling2d({ name: 'max_pool' }).apply(x);
  return x;
}

/** Keras' names of equal blocks in a row: `block3a_`, `block3b_`; after `z` the next ASCII signs, as there. */
export function blockPrefix(row: number, index: number): string {
  return `block${row + 1}${String.fromCharCode('a'.charCodeAt(0) + index)}_`;
}
