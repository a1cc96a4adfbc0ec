/**
 * @file MobileNetV2, with Keras' layer names.
 * @see https://arxiv.org/abs/1801.04381
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';

export interface MobileNetV2Options extends ArchitectureOptions {
  /** Width: channels of every layer are multiplied by it, > 0. Default 1. */
  readonly alpha?: number;
  /**
   * Whose padding where the stride is 2, and whose epsilon of batch normalization: those of Keras, or PyTorch's own, as in
   * torchvision and timm. Default `keras`.
   */
  readonly padding?: 'keras' | 'torch' | undefined;
}

/** The smallest side of an image: 32 steps down to one position. */
export const MOBILENET_V2_SMALLEST_PX = 32;

/** The widths that weights were published for. */
export const MOBILENET_V2_ALPHAS: readonly number[] = [0.35, 0.5, 0.75, 1, 1.3, 1.4];

/** Blocks after the first, in rows of equal blocks. Only the first of a row has the stride. */
const ROWS: readonly { filters: number; blocks: number; stride: 1 | 2 }[] = [
  { filters: 24, blocks: 2, stride: 2 },
  { filters: 32, blocks: 3, stride: 2 },
  { filters: 64, blocks: 4, stride: 2 },
  { filters: 96, blocks: 3, stride: 1 },
  { filters: 160, blocks: 3, stride: 2 },
  { filters: 320, blocks: 1, stride: 1 },
];
const EXPANSION = 6;

type Style = Required<Pick<MobileNetV2Options, 'alpha'>> & { readonly isTorch: boolean };

/**
 * Builds MobileNetV2 on images `[N, H, W, C]` in [-1, 1]. Weights are not set.
 *
 * @returns The model; without its top its output is `out_relu`, `[N, H / 32, W / 32, 1280]` for `alpha` up to 1.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px or an option is out of range.
 */
export function mobileNetV2(options: MobileNetV2Options): Functional {
  const { inputShape, alpha = 1, padding = 'keras' } = options;
  checkInputShape('mobileNetV2', inputShape, MOBILENET_V2_SMALLEST_PX);
  if (!(alpha > 0)) {
    throw new GraftError('argument', {
      where: 'mobileNetV2',
      expected: 'alpha above 0',
      received: `${alpha}`,
      advice: `Use one of ${MOBILENET_V2_ALPHAS.join(', ')}.`,
    });
  }
  const style: Style = { alpha, isTorch: padding === 'torch' };
  const start = input({ shape: inputShape });
  let x = style.isTorch ? layers.zeroPadding2d({ padding: 1, name: 'Conv1_pad' }).apply(start) : start;
  x = layers
    .conv2d({
      filters: divisibleBy8(32 * alpha),
      kernelSize: 3,
      strides: 2,
      padding: style.isTorch ? 'valid' : 'same',
      useBias: false,
      name: 'Conv1',
    })
    .apply(x);
  x = normalize(x, 'bn_Conv1', style);
  x = layers.reLU({ maxValue: 6, name: 'Conv1_relu' }).apply(x);
  x = depthwiseAndProject(x, 'expanded_conv_', 1, 16, style);
  let block = 1;
  for (const { filters, blocks, stride } of ROWS) {
    for (let i = 0; i < blocks; i++) {
      x = invertedResidual(x, `block_${block}_`, i === 0 ? stride : 1, filters, style);
      block++;
    }
  }
  // The last layer does not become narrower than in the paper.
  const lastFilters = alpha > 1 ? divisibleBy8(1280 * alpha) : 1280;
  x = layers.conv2d({ filters: lastFilters, kernelSize: 1, useBias: false, name: 'Conv_1' }).apply(x);
  x = normalize(x, 'Conv_1_bn', style);
  x = layers.reLU({ maxValue: 6, name: 'out_relu' }).apply(x);
  const name = options.name ?? `mobilenetv2_${alpha.toFixed(2)}_${inputShape[0]}`;
  return new Functional({ inputs: start, outputs: finishTop(x, options), name });
}

/** Channels of a block's projection: Keras cuts to an integer before it rounds to a multiple of 8. */
export function mobileNetV2Channels(filters: number, alpha: number): number {
  return divisibleBy8(Math.trunc(filters * alpha));
}

function invertedResidual(
  start: SymbolicTensor,
  prefix: string,
  stride: 1 | 2,
  filters: number,
  style: Style,
): SymbolicTensor {
  const channels = countChannels(start);
  let x = layers
    .conv2d({
      filters: EXPANSION * channels,
      kernelSize: 1,
      padding: 'same',
      useBias: false,
      name: `${prefix}expand`,
    })
    .apply(start);
  x = normalize(x, `${prefix}expand_BN`, style);
  x = layers.reLU({ maxValue: 6, name: `${prefix}expand_relu` }).apply(x);
  x = depthwiseAndProject(x, prefix, stride, filters, style);
  const residual = stride === 1 && channels === countChannels(x);
  return residual ? layers.add({ name: `${prefix}add` }).apply([start, x]) : x;
}

function depthwiseAndProject(
  start: SymbolicTensor,
  prefix: string,
  stride: 1 | 2,
  filters: number,
  style: Style,
): SymbolicTensor {
  let x = start;
  if (stride === 2) {
    x = layers
      .zeroPadding2d({ padding: style.isTorch ? 1 : strideTwoPadding(x), name: `${prefix}pad` })
      .apply(x);
  }
  x = layers
    .depthwiseConv2d({
      kernelSize: 3,
      strides: stride,
      padding: stride === 1 ? 'same' : 'valid',
      useBias: false,
      name: `${prefix}depthwise`,
    })
    .apply(x);
  x = normalize(x, `${prefix}depthwise_BN`, style);
  x = layers.reLU({ maxValue: 6, name: `${prefix}depthwise_relu` }).apply(x);
  x = layers
    .conv2d({
      filters: mobileNetV2Channels(filters, style.alpha),
      kernelSize: 1,
      padding: 'same',
      useBias: false,
      name: `${prefix}project`,
    })
    .apply(x);
  return normalize(x, `${prefix}project_BN`, style);
}

function normalize(x: SymbolicTensor, name: string, { isTorch }: Style): SymbolicTensor {
  const options = isTorch ? { epsilon: 1e-5, momentum: 0.9 } : { epsilon: 1e-3, momentum: 0.999 };
  return layers.batchNormalization({ ...options, name }).apply(x);
}

/** What `same` would pad for a 3 x 3 window with stride 2: only at the end where the size is even. */
function strideTwoPadding(x: SymbolicTensor): [[number, number], [number, number]] {
  const before = (size: number | null | undefined): number => (size ?? 0) % 2;
  return [
    [before(x.shape[1]), 1],
    [before(x.shape[2]), 1],
  ];
}

function countChannels(x: SymbolicTensor): number {
  return x.shape[3] ?? 0;
}

/** The nearest multiple of 8, at least 8, and no more than a tenth below the value. */
function divisibleBy8(value: number): number {
  const rounded = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return rounded < 0.9 * value ? rounded + 8 : rounded;
}
