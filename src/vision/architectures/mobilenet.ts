/**
 * @file MobileNet, the first version, with Keras' layer names: `conv1` to `conv_pw_13_relu`.
 * @see https://arxiv.org/abs/1704.04861
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';

export interface MobileNetOptions extends ArchitectureOptions {
  /** Width: channels of every layer are multiplied by it, > 0. Default 1. */
  readonly alpha?: number;
}

/** The smallest side of an image: 32 steps down to one position. */
export const MOBILENET_SMALLEST_PX = 32;

/** The widths that weights were published for. */
export const MOBILENET_ALPHAS: readonly number[] = [0.25, 0.5, 0.75, 1];

/** In the top, as in Keras. */
const DROPOUT_RATE = 1e-3;

/** The 13 blocks. */
const BLOCKS: readonly { readonly filters: number; readonly stride: 1 | 2 }[] = [
  { filters: 64, stride: 1 },
  { filters: 128, stride: 2 },
  { filters: 128, stride: 1 },
  { filters: 256, stride: 2 },
  { filters: 256, stride: 1 },
  { filters: 512, stride: 2 },
  ...Array.from({ length: 5 }, () => ({ filters: 512, stride: 1 }) as const),
  { filters: 1024, stride: 2 },
  { filters: 1024, stride: 1 },
];

/**
 * Builds MobileNet on images `[N, H, W, C]` in [-1, 1]. Weights are not set.
 *
 * @returns The model; without its top its output is `conv_pw_13_relu`, `[N, H / 32, W / 32, 1024 * alpha]`.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px or `alpha` leaves a layer without channels.
 */
export function mobileNet(options: MobileNetOptions): Functional {
  const { inputShape, alpha = 1 } = options;
  checkInputShape('mobilenet', inputShape, MOBILENET_SMALLEST_PX);
  // 32 channels are the fewest that it multiplies.
  if (!(Math.trunc(32 * alpha) >= 1)) {
    throw new GraftError('argument', {
      where: 'mobilenet',
      expected: 'alpha of at least 1/32',
      received: `${alpha}`,
      advice: `Use one of ${MOBILENET_ALPHAS.join(', ')}.`,
    });
  }
  const start = input({ shape: inputShape });
  let x = layers
    .conv2d({
      filters: Math.trunc(32 * alpha),
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      useBias: false,
      name: 'conv1',
    })
    .apply(start);
  x = normalizeAndRectify(x, 'conv1');
  for (const [index, { filters, stride }] of BLOCKS.entries()) {
    x = separableBlock(x, Math.trunc(filters * alpha), stride, index + 1);
  }
  const outputs = options.includeTop ? classify(x, options.classes ?? 1000) : finishTop(x, options);
  const name = options.name ?? `mobilenet_${alpha.toFixed(2)}_${inputShape[0]}`;
  return new Functional({ inputs: start, outputs, name });
}

function separableBlock(
  start: SymbolicTensor,
  filters: number,
  strides: 1 | 2,
  block: number,
): SymbolicTensor {
  let x = start;
  // One row and column at the end whatever the size, unlike `same`, which would add two where it is odd.
  if (strides === 2) {
    const atEnd = [0, 1] as const;
    x = layers.zeroPadding2d({ padding: [atEnd, atEnd], name: `conv_pad_${block}` }).apply(x);
  }
  x = layers
    .depthwiseConv2d({
      kernelSize: 3,
      strides,
      padding: strides === 1 ? 'same' : 'valid',
      useBias: false,
      name: `conv_dw_${block}`,
    })
    .apply(x);
  x = normalizeAndRectify(x, `conv_dw_${block}`);
  x = layers
    .conv2d({ filters, kernelSize: 1, padding: 'same', useBias: false, name: `conv_pw_${block}` })
    .apply(x);
  return normalizeAndRectify(x, `conv_pw_${block}`);
}

function normalizeAndRectify(x: SymbolicTensor, name: string): SymbolicTensor {
  const normalized = layers.batchNormalization({ name: `${name}_bn` }).apply(x);
  return layers.reLU({ maxValue: 6, name: `${name}_relu` }).apply(normalized);
}

/** A 1 x 1 convolution stands for the dense layer. */
function classify(start: SymbolicTensor, classes: number): SymbolicTensor {
  let x = layers.globalAveragePooling2d({ keepdims: true }).apply(start);
  x = layers.dropout({ rate: DROPOUT_RATE, name: 'dropout' }).apply(x);
  x = layers.conv2d({ filters: classes, kernelSize: 1, padding: 'same', name: 'conv_preds' }).apply(x);
  x = layers.reshape({ targetShape: [classes], name: 'reshape_2' }).apply(x);
  return layers.activation({ activation: 'softmax', name: 'predictions' }).apply(x);
}
