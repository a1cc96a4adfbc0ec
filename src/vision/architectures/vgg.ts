/**
 * @file VGG16 and VGG19, with Keras' layer names: `block1_conv1` to `block5_pool`.
 * @see https://arxiv.org/abs/1409.1556
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';

export type VggOptions = ArchitectureOptions;

/** The smallest side of an image: five halvings leave one position. */
export const VGG_SMALLEST_PX = 32;

/** Channels of the five blocks. */
const FILTERS: readonly number[] = [64, 128, 256, 512, 512];
const FULLY_CONNECTED_UNITS = 4096;

/**
 * Builds VGG16 on images `[N, H, W, C]` in BGR order, the mean of ImageNet taken off. Weights are not set.
 *
 * @returns The model; without its top its output is `block5_pool`, `[N, H / 32, W / 32, 512]`.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function vgg16(options: VggOptions): Functional {
  return vgg('vgg16', [2, 2, 3, 3, 3], options);
}

/** Builds VGG19: as {@link vgg16}, with one more convolution in each of the last three blocks. */
export function vgg19(options: VggOptions): Functional {
  return vgg('vgg19', [2, 2, 4, 4, 4], options);
}

function vgg(defaultName: string, convolutions: readonly number[], options: VggOptions): Functional {
  const { inputShape, name = defaultName } = options;
  checkInputShape(defaultName, inputShape, VGG_SMALLEST_PX);
  const start = input({ shape: inputShape });
  let x = start;
  for (const [index, filters] of FILTERS.entries()) {
    const block = `block${index + 1}`;
    for (let i = 1; i <= convolutions[index]!; i++) {
      x = layers
        .conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', name: `${block}_conv${i}` })
        .apply(x);
    }
    x = layers.maxPooling2d({ name: `${block}_pool` }).apply(x);
  }
  const outputs = options.includeTop ? classify(x, options.classes ?? 1000) : finishTop(x, options);
  return new Functional({ inputs: start, outputs, name });
}

/** The fully connected top, whose size depends on the images'. */
function classify(start: SymbolicTensor, classes: number): SymbolicTensor {
  let x = layers.flatten({ name: 'flatten' }).apply(start);
  for (const name of ['fc1', 'fc2']) {
    x = layers.dense({ units: FULLY_CONNECTED_UNITS, activation: 'relu', name }).apply(x);
  }
  return layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }).apply(x);
}
