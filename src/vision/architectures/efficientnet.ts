/**
 * @file EfficientNet B0 to B7, with Keras' layer names.
 * @see https://arxiv.org/abs/1905.11946
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape } from './architecture.ts';
import { correctPad } from './correct-pad.ts';
import {
  blockPrefix,
  CONVOLUTION_INITIALIZER,
  convolveAndNormalize,
  DROP_CONNECT_RATE,
  finishEfficientNet,
  joinResidual,
  squeezeAndExcite,
  swish,
} from './efficientnet-parts.ts';

export type EfficientNetVariant = 'b0' | 'b1' | 'b2' | 'b3' | 'b4' | 'b5' | 'b6' | 'b7';

export interface EfficientNetOptions extends ArchitectureOptions {
  /**
   * Whether a further Rescaling follows the normalization, as Keras builds the network with `weights="imagenet"`: the
   * published weights were trained with it. Keras leaves it out with `weights=None`. Default true.
   */
  readonly imagenetRescaling?: boolean;
}

/** The smallest side of an image: 32 steps down to one position. */
export const EFFICIENTNET_SMALLEST_PX = 32;

interface Scaling {
  readonly width: number;
  readonly depth: number;
  /** Side of the images that the weights were trained with. */
  readonly sizePx: number;
  readonly dropoutRate: number;
}

/** How each network is scaled from B0. */
export const EFFICIENTNET_SCALINGS: Readonly<Record<EfficientNetVariant, Scaling>> = {
  b0: { width: 1, depth: 1, sizePx: 224, dropoutRate: 0.2 },
  b1: { width: 1, depth: 1.1, sizePx: 240, dropoutRate: 0.2 },
  b2: { width: 1.1, depth: 1.2, sizePx: 260, dropoutRate: 0.3 },
  b3: { width: 1.2, depth: 1.4, sizePx: 300, dropoutRate: 0.3 },
  b4: { width: 1.4, depth: 1.8, sizePx: 380, dropoutRate: 0.4 },
  b5: { width: 1.6, depth: 2.2, sizePx: 456, dropoutRate: 0.4 },
  b6: { width: 1.8, depth: 2.6, sizePx: 528, dropoutRate: 0.5 },
  b7: { width: 2, depth: 3.1, sizePx: 600, dropoutRate: 0.5 },
};

/** Rows of equal blocks in B0. Only the first of a row has the stride. */
export const EFFICIENTNET_ROWS: readonly {
  readonly kernelSize: 3 | 5;
  readonly repeats: number;
  readonly filters: number;
  readonly expansion: 1 | 6;
  readonly stride: 1 | 2;
}[] = [
  { kernelSize: 3, repeats: 1, filters: 16, expansion: 1, stride: 1 },
  { kernelSize: 3, repeats: 2, filters: 24, expansion: 6, stride: 2 },
  { kernelSize: 5, repeats: 2, filters: 40, expansion: 6, stride: 2 },
  { kernelSize: 3, repeats: 3, filters: 80, expansion: 6, stride: 2 },
  { kernelSize: 5, repeats: 3, filters: 112, expansion: 6, stride: 1 },
  { kernelSize: 5, repeats: 4, filters: 192, expansion: 6, stride: 2 },
  { kernelSize: 3, repeats: 1, filters: 320, expansion: 6, stride: 1 },
];

const MOMENTUM = 0.99;

/** Square root of what the normalization divides by a second time: the channels' deviations in ImageNet. */
const IMAGENET_SCALES: readonly number[] = [0.229, 0.224, 0.225].map((deviation) => 1 / Math.sqrt(deviation));

/**
 * Builds EfficientNet on images `[N, H, W, 3]` in [0, 255]; their scaling is inside. Weights are not set.
 *
 * @returns The model; without its top its output is `top_activation`, `[N, H / 32, W / 32, 1280]` for B0.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function efficientNet(variant: EfficientNetVariant, options: EfficientNetOptions): Functional {
  const { inputShape, imagenetRescaling = true } = options;
  const name = `efficientnet${variant}`;
  checkInputShape(name, inputShape, EFFICIENTNET_SMALLEST_PX);
  const { width, depth, dropoutRate } = EFFICIENTNET_SCALINGS[variant];
  const channels = (filters: number): number => scaledChannels(filters, width);
  const repeats = (count: number): number => Math.ceil(depth * count);

  const start = input({ shape: inputShape });
  let x = layers.rescaling({ scale: 1 / 255 }).apply(start);
  x = layers.normalization({ axis: 3 }).apply(x);
  if (imagenetRescaling) x = layers.rescaling({ scale: IMAGENET_SCALES }).apply(x);
  x = layers.zeroPadding2d({ padding: correctPad(x, 3), name: 'stem_conv_pad' }).apply(x);
  x = convolveAndNormalize(x, {
    filters: channels(32),
    kernelSize: 3,
    strides: 2,
    padding: 'valid',
    momentum: MOMENTUM,
    name: 'stem_conv',
    normalized: 'stem_bn',
  });
  x = swish(x, 'stem_activation');

  const count = EFFICIENTNET_ROWS.reduce((sum, row) => sum + repeats(row.repeats), 0);
  let block = 0;
  for (const [row, { kernelSize, filters, expansion, stride, ...rest }] of EFFICIENTNET_ROWS.entries()) {
    for (let index = 0; index < repeats(rest.repeats); index++) {
      x = invertedResidual(x, {
        prefix: blockPrefix(row, index),
        kernelSize,
        filters: channels(filters),
        expansion,
        stride: index === 0 ? stride : 1,
        dropRate: (DROP_CONNECT_RATE * block) / count,
      });
      block++;
    }
  }
  const top = { filters: channels(1280), momentum: MOMENTUM, dropoutRate };
  const outputs = finishEfficientNet(x, options, top);
  return new Functional({ inputs: start, outputs, name: options.name ?? name });
}

interface BlockOptions {
  readonly prefix: string;
  readonly kernelSize: number;
  readonly filters: number;
  readonly expansion: number;
  readonly stride: 1 | 2;
  readonly dropRate: number;
}

function invertedResidual(
  start: SymbolicTensor,
  { prefix, kernelSize, filters, expansion, stride, dropRate }: BlockOptions,
): SymbolicTensor {
  const channels = start.shape[3]!;
  let x = start;
  if (expansion !== 1) {
    x = convolveAndNormalize(x, {
      filters: channels * expansion,
      kernelSize: 1,
      momentum: MOMENTUM,
      name: `${prefix}expand_conv`,
      normalized: `${prefix}expand_bn`,
    });
    x = swish(x, `${prefix}expand_activation`);
  }
  if (stride === 2) {
    const padding = correctPad(x, kernelSize);
    x = layers.zeroPadding2d({ padding, name: `${prefix}dwconv_pad` }).apply(x);
  }
  x = layers
    .depthwiseConv2d({
      kernelSize,
      strides: stride,
      padding: stride === 2 ? 'valid' : 'same',
      useBias: false,
      depthwiseInitializer: CONVOLUTION_INITIALIZER,
      name: `${prefix}dwconv`,
    })
    .apply(x);
  x = layers.batchNormalization({ momentum: MOMENTUM, name: `${prefix}bn` }).apply(x);
  x = swish(x, `${prefix}activation`);
  x = squeezeAndExcite(x, channels, prefix);
  x = convolveAndNormalize(x, {
    filters,
    kernelSize: 1,
    momentum: MOMENTUM,
    name: `${prefix}project_conv`,
    normalized: `${prefix}project_bn`,
  });
  return stride === 1 && channels === filters ? joinResidual(start, x, dropRate, prefix) : x;
}

/** Channels of a wider network: the nearest multiple of 8, at least 8, and no more than a tenth below the product. */
export function scaledChannels(filters: number, width: number): number {
  const value = filters * width;
  const rounded = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return rounded < 0.9 * value ? rounded + 8 : rounded;
}
