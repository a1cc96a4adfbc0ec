/**
 * @file Xception, with Keras' layer names: `block1_conv1` to `block14_sepconv2_act`; the four projections and the
 * sums beside them are named by counting: `conv2d`, `batch_normalization`, `add`.
 * @see https://arxiv.org/abs/1610.02357
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';

export type XceptionOptions = ArchitectureOptions;

/** The smallest side of an image that Keras takes. */
export const XCEPTION_SMALLEST_PX = 71;

/**
 * Builds Xception on images `[N, H, W, C]` in [-1, 1]. Weights are not set.
 *
 * @returns The model; without its top its output is `block14_sepconv2_act`, `[N, h, w, 2048]`, `h = w = 10` at 299 px.
 * @throws {GraftError} `argument`, if the images are smaller than 71 px.
 */
export function xception(options: XceptionOptions): Functional {
  const { inputShape, name = 'xception' } = options;
  checkInputShape('xception', inputShape, XCEPTION_SMALLEST_PX);
  const start = input({ shape: inputShape });
  let x = layers
    .conv2d({ filters: 32, kernelSize: 3, strides: 2, useBias: false, name: 'block1_conv1' })
    .apply(start);
  x = rectify(normalize(x, 'block1_conv1_bn'), 'block1_conv1_act');
  x = layers.conv2d({ filters: 64, kernelSize: 3, useBias: false, name: 'block1_conv2' }).apply(x);
  x = rectify(normalize(x, 'block1_conv2_bn'), 'block1_conv2_act');

  x = halvingBlock(x, 'block2', 128, 128, false);
  x = halvingBlock(x, 'block3', 256, 256);
  x = halvingBlock(x, 'block4', 728, 728);
  for (let block = 5; block <= 12; block++) {
    const residual = x;
    for (const i of [1, 2, 3]) {
      x = rectify(x, `block${block}_sepconv${i}_act`);
      x = separableConvolve(x, 728, `block${block}_sepconv${i}`);
    }
    x = layers.add().apply([x, residual]);
  }
  x = halvingBlock(x, 'block13', 728, 1024);

  for (const [index, filters] of [1536, 2048].entries()) {
    const convolution = `block14_sepconv${index + 1}`;
    x = rectify(separableConvolve(x, filters, convolution), `${convolution}_act`);
  }
  return new Functional({ inputs: start, outputs: finishTop(x, options, 'avg_pool'), name });
}

/** Two separable convolutions and pooling, beside a projection. */
function halvingBlock(
  start: SymbolicTensor,
  name: string,
  firstFilters: number,
  filters: number,
  rectifiesFirst = true,
): SymbolicTensor {
  // Before the branch: that is what counts the names.
  let residual = layers
    .conv2d({ filters, kernelSize: 1, strides: 2, padding: 'same', useBias: false })
    .apply(start);
  residual = layers.batchNormalization().apply(residual);
  let x = rectifiesFirst ? rectify(start, `${name}_sepconv1_act`) : start;
  x = separableConvolve(x, firstFilters, `${name}_sepconv1`);
  x = rectify(x, `${name}_sepconv2_act`);
  x = separableConvolve(x, filters, `${name}_sepconv2`);
  x = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same', name: `${name}_pool` }).apply(x);
  return layers.add().apply([x, residual]);
}

function separableConvolve(x: SymbolicTensor, filters: number, name: string): SymbolicTensor {
  const convolved = layers
    .separableConv2d({ filters, kernelSize: 3, padding: 'same', useBias: false, name })
    .apply(x);
  return normalize(convolved, `${name}_bn`);
}

function normalize(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.batchNormalization({ name }).apply(x);
}

function rectify(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.activation({ activation: 'relu', name }).apply(x);
}
