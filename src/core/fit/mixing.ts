/** @file MixUp and CutMix: batches whose samples are blended with their neighbors, pixels and targets alike. */

import { GraftError } from '../errors/graft-error.ts';
import type { Random } from '../tensor/random.ts';

/** A batch with soft targets. Mixing makes new arrays and leaves these alone. */
export interface MixableBatch<T extends Float32Array | Uint8Array = Float32Array | Uint8Array> {
  /** `[size, ...]`: pixels or features. */
  readonly values: T;
  /** `[size, K]`, for each class a number: one-hot, or mixed or smoothed already. */
  readonly targets: Float32Array;
  readonly size: number;
}

export interface Mixed<T> {
  readonly values: T;
  readonly targets: Float32Array;
  /** What each sample kept of itself, in [0, 1]; the rest is of the sample before it. */
  readonly lambda: number;
}

export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Beta distribution's both parameters, > 0. Default 1 (uniform), as in torchvision; small ones mix little. */
export interface MixingOptions {
  readonly alpha?: number;
}

/**
 * MixUp: `x[i] = lambda x[i] + (1 - lambda) x[i - 1]`, the first with the last, and the targets in the same way, with
 * one lambda of `Beta(alpha, alpha)` for the batch. Batches are shuffled, so the neighbor is any other sample. Bytes
 * are rounded.
 *
 * @throws {GraftError} `argument`, if alpha is not above 0.
 * @see https://arxiv.org/abs/1710.09412
 */
export function mixUp<T extends Float32Array | Uint8Array>(
  { values, targets, size }: MixableBatch<T>,
  random: Random,
  options: MixingOptions = {},
): Mixed<T> {
  const lambda = drawLambda('mixup', random, options);
  return { values: blend(values, size, lambda), targets: blend(targets, size, lambda), lambda };
}

/**
 * CutMix: a rectangle of each image is that of the image before it. Its sides are `sqrt(1 - lambda)` of the
 * image's, around a point anywhere in it; what stands out is cut off, and the targets are mixed by the area that is
 * left.
 *
 * @param batch - `values` is `[size, height, width, channels]`.
 * @throws {GraftError} `argument`, if alpha is not above 0; `shape`, if the pixels are not those of such images.
 * @see https://arxiv.org/abs/1905.04899
 */
export function cutMix<T extends Float32Array | Uint8Array>(
  { values, targets, size }: MixableBatch<T>,
  { height, width, channels }: ImageSize,
  random: Random,
  options: MixingOptions = {},
): Mixed<T> {
  const imageLength = height * width * channels;
  if (values.length !== size * imageLength) {
    throw new GraftError('shape', {
      where: 'cutmix',
      expected: `pixels [${size}, ${height}, ${width}, ${channels}]`,
      received: `${values.length} numbers`,
      advice: 'Give images, not features, and their size.',
    });
  }
  const fraction = Math.sqrt(1 - drawLambda('cutmix', random, options)) / 2;
  // As in torchvision: the middle is a pixel, half the sides are cut to whole ones.
  const [x1, x2] = extent(random.integer(width), Math.floor(fraction * width), width);
  const [y1, y2] = extent(random.integer(height), Math.floor(fraction * height), height);
  const lambda = 1 - ((x2 - x1) * (y2 - y1)) / (width * height);
  const mixed = values.slice() as T;
  for (let sample = 0; sample < size; sample++) {
    const own = sample * imageLength;
    const other = ((sample + size - 1) % size) * imageLength;
    for (let y = y1; y < y2; y++) {
      const [from, to] = [(y * width + x1) * channels, (y * width + x2) * channels];
      mixed.set(values.subarray(other + from, other + to), own + from);
    }
  }
  return { values: mixed, targets: blend(targets, size, lambda), lambda };
}

function extent(middle: number, half: number, length: number): [number, number] {
  return [Math.max(middle - half, 0), Math.min(middle + half, length)];
}

/** `lambda x[i] + (1 - lambda) x[i - 1]` */
function blend<T extends Float32Array | Uint8Array>(values: T, size: number, lambda: number): T {
  const mixed = values.slice() as T;
  const length = values.length / size;
  const round = values instanceof Uint8Array ? Math.round : (value: number): number => value;
  for (let sample = 0; sample < size; sample++) {
    const own = sample * length;
    const other = ((sample + size - 1) % size) * length;
    for (let i = 0; i < length; i++) {
      mixed[own + i] = round(lambda * values[own + i]! + (1 - lambda) * values[other + i]!);
    }
  }
  return mixed;
}

function drawLambda(where: string, random: Random, { alpha = 1 }: MixingOptions): number {
  if (alpha > 0 && Number.isFinite(alpha)) return betaSample(random, alpha);
  throw new GraftError('argument', {
    where,
    expected: 'alpha above 0',
    received: `${alpha}`,
    advice: 'Take 0.2 for a little mixing, 1 for much.',
  });
}

/** A draw of `Beta(alpha, alpha)`: one Gamma's fraction of two. Logarithms, since small alphas lie below float64. */
function betaSample(random: Random, alpha: number): number {
  const [a, b] = [logGammaSample(random, alpha), logGammaSample(random, alpha)];
  return 1 / (1 + Math.exp(b - a));
}

/**
 * Logarithm of a draw of `Gamma(shape, 1)`.
 *
 * @see Marsaglia and Tsang, A simple method for generating gamma variables, 2000.
 */
function logGammaSample(random: Random, shape: number): number {
  if (shape < 1) return logGammaSample(random, shape + 1) + Math.log(1 - random.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  while (true) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.uniform();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
