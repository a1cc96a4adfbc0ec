/** @file What all architectures share: their options, the check of the input, and the top. */

import { GraftError } from '../errors/graft-error.ts';
import { layers } from '../layers/layers.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';

/** `[height, width, channels]`, in pixels. */
export type InputShape = readonly [number, number, number];

export interface ArchitectureOptions {
  readonly inputShape: InputShape;
  /** Whether to end with global pooling and a softmax over `classes`. Default false. */
  readonly includeTop?: boolean;
  /** Without the top: pool over all positions. Default none. */
  readonly pooling?: 'avg' | 'max';
  /** Width of the top. Default 1000. */
  readonly classes?: number;
  /** Name of the model. Default as in Keras. */
  readonly name?: string;
}

/** @throws {GraftError} `argument`, if a picture is smaller than the network can take. */
export function checkInputShape(where: string, inputShape: InputShape, smallestPx: number): void {
  const [height, width, channels] = inputShape;
  const fits = [height, width, channels].every((size) => Number.isInteger(size) && size > 0);
  if (!fits || height < smallestPx || width < smallestPx) {
    throw new GraftError('argument', {
      where,
      expected: `pictures of at least ${smallestPx} x ${smallestPx} px`,
      received: `${height} x ${width} px with ${channels} channels`,
      advice: `Use a size from ${smallestPx} px on.`,
    });
  }
}

/** Adds what the options ask for behind the last block. */
export function finishTop(
  x: SymbolicTensor,
  { includeTop = false, pooling, classes = 1000 }: ArchitectureOptions,
  poolName?: string,
): SymbolicTensor {
  if (includeTop) {
    const pooled = layers.globalAveragePooling2d(poolName === undefined ? {} : { name: poolName }).apply(x);
    return layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }).apply(pooled);
  }
  if (pooling === 'avg') return layers.globalAveragePooling2d().apply(x);
  if (pooling === 'max') return layers.globalMaxPooling2d().apply(x);
  return x;
}
