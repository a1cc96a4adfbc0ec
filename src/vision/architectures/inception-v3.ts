/**
 * @file InceptionV3, with Keras' layer names: `mixed0` to `mixed10`, and `conv2d` to `conv2d_93` by counting.
 * @see https://arxiv.org/abs/1512.00567
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';

export type InceptionV3Options = ArchitectureOptions;

/** The smallest side of an image: it leaves one position at `mixed10`. */
export const INCEPTION_V3_SMALLEST_PX = 75;

/** Convolution without bias: filters, kernel `[height, width]`; `2` stands for stride 2 without padding. */
type Step = readonly [filters: number, height: number, width: number, stride?: 2];

/**
 * Builds InceptionV3 on images `[N, H, W, C]` in [-1, 1]. Weights are not set.
 *
 * Layers are made in Keras' order, which is what counts their names.
 *
 * @returns The model; without its top its output is `mixed10`, `[N, h, w, 2048]`, `h = w = 8` at 299 px.
 * @throws {GraftError} `argument`, if the images are smaller than 75 px.
 */
export function inceptionV3(options: InceptionV3Options): Functional {
  checkInputShape('inceptionV3', options.inputShape, INCEPTION_V3_SMALLEST_PX);
  const start = input({ shape: options.inputShape });
  let x = convolve(start, 32, [3, 3], { stride: 2, padding: 'valid' });
  x = convolve(x, 32, [3, 3], { padding: 'valid' });
  x = convolve(x, 64, [3, 3]);
  x = maxPool(x);
  x = convolve(x, 80, [1, 1], { padding: 'valid' });
  x = convolve(x, 192, [3, 3], { padding: 'valid' });
  x = maxPool(x);

  for (const [index, poolFilters] of [32, 64, 64].entries()) {
    x = join(`mixed${index}`, [
      branch(x, [[64, 1, 1]]),
      branch(x, [
        [48, 1, 1],
        [64, 5, 5],
      ]),
      branch(x, [
        [64, 1, 1],
        [96, 3, 3],
        [96, 3, 3],
      ]),
      pooledBranch(x, poolFilters),
    ]);
  }

  x = join('mixed3', [
    branch(x, [[384, 3, 3, 2]]),
    branch(x, [
      [64, 1, 1],
      [96, 3, 3],
      [96, 3, 3, 2],
    ]),
    maxPool(x),
  ]);

  for (const [index, filters] of [128, 160, 160, 192].entries()) {
    x = join(`mixed${4 + index}`, [
      branch(x, [[192, 1, 1]]),
      branch(x, [
        [filters, 1, 1],
        [filters, 1, 7],
        [192, 7, 1],
      ]),
      branch(x, [
        [filters, 1, 1],
        [filters, 7, 1],
        [filters, 1, 7],
        [filters, 7, 1],
        [192, 1, 7],
      ]),
      pooledBranch(x, 192),
    ]);
  }

  x = join('mixed8', [
    branch(x, [
      [192, 1, 1],
      [320, 3, 3, 2],
    ]),
    branch(x, [
      [192, 1, 1],
      [192, 1, 7],
      [192, 7, 1],
      [192, 3, 3, 2],
    ]),
    maxPool(x),
  ]);

  for (const index of [0, 1]) {
    x = join(`mixed${9 + index}`, [
      branch(x, [[320, 1, 1]]),
      forkedBranch(x, [[384, 1, 1]], `mixed9_${index}`),
      forkedBranch(x, [
        [448, 1, 1],
        [384, 3, 3],
      ]),
      pooledBranch(x, 192),
    ]);
  }

  const name = options.name ?? 'inception_v3';
  return new Functional({ inputs: start, outputs: finishTop(x, options, 'avg_pool'), name });
}

function convolve(
  x: SymbolicTensor,
  filters: number,
  kernelSize: readonly [number, number],
  { stride = 1, padding = 'same' }: { stride?: number; padding?: 'same' | 'valid' } = {},
): SymbolicTensor {
  const convolved = layers.conv2d({ filters, kernelSize, strides: stride, padding, useBias: false }).apply(x);
  const normalized = layers.batchNormalization({ scale: false }).apply(convolved);
  return layers.activation({ activation: 'relu' }).apply(normalized);
}

function branch(start: SymbolicTensor, steps: readonly Step[]): SymbolicTensor {
  return steps.reduce(
    (x, [filters, height, width, stride]) =>
      convolve(x, filters, [height, width], stride === 2 ? { stride, padding: 'valid' } : {}),
    start,
  );
}

/** A branch that ends in a row and a column beside each other. */
function forkedBranch(start: SymbolicTensor, steps: readonly Step[], name?: string): SymbolicTensor {
  const x = branch(start, steps);
  return join(name, [branch(x, [[384, 1, 3]]), branch(x, [[384, 3, 1]])]);
}

function pooledBranch(start: SymbolicTensor, filters: number): SymbolicTensor {
  const x = layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }).apply(start);
  return convolve(x, filters, [1, 1]);
}

function maxPool(x: SymbolicTensor): SymbolicTensor {
  return layers.maxPooling2d({ poolSize: 3, strides: 2 }).apply(x);
}

function join(name: string | undefined, branches: readonly SymbolicTensor[]): SymbolicTensor {
  return layers.concatenate(name === undefined ? {} : { name }).apply(branches);
}
