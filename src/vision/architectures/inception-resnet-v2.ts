/**
 * @file InceptionResNetV2, with Keras' layer names: `mixed_5b`, `block35_1_mixed` to `conv_7b_ac`; convolutions
 * inside the branches are named by counting: `conv2d` to `conv2d_202`.
 * @see https://arxiv.org/abs/1602.07261
 */

import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape, finishTop } from './architecture.ts';

export type InceptionResNetV2Options = ArchitectureOptions;

/** The smallest side of an image: it leaves one position at the end. */
export const INCEPTION_RESNET_V2_SMALLEST_PX = 75;

/** Convolution without bias: filters, kernel `[height, width]`; `2` stands for stride 2 without padding. */
type Step = readonly [filters: number, height: number, width: number, stride?: 2];

/** Blocks of one kind, which add their scaled branches to what they are given. */
interface BlockKind {
  readonly name: 'block35' | 'block17' | 'block8';
  readonly count: number;
  readonly scale: number;
  readonly branches: readonly (readonly Step[])[];
}

const BLOCK_35: BlockKind = {
  name: 'block35',
  count: 10,
  scale: 0.17,
  branches: [
    [[32, 1, 1]],
    [
      [32, 1, 1],
      [32, 3, 3],
    ],
    [
      [32, 1, 1],
      [48, 3, 3],
      [64, 3, 3],
    ],
  ],
};

const BLOCK_17: BlockKind = {
  name: 'block17',
  count: 20,
  scale: 0.1,
  branches: [
    [[192, 1, 1]],
    [
      [128, 1, 1],
      [160, 1, 7],
      [192, 7, 1],
    ],
  ],
};

/** The tenth is apart: unscaled, and without a rectifier. */
const BLOCK_8: BlockKind = {
  name: 'block8',
  count: 9,
  scale: 0.2,
  branches: [
    [[192, 1, 1]],
    [
      [192, 1, 1],
      [224, 1, 3],
      [256, 3, 1],
    ],
  ],
};

/**
 * Builds InceptionResNetV2 on images `[N, H, W, C]` in [-1, 1]. Weights are not set.
 *
 * Layers are made in Keras' order, which is what counts their names.
 *
 * @returns The model; without its top its output is `conv_7b_ac`, `[N, h, w, 1536]`, `h = w = 8` at 299 px.
 * @throws {GraftError} `argument`, if the images are smaller than 75 px.
 */
export function inceptionResNetV2(options: InceptionResNetV2Options): Functional {
  const { inputShape, name = 'inception_resnet_v2' } = options;
  checkInputShape('inception_resnet_v2', inputShape, INCEPTION_RESNET_V2_SMALLEST_PX);
  const start = input({ shape: inputShape });
  let x = convolve(start, 32, [3, 3], { strides: 2, padding: 'valid' });
  x = convolve(x, 32, [3, 3], { padding: 'valid' });
  x = convolve(x, 64, [3, 3]);
  x = maxPool(x);
  x = convolve(x, 80, [1, 1], { padding: 'valid' });
  x = convolve(x, 192, [3, 3], { padding: 'valid' });
  x = maxPool(x);

  x = join('mixed_5b', [
    branch(x, [[96, 1, 1]]),
    branch(x, [
      [48, 1, 1],
      [64, 5, 5],
    ]),
    branch(x, [
      [64, 1, 1],
      [96, 3, 3],
      [96, 3, 3],
    ]),
    pooledBranch(x, 64),
  ]);
  x = residualBlocks(x, BLOCK_35);

  x = join('mixed_6a', [
    branch(x, [[384, 3, 3, 2]]),
    branch(x, [
      [256, 1, 1],
      [256, 3, 3],
      [384, 3, 3, 2],
    ]),
    maxPool(x),
  ]);
  x = residualBlocks(x, BLOCK_17);

  x = join('mixed_7a', [
    branch(x, [
      [256, 1, 1],
      [384, 3, 3, 2],
    ]),
    branch(x, [
      [256, 1, 1],
      [288, 3, 3, 2],
    ]),
    branch(x, [
      [256, 1, 1],
      [288, 3, 3],
      [320, 3, 3, 2],
    ]),
    maxPool(x),
  ]);
  x = residualBlocks(x, BLOCK_8);
  x = addBranches(x, BLOCK_8.branches, 1, 'block8_10');
  x = convolve(x, 1536, [1, 1], { name: 'conv_7b' });

  return new Functional({ inputs: start, outputs: finishTop(x, options, 'avg_pool'), name });
}

function residualBlocks(start: SymbolicTensor, { name, count, scale, branches }: BlockKind): SymbolicTensor {
  let x = start;
  for (let block = 1; block <= count; block++) {
    x = addBranches(x, branches, scale, `${name}_${block}`);
    x = layers.activation({ activation: 'relu', name: `${name}_${block}_ac` }).apply(x);
  }
  return x;
}

/** `start + scale * up`, where `up` brings the joined branches to as many channels. */
function addBranches(
  start: SymbolicTensor,
  branches: readonly (readonly Step[])[],
  scale: number,
  name: string,
): SymbolicTensor {
  const mixed = join(
    `${name}_mixed`,
    branches.map((steps) => branch(start, steps)),
  );
  const up = layers
    .conv2d({ filters: start.shape[3] ?? 0, kernelSize: 1, padding: 'same', name: `${name}_conv` })
    .apply(mixed);
  return layers.customScaleLayer({ scale }).apply([start, up]);
}

interface ConvolveOptions {
  /** Default 1. */
  readonly strides?: 2;
  /** Default `same`. */
  readonly padding?: 'same' | 'valid';
  /** Default: by counting. */
  readonly name?: string;
}

function convolve(
  x: SymbolicTensor,
  filters: number,
  kernelSize: readonly [number, number],
  { strides, padding = 'same', name }: ConvolveOptions = {},
): SymbolicTensor {
  const named = (ending: string): { name?: string } =>
    name === undefined ? {} : { name: `${name}${ending}` };
  const convolved = layers
    .conv2d({ filters, kernelSize, strides: strides ?? 1, padding, useBias: false, ...named('') })
    .apply(x);
  const normalized = layers.batchNormalization({ scale: false, ...named('_bn') }).apply(convolved);
  return layers.activation({ activation: 'relu', ...named('_ac') }).apply(normalized);
}

function branch(start: SymbolicTensor, steps: readonly Step[]): SymbolicTensor {
  return steps.reduce(
    (x, [filters, height, width, strides]) =>
      convolve(x, filters, [height, width], strides === 2 ? { strides, padding: 'valid' } : {}),
    start,
  );
}

function pooledBranch(start: SymbolicTensor, filters: number): SymbolicTensor {
  const x = layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }).apply(start);
  return convolve(x, filters, [1, 1]);
}

function maxPool(x: SymbolicTensor): SymbolicTensor {
  return layers.maxPooling2d({ poolSize: 3, strides: 2 }).apply(x);
}

function join(name: string, branches: readonly SymbolicTensor[]): SymbolicTensor {
  return layers.concatenate({ name }).apply(branches);
}
