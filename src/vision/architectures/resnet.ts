/**
 * @file ResNet50, ResNet101 and ResNet152, with Keras' layer names: `conv1_pad` to `conv5_block3_out`.
 * @see https://arxiv.org/abs/1512.03385
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop, type PoolingNames } from './architecture.ts';

export type ResNetOptions = ArchitectureOptions;

/** The smallest side of an image: 32 steps down to one position. */
export const RESNET_SMALLEST_PX = 32;

/** Keras' epsilon of batch normalization in all networks that it took from Torch or Caffe. */
export const RESNET_EPSILON = 1.001e-5;

/** The pooling without the top has names in ResNets. */
export const RESNET_POOLING_NAMES: PoolingNames = { avg: 'avg_pool', max: 'max_pool' };

/** Blocks of the stacks `conv2` to `conv5`. */
export type StackBlocks = readonly [number, number, number, number];

/** The depths, which both versions of the network have. */
export const RESNET_BLOCKS: Readonly<Record<50 | 101 | 152, StackBlocks>> = {
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

/** Channels inside the blocks of a stack; a block gives four times as many. */
export const RESNET_FILTERS: StackBlocks = [64, 128, 256, 512];

/**
 * Builds ResNet50 on images `[N, H, W, C]` in BGR order, the mean of ImageNet taken off. Weights are not set.
 *
 * @returns The model; without its top its output is `conv5_block3_out`, `[N, H / 32, W / 32, 2048]`.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function resNet50(options: ResNetOptions): Functional {
  return resNet('resnet50', RESNET_BLOCKS[50], options);
}

/** Builds ResNet101: as {@link resNet50}, 23 blocks in `conv4`. */
export function resNet101(options: ResNetOptions): Functional {
  return resNet('resnet101', RESNET_BLOCKS[101], options);
}

/** Builds ResNet152: as {@link resNet50}, 8 blocks in `conv3` and 36 in `conv4`. */
export function resNet152(options: ResNetOptions): Functional {
  return resNet('resnet152', RESNET_BLOCKS[152], options);
}

function resNet(defaultName: string, blocks: StackBlocks, options: ResNetOptions): Functional {
  const { inputShape, name = defaultName } = options;
  checkInputShape(defaultName, inputShape, RESNET_SMALLEST_PX);
  const start = input({ shape: inputShape });
  let x = layers.zeroPadding2d({ padding: 3, name: 'conv1_pad' }).apply(start);
  x = layers.conv2d({ filters: 64, kernelSize: 7, strides: 2, name: 'conv1_conv' }).apply(x);
  x = normalize(x, 'conv1_bn');
  x = rectify(x, 'conv1_relu');
  x = layers.zeroPadding2d({ padding: 1, name: 'pool1_pad' }).apply(x);
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'pool1_pool' }).apply(x);
  for (const [index, filters] of RESNET_FILTERS.entries()) {
    for (let block = 1; block <= blocks[index]!; block++) {
      const stride = index > 0 && block === 1 ? 2 : 1;
      x = residualBlock(x, filters, stride, block === 1, `conv${index + 2}_block${block}`);
    }
  }
  const outputs = finishTop(x, options, 'avg_pool', RESNET_POOLING_NAMES);
  return new Functional({ inputs: start, outputs, name });
}

/** The stride is in the first 1 x 1 convolution, as in Caffe's original, and not in the 3 x 3 one. */
function residualBlock(
  start: SymbolicTensor,
  filters: number,
  strides: 1 | 2,
  projects: boolean,
  name: string,
): SymbolicTensor {
  let shortcut = start;
  if (projects) {
    shortcut = layers
      .conv2d({ filters: 4 * filters, kernelSize: 1, strides, name: `${name}_0_conv` })
      .apply(start);
    shortcut = normalize(shortcut, `${name}_0_bn`);
  }
  let x = layers.conv2d({ filters, kernelSize: 1, strides, name: `${name}_1_conv` }).apply(start);
  x = normalize(x, `${name}_1_bn`);
  x = rectify(x, `${name}_1_relu`);
  x = layers.conv2d({ filters, kernelSize: 3, padding: 'same', name: `${name}_2_conv` }).apply(x);
  x = normalize(x, `${name}_2_bn`);
  x = rectify(x, `${name}_2_relu`);
  x = layers.conv2d({ filters: 4 * filters, kernelSize: 1, name: `${name}_3_conv` }).apply(x);
  x = normalize(x, `${name}_3_bn`);
  x = layers.add({ name: `${name}_add` }).apply([shortcut, x]);
  return rectify(x, `${name}_out`);
}

function normalize(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.batchNormalization({ epsilon: RESNET_EPSILON, name }).apply(x);
}

function rectify(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.activation({ activation: 'relu', name }).apply(x);
}
