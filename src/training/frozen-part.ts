/** @file The frozen part of a model as a graph: as its layers have it, or its int8 twin. */

import { createHash } from 'node:crypto';
import { decodeBatches, type PictureBatch } from '../data/decode-batches.ts';
import { hashAt, type PictureHashes } from '../data/picture-hash.ts';
import type { Sample } from '../data/sample.ts';
import type { Graph } from '../graph/graph.ts';
import { CALIBRATION_PICTURES, quantizeFrozen } from './int8-frozen.ts';

export type Precision = 'float32' | 'int8';

/** Positions of the pictures that int8 is calibrated on: evenly over all, and so over all classes. */
export function calibrationPositions(pictures: number): number[] {
  const count = Math.min(CALIBRATION_PICTURES, pictures);
  return Array.from({ length: count }, (_, index) => Math.floor((index * pictures) / count));
}

/** What tells one int8 twin of a network from another: the pictures that it was calibrated on. */
export function calibrationIdentity(hashes: PictureHashes, pictures: number): string {
  const hash = createHash('sha256');
  for (const position of calibrationPositions(pictures)) hash.update(hashAt(hashes, position));
  return hash.digest('hex');
}

/**
 * The int8 twin of a graph from `image` to `features`.
 *
 * @param samples - Training pictures, of which some are looked at.
 */
export async function int8Twin(
  graph: Graph,
  samples: readonly Sample[],
  decoding: { readonly width: number; readonly height: number; readonly batchSize: number },
  options: { readonly threads?: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<Graph> {
  const { threads, signal } = options;
  const chosen = calibrationPositions(samples.length).map((position) => samples[position]!);
  const batches: AsyncGenerator<PictureBatch> = decodeBatches(chosen, {
    ...decoding,
    ...(signal && { signal }),
  });
  return quantizeFrozen(graph, batches, {
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
  });
}

/** Int8 beside float32, on the same pictures. */
export interface PrecisionComparison {
  readonly pictures: number;
  /** Shares that are right. */
  readonly int8: number;
  readonly float32: number;
  /** Share of the pictures that both say the same of. */
  readonly same: number;
}

/** Pictures that both precisions are compared on: enough to see a point of accuracy, few enough to cost little. */
export const COMPARED_PICTURES = 200;
