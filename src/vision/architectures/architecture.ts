/** @file What all architectures share: their options, the check of the input, and the top. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';

/** `[height, width, channels]`, in pixels. */
export type InputShape = readonly [number, number, number];

/** How a network is built: its input, and whether with its top. */
export interface ArchitectureOptions {
  readonly inputShape: InputShape;
  /** Whether to end with global pooling and a softmax over `classes`. Default false. */
  readonly includeTop?: boolean;
  /** Without the top: pool over all positions. Default none. */
  readonly pooling?: 'avg' | 'max' | undefined;
  /** Width of the top. Default 1000. */
  readonly classes?: number;
  /** Name of the model. Default as in Keras. */
  readonly name?: string;
}

/** @throws {GraftError} `argument`, if an image is smaller than the network can take. */
export function checkInputShape(where: string, inputShape: InputShape, smallestPx: number): void {
  const [height, width, channels] = inputShape;
  const fits = [height, width, channels].every((size) => Number.isInteger(size) && size > 0);
  if (!fits || height < smallestPx || width < smallestPx) {
    throw new GraftError('argument', {
      where,
      expected: `images of at least ${smallestPx} x ${smallestPx} px`,
      received: `${height} x ${width} px with ${channels} channels`,
      advice: `Use a size from ${smallestPx} px on.`,
    });
  }
}

/** Names of the pooling without the top, for networks in which Keras names it. */
export interface PoolingNames {
  readonly avg: string;
  readonly max: string;
}

/**
 * Adds what the options ask for behind the last block.
 *
 * @param poolName - Of the pooling under the top. Default: by counting.
 * @param poolingNames - Of the pooling without the top. Default: by counting.
 */
export function finishTop(
  x: SymbolicTensor,
  { includeTop = false, pooling, classes = 1000 }: ArchitectureOptions,
  poolName?: string,
  poolingNames?: PoolingNames,
): SymbolicTensor {
  if (includeTop) {
    const pooled = layers.globalAveragePooling2d(poolName === undefined ? {} : { name: poolName }).apply(x);
    return layers.dense({ units: classes, activation: 'softmax', name: 'predictions' }).apply(pooled);
  }
  if (pooling === undefined) return x;
  const named = poolingNames === undefined ? {} : { name: poolingNames[pooling] };
  return pooling === 'avg'
    ? layers.globalAveragePooling2d(named).apply(x)
    : layers.globalMaxPooling2d(named).apply(x);
}
