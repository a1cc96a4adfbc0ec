/** @file Whether a head and its features fit into memory: known before anything is computed. */

import { GraftError } from '../errors/graft-error.ts';
import { type DenseShape, requireFits } from '../kernels/dense-plan.ts';
import { Activation } from '../layers/activation.ts';
import { Dense } from '../layers/dense.ts';
import { Dropout } from '../layers/dropout.ts';
import { platform } from '../runtime/platform.ts';
import type { TrainedPart } from './freeze-boundary.ts';

export interface MemoryNeed {
  /** Images whose features are kept, training and validation together. */
  readonly images: number;
  /** Numbers in one image's features. */
  readonly featureWidth: number;
  /** Bytes of each: 2 for float16. */
  readonly featureBytes: number;
  /** Where the features lie in a cache: what of them is held in memory at most. */
  readonly mostFeatureBytes?: number;
  /** Numbers that are trained. */
  readonly trainableWeights: number;
  /** Numbers that the optimizer keeps for each of them. */
  readonly slots: number;
}

const BYTES = 4;
/** Copies of the weights while training: the ones in use, and those of the best epoch. The layers lend theirs. */
const WEIGHT_COPIES = 2;
/** Fraction of the machine that training may take. */
export const USABLE_MEMORY = 0.8;

/** Bytes that training will hold. */
export function bytesNeeded(need: MemoryNeed): { features: number; weights: number; total: number } {
  const features = Math.min(
    need.images * need.featureWidth * need.featureBytes,
    need.mostFeatureBytes ?? Number.POSITIVE_INFINITY,
  );
  const weights = need.trainableWeights * (WEIGHT_COPIES + need.slots) * BYTES;
  return { features, weights, total: features + weights };
}

/**
 * Refuses what cannot fit.
 *
 * @param available - Bytes of the machine. Default: its memory, or the container's limit where that is lower.
 * @throws {GraftError} `memory`, with the sum.
 */
export function requireMemory(need: MemoryNeed, available: number = platform.totalBytes()): void {
  const { features, weights, total } = bytesNeeded(need);
  if (total <= available * USABLE_MEMORY) return;
  throw new GraftError('memory', {
    where: 'head',
    expected: `at most ${gigabytes(available * USABLE_MEMORY)} (${USABLE_MEMORY * 100} % of this machine's memory)`,
    received:
      `${gigabytes(total)}: features ${count(need.images)} x ${count(need.featureWidth)} x ${need.featureBytes} bytes = ${gigabytes(features)}, ` +
      `weights and optimizer ${count(need.trainableWeights)} x ${WEIGHT_COPIES + need.slots} x ${BYTES} bytes = ${gigabytes(weights)}`,
    advice: 'Pool the features (--head gap), use fewer units, a smaller --size, or a later --cut.',
  });
}

/**
 * Refuses a chain of Dense layers that the fused kernel cannot address, before the features are computed for it.
 * Other trained parts are not its business.
 *
 * @throws {GraftError} `memory`, with the sum.
 */
export function requireKernelMemory({ layers }: TrainedPart, slots: number, batchSize: number): void {
  const shapes: DenseShape[] = [];
  for (const layer of layers) {
    if (layer instanceof Dense) {
      const inputs = layer.input.shape.at(-1) ?? 0;
      shapes.push({ inputs, units: layer.units, useBias: layer.useBias });
    } else if (!(layer instanceof Dropout || layer instanceof Activation)) return;
  }
  requireFits(shapes, slots, batchSize, Number.POSITIVE_INFINITY);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
