/**
 * @file NASNetMobile and NASNetLarge, with Keras' layer names.
 * @see https://arxiv.org/abs/1707.07012
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';
import { correctPad } from './correct-pad.ts';

export type NasNetOptions = ArchitectureOptions;

/** The smallest side of an image: 32 steps down to one position. */
export const NASNET_SMALLEST_PX = 32;

interface Variant {
  /** For messages. */
  readonly factory: string;
  readonly name: string;
  /** Cells of the same size in a row. */
  readonly cells: number;
  readonly stemFilters: number;
  /** Of every branch in the first row of cells: the paper's penultimate filters, over 24. */
  readonly filters: number;
  /** Whether the first cell of a row sees what came before the reduction's input, and not that input. */
  readonly skipsReduction: boolean;
}

const MOBILE: Variant = {
  factory: 'nasNetMobile',
  name: 'nasnet_mobile',
  cells: 4,
  stemFilters: 32,
  filters: 1056 / 24,
  skipsReduction: false,
};

const LARGE: Variant = {
  factory: 'nasNetLarge',
  name: 'nasnet_large',
  cells: 6,
  stemFilters: 96,
  filters: 4032 / 24,
  skipsReduction: true,
};

/**
 * Builds NASNetMobile on images `[N, H, W, C]` in [-1, 1]. Weights are not set.
 *
 * @returns The model; without its top its output is `activation_187`, `[N, H / 32, W / 32, 1056]`.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function nasNetMobile(options: NasNetOptions): Functional {
  return nasNet(MOBILE, options);
}

/**
 * Builds NASNetLarge on images `[N, H, W, C]` in [-1, 1]. Weights are not set.
 *
 * @returns The model; without its top its output is `activation_259`, `[N, H / 32, W / 32, 4032]`.
 * @throws {GraftError} `argument`, if the images are smaller than 32 px.
 */
export function nasNetLarge(options: NasNetOptions): Functional {
  return nasNet(LARGE, options);
}

/** Layers are made in Keras' order, which is what counts the names of those that have none of their own. */
function nasNet(variant: Variant, options: NasNetOptions): Functional {
  const { cells, filters, skipsReduction } = variant;
  checkInputShape(variant.factory, options.inputShape, NASNET_SMALLEST_PX);
  const start = input({ shape: options.inputShape });
  let x = layers
    .conv2d({
      filters: variant.stemFilters,
      kernelSize: 3,
      strides: 2,
      useBias: false,
      kernelInitializer: 'heNormal',
      name: 'stem_conv1',
    })
    .apply(start);
  x = normalize(x, 'stem_bn1');
  // Every cell sees the output of the cell before it, and of the one before that.
  let previous: SymbolicTensor | undefined;
  const step = (cell: typeof normalCell, cellFilters: number, id: string): void => {
    [previous, x] = [x, cell(x, previous, cellFilters, id)];
  };
  step(reductionCell, filters / 4, 'stem_1');
  step(reductionCell, filters / 2, 'stem_2');
  for (let row = 0; row < 3; row++) {
    const rowFilters = filters * 2 ** row;
    if (row > 0) {
      const before = previous;
      step(reductionCell, rowFilters, `reduce_${row * cells}`);
      if (skipsReduction) previous = before;
    }
    for (let i = 0; i < cells; i++) step(normalCell, rowFilters, `${row * cells + i + (row > 0 ? 1 : 0)}`);
  }
  x = layers.activation({ activation: 'relu' }).apply(x);
  return new Functional({
    inputs: start,
    outputs: finishTop(x, options),
    name: options.name ?? variant.name,
  });
}

/** Keeps the size: six branches of `filters` channels beside each other. */
function normalCell(
  start: SymbolicTensor,
  previous: SymbolicTensor | undefined,
  filters: number,
  id: string,
): SymbolicTensor {
  const p = adjust(previous, start, filters, id);
  const h = squeeze(start, filters, 'normal', id);
  const separable = (x: SymbolicTensor, kernelSize: number, branch: string): SymbolicTensor =>
    separableTwice(x, filters, kernelSize, 1, `normal_${branch}_${id}`);
  const pool = (x: SymbolicTensor, branch: string): SymbolicTensor =>
    averagePool(x, `normal_${branch}_${id}`);
  const add = (a: SymbolicTensor, b: SymbolicTensor, index: number): SymbolicTensor =>
    layers.add({ name: `normal_add_${index}_${id}` }).apply([a, b]);

  const x1 = add(separable(h, 5, 'left1'), separable(p, 3, 'right1'), 1);
  const x2 = add(separable(p, 5, 'left2'), separable(p, 3, 'right2'), 2);
  const x3 = add(pool(h, 'left3'), p, 3);
  const x4 = add(pool(p, 'left4'), pool(p, 'right4'), 4);
  const x5 = add(separable(h, 3, 'left5'), h, 5);
  return layers.concatenate({ name: `normal_concat_${id}` }).apply([p, x1, x2, x3, x4, x5]);
}

/** Halves the size: four branches of `filters` channels beside each other. */
function reductionCell(
  start: SymbolicTensor,
  previous: SymbolicTensor | undefined,
  filters: number,
  id: string,
): SymbolicTensor {
  const p = adjust(previous, start, filters, id);
  const h = squeeze(start, filters, 'reduction', id);
  const padded = layers.zeroPadding2d({ padding: correctPad(h, 3), name: `reduction_pad_1_${id}` }).apply(h);
  const separable = (x: SymbolicTensor, kernelSize: number, stride: 1 | 2, branch: string): SymbolicTensor =>
    separableTwice(x, filters, kernelSize, stride, `reduction_${branch}_${id}`);
  const maxPool = (branch: string): SymbolicTensor =>
    layers.maxPooling2d({ poolSize: 3, strides: 2, name: `reduction_${branch}_${id}` }).apply(padded);
  const add = (a: SymbolicTensor, b: SymbolicTensor, name?: string): SymbolicTensor =>
    layers.add(name === undefined ? {} : { name: `reduction_${name}_${id}` }).apply([a, b]);

  const x1 = add(separable(h, 5, 2, 'left1'), separable(p, 7, 2, 'right1'), 'add_1');
  const x2 = add(maxPool('left2'), separable(p, 7, 2, 'right2'), 'add_2');
  const averaged = layers
    .averagePooling2d({ poolSize: 3, strides: 2, name: `reduction_left3_${id}` })
    .apply(padded);
  const x3 = add(averaged, separable(p, 5, 2, 'right3'), 'add3');
  const x4 = add(x2, averagePool(x1, `reduction_left4_${id}`));
  const x5 = add(separable(x1, 3, 1, 'left4'), maxPool('right5'), 'add4');
  return layers.concatenate({ name: `reduction_concat_${id}` }).apply([x2, x3, x4, x5]);
}

/** Brings the output of the cell before the last to the size and channels of this cell. */
function adjust(
  previous: SymbolicTensor | undefined,
  start: SymbolicTensor,
  filters: number,
  id: string,
): SymbolicTensor {
  if (previous === undefined) return start;
  if (previous.shape[2] !== start.shape[2]) return halve(previous, filters, id);
  if (previous.shape[3] === filters) return previous;
  const x = layers.activation({ activation: 'relu' }).apply(previous);
  return normalize(convolve(x, filters, `adjust_conv_projection_${id}`), `adjust_bn_${id}`);
}

/** Every second pixel, from the first and from the second on, each to half of the channels. */
function halve(start: SymbolicTensor, filters: number, id: string): SymbolicTensor {
  const x = layers.activation({ activation: 'relu', name: `adjust_relu_1_${id}` }).apply(start);
  const everySecond = (pixels: SymbolicTensor, path: 1 | 2): SymbolicTensor => {
    const pooled = layers
      .averagePooling2d({ poolSize: 1, strides: 2, name: `adjust_avg_pool_${path}_${id}` })
      .apply(pixels);
    return convolve(pooled, Math.floor(filters / 2), `adjust_conv_${path}_${id}`);
  };
  const first = everySecond(x, 1);
  let shifted = layers.zeroPadding2d({ padding: [pair(0, 1), pair(0, 1)] }).apply(x);
  shifted = layers.cropping2d({ cropping: [pair(1, 0), pair(1, 0)] }).apply(shifted);
  const joined = layers.concatenate().apply([first, everySecond(shifted, 2)]);
  return normalize(joined, `adjust_bn_${id}`);
}

function pair(before: number, after: number): readonly [number, number] {
  return [before, after];
}

function squeeze(
  start: SymbolicTensor,
  filters: number,
  kind: 'normal' | 'reduction',
  id: string,
): SymbolicTensor {
  const x = layers.activation({ activation: 'relu' }).apply(start);
  return normalize(convolve(x, filters, `${kind}_conv_1_${id}`), `${kind}_bn_1_${id}`);
}

/** Relu, separable convolution, normalization; twice. Only the first has the stride. */
function separableTwice(
  start: SymbolicTensor,
  filters: number,
  kernelSize: number,
  stride: 1 | 2,
  id: string,
): SymbolicTensor {
  let x = layers.activation({ activation: 'relu' }).apply(start);
  if (stride === 2) {
    const padding = correctPad(x, kernelSize);
    x = layers.zeroPadding2d({ padding, name: `separable_conv_1_pad_${id}` }).apply(x);
  }
  x = layers
    .separableConv2d({
      filters,
      kernelSize,
      strides: stride,
      padding: stride === 2 ? 'valid' : 'same',
      useBias: false,
      name: `separable_conv_1_${id}`,
    })
    .apply(x);
  x = normalize(x, `separable_conv_1_bn_${id}`);
  x = layers.activation({ activation: 'relu' }).apply(x);
  x = layers
    .separableConv2d({
      filters,
      kernelSize,
      padding: 'same',
      useBias: false,
      name: `separable_conv_2_${id}`,
    })
    .apply(x);
  return normalize(x, `separable_conv_2_bn_${id}`);
}

function averagePool(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same', name }).apply(x);
}

function convolve(x: SymbolicTensor, filters: number, name: string): SymbolicTensor {
  return layers
    .conv2d({
      filters,
      kernelSize: 1,
      padding: 'same',
      useBias: false,
      kernelInitializer: 'heNormal',
      name,
    })
    .apply(x);
}

function normalize(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.batchNormalization({ momentum: 0.9997, epsilon: 1e-3, name }).apply(x);
}
