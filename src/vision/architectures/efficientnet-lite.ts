/**
 * @file EfficientNet-Lite 0 to 4: EfficientNet without squeeze and excitation, with ReLU6, for small processors. Layers have
 * the names of Keras' EfficientNet.
 * @see https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';
import { EFFICIENTNET_ROWS, EFFICIENTNET_SMALLEST_PX, scaledChannels } from './efficientnet.ts';
import {
  blockPrefix,
  CONVOLUTION_INITIALIZER,
  DROP_CONNECT_RATE,
  joinResidual,
} from './efficientnet-parts.ts';

export type EfficientNetLiteVariant = 'lite0' | 'lite1' | 'lite2' | 'lite3' | 'lite4';

export interface EfficientNetLiteOptions extends ArchitectureOptions {
  /**
   * Whose padding and epsilon of batch normalization: TensorFlow's, with which the published weights were trained, timm's
   * `tf_efficientnet_lite0`; or PyTorch's own, as in timm's `efficientnet_lite0`. Default `tensorflow`.
   */
  readonly padding?: 'tensorflow' | 'torch';
}

/** How each network is scaled from the first, and the side of the images that its weights were trained with. */
export const EFFICIENTNET_LITE_SCALINGS: Readonly<
  Record<EfficientNetLiteVariant, { readonly width: number; readonly depth: number; readonly sizePx: number }>
> = {
  lite0: { width: 1, depth: 1, sizePx: 224 },
  lite1: { width: 1, depth: 1.1, sizePx: 240 },
  lite2: { width: 1.1, depth: 1.2, sizePx: 260 },
  lite3: { width: 1.2, depth: 1.4, sizePx: 280 },
  lite4: { width: 1.4, depth: 1.8, sizePx: 300 },
};

const MOMENTUM = 0.99;
const STEM_FILTERS = 32;
const TOP_FILTERS = 1280;

/** How many blocks each row has: the first and the last are not scaled. */
export function efficientNetLiteRepeats(variant: EfficientNetLiteVariant): readonly number[] {
  const { depth } = EFFICIENTNET_LITE_SCALINGS[variant];
  const last = EFFICIENTNET_ROWS.length - 1;
  return EFFICIENTNET_ROWS.map(({ repeats }, row) =>
    row === 0 || row === last ? repeats : Math.ceil(depth * repeats),
  );
}

/**
 * Builds EfficientNet-Lite on images `[N, H, W, 3]` in [-1, 1]. Weights are not set.
 *
 * @returns The model; without its top its output is `top_activation`, `[N, H / 32, W / 32, 1280]`.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function efficientNetLite(
  variant: EfficientNetLiteVariant,
  options: EfficientNetLiteOptions,
): Functional {
  const { inputShape, padding = 'tensorflow' } = options;
  const name = options.name ?? `efficientnet_${variant}`;
  checkInputShape(name, inputShape, EFFICIENTNET_SMALLEST_PX);
  const style: Style = { padding, epsilon: padding === 'tensorflow' ? 1e-3 : 1e-5 };
  const { width } = EFFICIENTNET_LITE_SCALINGS[variant];
  const repeats = efficientNetLiteRepeats(variant);
  const start = input({ shape: inputShape });
  let x = convolve(start, { filters: STEM_FILTERS, kernelSize: 3, strides: 2, name: 'stem_conv' }, style);
  x = rectify(normalize(x, 'stem_bn', style), 'stem_activation');
  const count = repeats.reduce((sum, each) => sum + each, 0);
  let block = 0;
  for (const [row, { kernelSize, filters, expansion, stride }] of EFFICIENTNET_ROWS.entries()) {
    for (let index = 0; index < repeats[row]!; index++) {
      const options = {
        prefix: blockPrefix(row, index),
        kernelSize,
        filters: scaledChannels(filters, width),
        expansion,
        stride: index === 0 ? stride : 1,
        dropRate: (DROP_CONNECT_RATE * block) / count,
      };
      x = invertedResidual(x, options, style);
      block++;
    }
  }
  x = convolve(x, { filters: TOP_FILTERS, kernelSize: 1, strides: 1, name: 'top_conv' }, style);
  x = rectify(normalize(x, 'top_bn', style), 'top_activation');
  const outputs = finishTop(x, options, 'avg_pool', { avg: 'avg_pool', max: 'max_pool' });
  return new Functional({ inputs: start, outputs, name });
}

interface Style {
  readonly padding: 'tensorflow' | 'torch';
  readonly epsilon: number;
}

interface BlockOptions {
  readonly prefix: string;
  readonly kernelSize: number;
  readonly filters: number;
  readonly expansion: number;
  readonly stride: number;
  readonly dropRate: number;
}

function invertedResidual(
  start: SymbolicTensor,
  { prefix, kernelSize, filters, expansion, stride, dropRate }: BlockOptions,
  style: Style,
): SymbolicTensor {
  const channels = start.shape[3]!;
  let x = start;
  if (expansion !== 1) {
    const name = `${prefix}expand_conv`;
    x = convolve(x, { filters: channels * expansion, kernelSize: 1, strides: 1, name }, style);
    x = rectify(normalize(x, `${prefix}expand_bn`, style), `${prefix}expand_activation`);
  }
  const { padded, padding } = pad(x, kernelSize, stride, `${prefix}dwconv`, style);
  x = layers
    .depthwiseConv2d({
      kernelSize,
      strides: stride,
      padding,
      useBias: false,
      depthwiseInitializer: CONVOLUTION_INITIALIZER,
      name: `${prefix}dwconv`,
    })
    .apply(padded);
  x = rectify(normalize(x, `${prefix}bn`, style), `${prefix}activation`);
  x = convolve(x, { filters, kernelSize: 1, strides: 1, name: `${prefix}project_conv` }, style);
  x = normalize(x, `${prefix}project_bn`, style);
  return stride === 1 && channels === filters ? joinResidual(start, x, dropRate, prefix) : x;
}

interface ConvolveOptions {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides: number;
  readonly name: string;
}

function convolve(x: SymbolicTensor, options: ConvolveOptions, style: Style): SymbolicTensor {
  const { kernelSize, strides, name } = options;
  const { padded, padding } = pad(x, kernelSize, strides, name, style);
  return layers
    .conv2d({ ...options, padding, useBias: false, kernelInitializer: CONVOLUTION_INITIALIZER })
    .apply(padded);
}

/** With strides, PyTorch pads both sides alike, TensorFlow only as far as the window reaches. */
function pad(
  x: SymbolicTensor,
  kernelSize: number,
  strides: number,
  name: string,
  { padding }: Style,
): { readonly padded: SymbolicTensor; readonly padding: 'same' | 'valid' } {
  if (padding === 'tensorflow' || strides === 1) return { padded: x, padding: 'same' };
  const padded = layers.zeroPadding2d({ padding: (kernelSize - 1) / 2, name: `${name}_pad` }).apply(x);
  return { padded, padding: 'valid' };
}

function normalize(x: SymbolicTensor, name: string, { epsilon }: Style): SymbolicTensor {
  return layers.batchNormalization({ momentum: MOMENTUM, epsilon, name }).apply(x);
}

function rectify(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.activation({ activation: 'relu6', name }).apply(x);
}
