/**
 * @file MobileNetV3, small and large, with Keras' layer names.
 * @see https://arxiv.org/abs/1905.02244
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape } from './architecture.ts';
import { correctPad } from './correct-pad.ts';

export interface MobileNetV3Options extends ArchitectureOptions {
  /** Width: channels of every layer are multiplied by it, > 0. Default 1. */
  readonly alpha?: number;
  /** Without squeeze and excitation, hard swish and 5 x 5 windows. Default false. */
  readonly minimalistic?: boolean;
  /** Whether pixels in [0, 255] are scaled to [-1, 1] inside the network. Default true. */
  readonly includePreprocessing?: boolean;
  /** Whose padding where the stride is 2: that of Keras, or PyTorch's own, as in torchvision. Default `keras`. */
  readonly padding?: 'keras' | 'torch' | undefined;
  /** Dropout before the top's last layer, in [0, 1). Default 0.2. */
  readonly dropoutRate?: number;
}

/** The smallest side of an image: 32 steps down to one position. */
export const MOBILENET_V3_SMALLEST_PX = 32;

/** The widths that weights were published for; the minimalistic networks have 1 alone. */
export const MOBILENET_V3_ALPHAS: readonly number[] = [0.75, 1];

/** Kernels and activations that the minimalistic networks do without: 3 and relu stand in their place. */
type Kernel = 3 | 5;
type Activation = 'relu' | 'hard_swish';

/** A block: expansion, channels at alpha 1, kernel, stride, squeeze and excitation, activation. */
type Block = readonly [
  expansion: number,
  filters: number,
  kernel: Kernel,
  stride: 1 | 2,
  squeezed: boolean,
  activation: Activation,
];

interface Variant {
  readonly factory: string;
  readonly name: string;
  /** Channels of the layer before the classes. */
  readonly topFilters: number;
  readonly blocks: readonly Block[];
}

const SMALL: Variant = {
  factory: 'mobileNetV3Small',
  name: 'MobileNetV3Small',
  topFilters: 1024,
  blocks: [
    [1, 16, 3, 2, true, 'relu'],
    [72 / 16, 24, 3, 2, false, 'relu'],
    [88 / 24, 24, 3, 1, false, 'relu'],
    [4, 40, 5, 2, true, 'hard_swish'],
    [6, 40, 5, 1, true, 'hard_swish'],
    [6, 40, 5, 1, true, 'hard_swish'],
    [3, 48, 5, 1, true, 'hard_swish'],
    [3, 48, 5, 1, true, 'hard_swish'],
    [6, 96, 5, 2, true, 'hard_swish'],
    [6, 96, 5, 1, true, 'hard_swish'],
    [6, 96, 5, 1, true, 'hard_swish'],
  ],
};

const LARGE: Variant = {
  factory: 'mobileNetV3Large',
  name: 'MobileNetV3Large',
  topFilters: 1280,
  blocks: [
    [1, 16, 3, 1, false, 'relu'],
    [4, 24, 3, 2, false, 'relu'],
    [3, 24, 3, 1, false, 'relu'],
    [3, 40, 5, 2, true, 'relu'],
    [3, 40, 5, 1, true, 'relu'],
    [3, 40, 5, 1, true, 'relu'],
    [6, 80, 3, 2, false, 'hard_swish'],
    [2.5, 80, 3, 1, false, 'hard_swish'],
    [2.3, 80, 3, 1, false, 'hard_swish'],
    [2.3, 80, 3, 1, false, 'hard_swish'],
    [6, 112, 3, 1, true, 'hard_swish'],
    [6, 112, 3, 1, true, 'hard_swish'],
    [6, 160, 5, 2, true, 'hard_swish'],
    [6, 160, 5, 1, true, 'hard_swish'],
    [6, 160, 5, 1, true, 'hard_swish'],
  ],
};

const SQUEEZE = 0.25;

/**
 * Builds MobileNetV3Small on images `[N, H, W, C]` in [0, 255]. Weights are not set.
 *
 * @returns The model; without its top its output is `[N, H / 32, W / 32, 576]` for `alpha` 1.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px or an option is out of range.
 */
export function mobileNetV3Small(options: MobileNetV3Options): Functional {
  return mobileNetV3(SMALL, options);
}

/**
 * Builds MobileNetV3Large on images `[N, H, W, C]` in [0, 255]. Weights are not set.
 *
 * @returns The model; without its top its output is `[N, H / 32, W / 32, 960]` for `alpha` 1.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px or an option is out of range.
 */
export function mobileNetV3Large(options: MobileNetV3Options): Functional {
  return mobileNetV3(LARGE, options);
}

function mobileNetV3(variant: Variant, options: MobileNetV3Options): Functional {
  const { inputShape, alpha = 1, minimalistic = false, includePreprocessing = true } = options;
  checkInputShape(variant.factory, inputShape, MOBILENET_V3_SMALLEST_PX);
  if (!(alpha > 0)) {
    throw new GraftError('argument', {
      where: variant.factory,
      expected: 'alpha above 0',
      received: `${alpha}`,
      advice: `Use one of ${MOBILENET_V3_ALPHAS.join(', ')}.`,
    });
  }
  const activation = minimalistic ? 'relu' : 'hard_swish';
  const start = input({ shape: inputShape });
  let x = start;
  if (includePreprocessing) x = layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(x);
  const isTorch = options.padding === 'torch';
  if (isTorch) x = layers.zeroPadding2d({ padding: 1, name: 'conv_pad' }).apply(x);
  const padding = isTorch ? 'valid' : 'same';
  x = layers
    .conv2d({ filters: 16, kernelSize: 3, strides: 2, padding, useBias: false, name: 'conv' })
    .apply(x);
  x = activate(normalize(x, 'conv_bn'), activation);
  const style = { alpha, isTorch, squeezes: new Counter() };
  for (const [index, block] of variant.blocks.entries()) {
    x = invertedResidual(x, index, minimalistic ? simplified(block) : block, style);
  }
  x = convolve(x, divisibleBy8(6 * countChannels(x)), 'conv_1');
  x = activate(normalize(x, 'conv_1_bn'), activation);
  // The last layer does not become narrower than in the paper.
  const topFilters = alpha > 1 ? divisibleBy8(variant.topFilters * alpha) : variant.topFilters;
  const outputs = finish(x, options, topFilters, activation);
  return new Functional({ inputs: start, outputs, name: options.name ?? variant.name });
}

function finish(
  x: SymbolicTensor,
  { includeTop = false, pooling, classes = 1000, dropoutRate = 0.2 }: MobileNetV3Options,
  filters: number,
  activation: Activation,
): SymbolicTensor {
  if (includeTop) {
    let top = layers.globalAveragePooling2d({ keepdims: true }).apply(x);
    top = layers.conv2d({ filters, kernelSize: 1, padding: 'same', name: 'conv_2' }).apply(top);
    top = activate(top, activation);
    if (dropoutRate > 0) top = layers.dropout({ rate: dropoutRate }).apply(top);
    top = layers.conv2d({ filters: classes, kernelSize: 1, padding: 'same', name: 'logits' }).apply(top);
    top = layers.flatten().apply(top);
    return layers.activation({ activation: 'softmax', name: 'predictions' }).apply(top);
  }
  if (pooling === 'avg') return layers.globalAveragePooling2d({ name: 'avg_pool' }).apply(x);
  if (pooling === 'max') return layers.globalMaxPooling2d({ name: 'max_pool' }).apply(x);
  return x;
}

function simplified([expansion, filters, , stride]: Block): Block {
  return [expansion, filters, 3, stride, false, 'relu'];
}

interface Style {
  readonly alpha: number;
  readonly isTorch: boolean;
  readonly squeezes: Counter;
}

function invertedResidual(
  start: SymbolicTensor,
  index: number,
  [expansion, blockFilters, kernelSize, stride, squeezed, activation]: Block,
  { alpha, isTorch, squeezes }: Style,
): SymbolicTensor {
  const filters = divisibleBy8(blockFilters * alpha);
  const expanded = divisibleBy8(countChannels(start) * expansion);
  const prefix = index === 0 ? 'expanded_conv_' : `expanded_conv_${index}_`;
  let x = start;
  if (index > 0) {
    x = convolve(x, expanded, `${prefix}expand`);
    x = activate(normalize(x, `${prefix}expand_bn`), activation);
  }
  if (stride === 2) {
    const padding = isTorch ? (kernelSize - 1) / 2 : correctPad(x, kernelSize);
    x = layers.zeroPadding2d({ padding, name: `${prefix}depthwise_pad` }).apply(x);
  }
  x = layers
    .depthwiseConv2d({
      kernelSize,
      strides: stride,
      padding: stride === 1 ? 'same' : 'valid',
      useBias: false,
      name: `${prefix}depthwise`,
    })
    .apply(x);
  x = activate(normalize(x, `${prefix}depthwise_bn`), activation);
  if (squeezed) x = squeezeAndExcite(x, expanded, `${prefix}squeeze_excite_`, squeezes);
  x = normalize(convolve(x, filters, `${prefix}project`), `${prefix}project_bn`);
  const residual = stride === 1 && countChannels(start) === filters;
  return residual ? layers.add({ name: `${prefix}add` }).apply([start, x]) : x;
}

/** Every channel times a factor in [0, 1] that the means of all channels decide about. */
function squeezeAndExcite(
  start: SymbolicTensor,
  filters: number,
  prefix: string,
  squeezes: Counter,
): SymbolicTensor {
  let x = layers.globalAveragePooling2d({ keepdims: true, name: `${prefix}avg_pool` }).apply(start);
  x = layers
    .conv2d({
      filters: divisibleBy8(filters * SQUEEZE),
      kernelSize: 1,
      padding: 'same',
      name: `${prefix}conv`,
    })
    .apply(x);
  x = layers.reLU({ name: `${prefix}relu` }).apply(x);
  x = layers.conv2d({ filters, kernelSize: 1, padding: 'same', name: `${prefix}conv_1` }).apply(x);
  // Keras' hard sigmoid here is `relu6(x + 3) * (1 / 6)`, whose sum and product count among its layers' names.
  const suffix = squeezes.next();
  x = layers.rescaling({ scale: 1, offset: 3, name: `add${suffix}` }).apply(x);
  x = layers.reLU({ maxValue: 6 }).apply(x);
  x = layers.rescaling({ scale: 1 / 6, name: `multiply${suffix}` }).apply(x);
  return layers.multiply({ name: `${prefix}mul` }).apply([start, x]);
}

/** Keras' suffixes of equal names: none, `_1`, `_2`. */
class Counter {
  #count = 0;

  next(): string {
    const suffix = this.#count === 0 ? '' : `_${this.#count}`;
    this.#count++;
    return suffix;
  }
}

function convolve(x: SymbolicTensor, filters: number, name: string): SymbolicTensor {
  return layers.conv2d({ filters, kernelSize: 1, padding: 'same', useBias: false, name }).apply(x);
}

function normalize(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.batchNormalization({ epsilon: 1e-3, momentum: 0.999, name }).apply(x);
}

function activate(x: SymbolicTensor, activation: Activation): SymbolicTensor {
  return activation === 'relu' ? layers.reLU().apply(x) : layers.activation({ activation }).apply(x);
}

function countChannels(x: SymbolicTensor): number {
  return x.shape[3] ?? 0;
}

/** The nearest multiple of 8, at least 8, and no more than a tenth below the value. */
function divisibleBy8(value: number): number {
  const rounded = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return rounded < 0.9 * value ? rounded + 8 : rounded;
}
