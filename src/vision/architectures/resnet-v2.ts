/**
 * @file ResNet50V2, ResNet101V2 and ResNet152V2, with Keras' layer names: `conv1_pad` to `post_relu`. Normalization
 * and rectifier stand before each convolution.
 * @see https://arxiv.org/abs/1603.05027
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';
import {
  RESNET_BLOCKS,
  RESNET_EPSILON,
  RESNET_FILTERS,
  RESNET_POOLING_NAMES,
  RESNET_SMALLEST_PX,
  type StackBlocks,
} from './resnet.ts';

export type ResNetV2Options = ArchitectureOptions;

/**
 * Builds ResNet50V2 on images `[N, H, W, C]` in [-1, 1]. Weights are not set.
 *
 * @returns The model; without its top its output is `post_relu`, `[N, H / 32, W / 32, 2048]`.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function resNet50V2(options: ResNetV2Options): Functional {
  return resNetV2('resnet50v2', RESNET_BLOCKS[50], options);
}

/** Builds ResNet101V2: as {@link resNet50V2}, 23 blocks in `conv4`. */
export function resNet101V2(options: ResNetV2Options): Functional {
  return resNetV2('resnet101v2', RESNET_BLOCKS[101], options);
}

/** Builds ResNet152V2: as {@link resNet50V2}, 8 blocks in `conv3` and 36 in `conv4`. */
export function resNet152V2(options: ResNetV2Options): Functional {
  return resNetV2('resnet152v2', RESNET_BLOCKS[152], options);
}

function resNetV2(defaultName: string, blocks: StackBlocks, options: ResNetV2Options): Functional {
  const { inputShape, name = defaultName } = options;
  checkInputShape(defaultName, inputShape, RESNET_SMALLEST_PX);
  const start = input({ shape: inputShape });
  let x = layers.zeroPadding2d({ padding: 3, name: 'conv1_pad' }).apply(start);
  x = layers.conv2d({ filters: 64, kernelSize: 7, strides: 2, name: 'conv1_conv' }).apply(x);
  x = layers.zeroPadding2d({ padding: 1, name: 'pool1_pad' }).apply(x);
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, name: 'pool1_pool' }).apply(x);
  for (const [index, filters] of RESNET_FILTERS.entries()) {
    const count = blocks[index]!;
    for (let block = 1; block <= count; block++) {
      // The stride comes at a stack's end, where ResNet has it at the next one's beginning.
      const stride = block === count && index < RESNET_FILTERS.length - 1 ? 2 : 1;
      x = residualBlock(x, filters, stride, block === 1, `conv${index + 2}_block${block}`);
    }
  }
  x = normalizeAndRectify(x, 'post_bn', 'post_relu');
  const outputs = finishTop(x, options, 'avg_pool', RESNET_POOLING_NAMES);
  return new Functional({ inputs: start, outputs, name });
}

function residualBlock(
  start: SymbolicTensor,
  filters: number,
  strides: 1 | 2,
  projects: boolean,
  name: string,
): SymbolicTensor {
  const activated = normalizeAndRectify(start, `${name}_preact_bn`, `${name}_preact_relu`);
  let shortcut = start;
  if (projects) {
    shortcut = layers
      .conv2d({ filters: 4 * filters, kernelSize: 1, strides, name: `${name}_0_conv` })
      .apply(activated);
  } else if (strides > 1) {
    shortcut = layers.maxPooling2d({ poolSize: 1, strides }).apply(start);
  }
  let x = layers.conv2d({ filters, kernelSize: 1, useBias: false, name: `${name}_1_conv` }).apply(activated);
  x = normalizeAndRectify(x, `${name}_1_bn`, `${name}_1_relu`);
  x = layers.zeroPadding2d({ padding: 1, name: `${name}_2_pad` }).apply(x);
  x = layers.conv2d({ filters, kernelSize: 3, strides, useBias: false, name: `${name}_2_conv` }).apply(x);
  x = normalizeAndRectify(x, `${name}_2_bn`, `${name}_2_relu`);
  x = layers.conv2d({ filters: 4 * filters, kernelSize: 1, name: `${name}_3_conv` }).apply(x);
  return layers.add({ name: `${name}_out` }).apply([shortcut, x]);
}

function normalizeAndRectify(x: SymbolicTensor, bnName: string, reluName: string): SymbolicTensor {
  const normalized = layers.batchNormalization({ epsilon: RESNET_EPSILON, name: bnName }).apply(x);
  return layers.activation({ activation: 'relu', name: reluName }).apply(normalized);
}
