/**
 * @file EfficientNetV2 B0 to B3, S, M and L, with Keras' layer names.
 * @see https://arxiv.org/abs/2104.00298
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape } from './architecture.ts';
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

export type EfficientNetV2Variant = 'b0' | 'b1' | 'b2' | 'b3' | 's' | 'm' | 'l';

export interface EfficientNetV2Options extends ArchitectureOptions {
  /** Whether the scaling of pixels in [0, 255] is inside the network. Default true. */
  readonly includePreprocessing?: boolean;
}

/** The smallest side of an image: 32 steps down to one position. */
export const EFFICIENTNET_V2_SMALLEST_PX = 32;

/** A row of equal blocks; only the first has the stride. Fused blocks have one convolution instead of two. */
interface Row {
  readonly fused: boolean;
  readonly repeats: number;
  readonly filters: number;
  readonly expansion: 1 | 4 | 6;
  readonly stride: 1 | 2;
}

interface Variant {
  readonly width: number;
  readonly depth: number;
  /** Side of the images that the weights were trained with. */
  readonly sizePx: number;
  readonly stemFilters: number;
  readonly rows: readonly Row[];
}

const B_ROWS: readonly Row[] = [
  { fused: true, repeats: 1, filters: 16, expansion: 1, stride: 1 },
  { fused: true, repeats: 2, filters: 32, expansion: 4, stride: 2 },
  { fused: true, repeats: 2, filters: 48, expansion: 4, stride: 2 },
  { fused: false, repeats: 3, filters: 96, expansion: 4, stride: 2 },
  { fused: false, repeats: 5, filters: 112, expansion: 6, stride: 1 },
  { fused: false, repeats: 8, filters: 192, expansion: 6, stride: 2 },
];

const S_ROWS: readonly Row[] = [
  { fused: true, repeats: 2, filters: 24, expansion: 1, stride: 1 },
  { fused: true, repeats: 4, filters: 48, expansion: 4, stride: 2 },
  { fused: true, repeats: 4, filters: 64, expansion: 4, stride: 2 },
  { fused: false, repeats: 6, filters: 128, expansion: 4, stride: 2 },
  { fused: false, repeats: 9, filters: 160, expansion: 6, stride: 1 },
  { fused: false, repeats: 15, filters: 256, expansion: 6, stride: 2 },
];

const M_ROWS: readonly Row[] = [
  { fused: true, repeats: 3, filters: 24, expansion: 1, stride: 1 },
  { fused: true, repeats: 5, filters: 48, expansion: 4, stride: 2 },
  { fused: true, repeats: 5, filters: 80, expansion: 4, stride: 2 },
  { fused: false, repeats: 7, filters: 160, expansion: 4, stride: 2 },
  { fused: false, repeats: 14, filters: 176, expansion: 6, stride: 1 },
  { fused: false, repeats: 18, filters: 304, expansion: 6, stride: 2 },
  { fused: false, repeats: 5, filters: 512, expansion: 6, stride: 1 },
];

const L_ROWS: readonly Row[] = [
  { fused: true, repeats: 4, filters: 32, expansion: 1, stride: 1 },
  { fused: true, repeats: 7, filters: 64, expansion: 4, stride: 2 },
  { fused: true, repeats: 7, filters: 96, expansion: 4, stride: 2 },
  { fused: false, repeats: 10, filters: 192, expansion: 4, stride: 2 },
  { fused: false, repeats: 19, filters: 224, expansion: 6, stride: 1 },
  { fused: false, repeats: 25, filters: 384, expansion: 6, stride: 2 },
  { fused: false, repeats: 7, filters: 640, expansion: 6, stride: 1 },
];

/** The networks there are. */
export const EFFICIENTNET_V2_VARIANTS: Readonly<Record<EfficientNetV2Variant, Variant>> = {
  b0: { width: 1, depth: 1, sizePx: 224, stemFilters: 32, rows: B_ROWS },
  b1: { width: 1, depth: 1.1, sizePx: 240, stemFilters: 32, rows: B_ROWS },
  b2: { width: 1.1, depth: 1.2, sizePx: 260, stemFilters: 32, rows: B_ROWS },
  b3: { width: 1.2, depth: 1.4, sizePx: 300, stemFilters: 32, rows: B_ROWS },
  s: { width: 1, depth: 1, sizePx: 384, stemFilters: 24, rows: S_ROWS },
  m: { width: 1, depth: 1, sizePx: 480, stemFilters: 24, rows: M_ROWS },
  l: { width: 1, depth: 1, sizePx: 480, stemFilters: 32, rows: L_ROWS },
};

const MOMENTUM = 0.9;
const DROPOUT_RATE = 0.2;

/** Mean and deviation of ImageNet's channels, for pixels in [0, 1]. */
const MEAN: readonly number[] = [0.485, 0.456, 0.406];
const VARIANCE: readonly number[] = [0.229 ** 2, 0.224 ** 2, 0.225 ** 2];

/**
 * Builds EfficientNetV2 on images `[N, H, W, C]` in [0, 255]; their scaling is inside. Weights are not set.
 *
 * @returns The model; without its top its output is `top_activation`, `[N, H / 32, W / 32, 1280]` for B0.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function efficientNetV2(variant: EfficientNetV2Variant, options: EfficientNetV2Options): Functional {
  const { inputShape, includePreprocessing = true } = options;
  const name = `efficientnetv2-${variant}`;
  checkInputShape(name, inputShape, EFFICIENTNET_V2_SMALLEST_PX);
  const { width, depth, stemFilters, rows } = EFFICIENTNET_V2_VARIANTS[variant];
  const channels = (filters: number): number => Math.max(8, Math.floor((filters * width + 4) / 8) * 8);

  const start = input({ shape: inputShape });
  let x = includePreprocessing ? scalePixels(start, variant) : start;
  x = convolveAndNormalize(x, {
    filters: channels(stemFilters),
    kernelSize: 3,
    strides: 2,
    momentum: MOMENTUM,
    name: 'stem_conv',
    normalized: 'stem_bn',
  });
  x = swish(x, 'stem_activation');

  // Keras counts the blocks before the depth is scaled.
  const count = rows.reduce((sum, row) => sum + row.repeats, 0);
  let block = 0;
  for (const [index, { fused, repeats, filters, expansion, stride }] of rows.entries()) {
    for (let i = 0; i < Math.ceil(depth * repeats); i++) {
      const residualBlock = fused ? fusedInvertedResidual : invertedResidual;
      x = residualBlock(x, {
        prefix: blockPrefix(index, i),
        filters: channels(filters),
        expansion,
        stride: i === 0 ? stride : 1,
        dropRate: (DROP_CONNECT_RATE * block) / count,
      });
      block++;
    }
  }
  const top = { filters: channels(1280), momentum: MOMENTUM, dropoutRate: DROPOUT_RATE };
  const outputs = finishEfficientNet(x, options, top);
  return new Functional({ inputs: start, outputs, name: options.name ?? name });
}

function scalePixels(x: SymbolicTensor, variant: EfficientNetV2Variant): SymbolicTensor {
  if (!variant.startsWith('b') || x.shape[3] !== 3) {
    return layers.rescaling({ scale: 1 / 128, offset: -1 }).apply(x);
  }
  const scaled = layers.rescaling({ scale: 1 / 255 }).apply(x);
  return layers.normalization({ mean: MEAN, variance: VARIANCE, axis: 3 }).apply(scaled);
}

interface BlockOptions {
  readonly prefix: string;
  readonly filters: number;
  readonly expansion: number;
  readonly stride: 1 | 2;
  readonly dropRate: number;
}

function invertedResidual(
  start: SymbolicTensor,
  { prefix, filters, expansion, stride, dropRate }: BlockOptions,
): SymbolicTensor {
  const channels = start.shape[3]!;
  let x = convolveAndNormalize(start, {
    filters: channels * expansion,
    kernelSize: 1,
    momentum: MOMENTUM,
    name: `${prefix}expand_conv`,
    normalized: `${prefix}expand_bn`,
  });
  x = swish(x, `${prefix}expand_activation`);
  x = layers
    .depthwiseConv2d({
      kernelSize: 3,
      strides: stride,
      padding: 'same',
      useBias: false,
      depthwiseInitializer: CONVOLUTION_INITIALIZER,
      name: `${prefix}dwconv2`,
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

function fusedInvertedResidual(
  start: SymbolicTensor,
  { prefix, filters, expansion, stride, dropRate }: BlockOptions,
): SymbolicTensor {
  const channels = start.shape[3]!;
  const expands = expansion !== 1;
  let x = start;
  if (expands) {
    x = convolveAndNormalize(x, {
      filters: channels * expansion,
      kernelSize: 3,
      strides: stride,
      momentum: MOMENTUM,
      name: `${prefix}expand_conv`,
      normalized: `${prefix}expand_bn`,
    });
    x = swish(x, `${prefix}expand_activation`);
  }
  x = convolveAndNormalize(x, {
    filters,
    kernelSize: expands ? 1 : 3,
    strides: expands ? 1 : stride,
    momentum: MOMENTUM,
    name: `${prefix}project_conv`,
    normalized: `${prefix}project_bn`,
  });
  if (!expands) x = swish(x, `${prefix}project_activation`);
  return stride === 1 && channels === filters ? joinResidual(start, x, dropRate, prefix) : x;
}
