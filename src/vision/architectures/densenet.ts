/**
 * @file DenseNet121, DenseNet169 and DenseNet201, with Keras' layer names: `conv1_conv` to `relu`.
 * @see https://arxiv.org/abs/1608.06993
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';

export type DenseNetOptions = ArchitectureOptions;

/** The smallest side of an image: 32 steps down to one position. */
export const DENSENET_SMALLEST_PX = 32;

/** Channels that every block adds to those before it. */
const GROWTH = 32;
const EPSILON = 1.001e-5;

/**
 * Builds DenseNet121 on images `[N, H, W, C]` from which ImageNet's mean is taken off and that are divided by its
 * deviation, for each channel. Weights are not set.
 *
 * @returns The model; without its top its output is `relu`, `[N, H / 32, W / 32, 1024]`.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function denseNet121(options: DenseNetOptions): Functional {
  return denseNet('densenet121', [6, 12, 24, 16], options);
}

/** Builds DenseNet169: as {@link denseNet121}; 1664 channels at the end. */
export function denseNet169(options: DenseNetOptions): Functional {
  return denseNet('densenet169', [6, 12, 32, 32], options);
}

/** Builds DenseNet201: as {@link denseNet121}; 1920 channels at the end. */
export function denseNet201(options: DenseNetOptions): Functional {
  return denseNet('densenet201', [6, 12, 48, 32], options);
}

function denseNet(defaultName: string, blocks: readonly number[], options: DenseNetOptions): Functional {
  const { inputShape, name = defaultName } = options;
  checkInputShape(defaultName, inputShape, DENSENET_SMALLEST_PX);
  const start = input({ shape: inputShape });
  let x = layers.zeroPadding2d({ padding: 3 }).apply(start);
  x = layers.conv2d({ filters: 64, kernelSize: 7, strides: 2, useBias: false, name: 'conv1_conv' }).apply(x);
  x = normalizeAndRectify(x, 'conv1_bn', 'conv1_relu');
  x = layers.zeroPadding2d({ padding: 1 }).apply(x);
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'pool1' }).apply(x);
  for (const [index, count] of blocks.entries()) {
    if (index > 0) x = transition(x, `pool${index + 1}`);
    for (let block = 1; block <= count; block++) x = denseBlock(x, `conv${index + 2}_block${block}`);
  }
  x = normalizeAndRectify(x, 'bn', 'relu');
  const outputs = finishTop(x, options, 'avg_pool', { avg: 'avg_pool', max: 'max_pool' });
  return new Functional({ inputs: start, outputs, name });
}

/** What was there, and `GROWTH` more channels made from all of it. */
function denseBlock(start: SymbolicTensor, name: string): SymbolicTensor {
  let x = normalizeAndRectify(start, `${name}_0_bn`, `${name}_0_relu`);
  x = layers.conv2d({ filters: 4 * GROWTH, kernelSize: 1, useBias: false, name: `${name}_1_conv` }).apply(x);
  x = normalizeAndRectify(x, `${name}_1_bn`, `${name}_1_relu`);
  x = layers
    .conv2d({ filters: GROWTH, kernelSize: 3, padding: 'same', useBias: false, name: `${name}_2_conv` })
    .apply(x);
  return layers.concatenate({ name: `${name}_concat` }).apply([start, x]);
}

/** Half the channels, half the height and width. */
function transition(start: SymbolicTensor, name: string): SymbolicTensor {
  let x = normalizeAndRectify(start, `${name}_bn`, `${name}_relu`);
  const filters = Math.trunc((x.shape[3] ?? 0) / 2);
  x = layers.conv2d({ filters, kernelSize: 1, useBias: false, name: `${name}_conv` }).apply(x);
  return layers.averagePooling2d({ poolSize: 2, strides: 2, name: `${name}_pool` }).apply(x);
}

function normalizeAndRectify(x: SymbolicTensor, bnName: string, reluName: string): SymbolicTensor {
  const normalized = layers.batchNormalization({ epsilon: EPSILON, name: bnName }).apply(x);
  return layers.activation({ activation: 'relu', name: reluName }).apply(normalized);
}
