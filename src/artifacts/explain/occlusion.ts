/** @file What a model of images needs: parts of an image are covered, and what the model says then is compared. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { MIN_PROBABILITY } from '../../core/evaluation/smallest-probability.ts';
import { type Task, taskNamed } from '../../recipe/task.ts';
import type { HeatMaps } from './activation-maps.ts';

export interface OcclusionOptions {
  /** Patches along a side, >= 1; neighbors overlap by half. Default 7. */
  readonly patches?: number | undefined;
  readonly task: Task;
  readonly signal?: AbortSignal | undefined;
}

/** Images that go through the network at once. */
const BATCH_SIZE = 16;

/**
 * Covers an image's parts with its mean color, one after the other, and measures by how much the score of a class falls. A place
 * has the mean of all patches over it.
 *
 * @param pixels - uint8 RGB, `[height, width, 3]`.
 * @param index - Of the class, label or value.
 * @param predict - `[count, height, width, 3]` to `[count, classes]`.
 * @returns One map, `[1, cells, cells]`; below 0 is made 0: what is covered there speaks against the class.
 * @see Zeiler, M. D. and Fergus, R. (2014). Visualizing and understanding convolutional networks. https://arxiv.org/abs/1311.2901
 */
export async function occlusionMap(
  pixels: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  index: number,
  predict: (pixels: Uint8Array, count: number) => Promise<Float32Array>,
  { patches = 7, task, signal }: OcclusionOptions,
): Promise<HeatMaps> {
  if (!Number.isInteger(patches) || patches < 1 || patches > Math.min(width, height)) {
    throw new GraftError('argument', {
      where: 'occlusion',
      expected: `patches along a side from 1 to ${Math.min(width, height)}`,
      received: String(patches),
      advice: 'Usual are 5 to 12.',
    });
  }
  // Cells of half a patch: a patch covers two by two of them.
  const cells = patches * 2;
  const edge = (cell: number, size: number): number => Math.round((cell * size) / cells);
  const corners = Array.from({ length: (cells - 1) ** 2 }, (_, place) => ({
    row: Math.floor(place / (cells - 1)),
    column: place % (cells - 1),
  }));
  const mean = meanColor(pixels);
  const before = computeScore(await predict(pixels, 1), index, task);
  const sums = new Float64Array(cells * cells);
  const counts = new Float64Array(cells * cells);
  for (let start = 0; start < corners.length; start += BATCH_SIZE) {
    signal?.throwIfAborted();
    const batch = corners.slice(start, start + BATCH_SIZE);
    const covered = new Uint8Array(batch.length * pixels.length);
    batch.forEach(({ row, column }, place) => {
      const image = covered.subarray(place * pixels.length, (place + 1) * pixels.length);
      image.set(pixels);
      for (let y = edge(row, height); y < edge(row + 2, height); y++) {
        for (let x = edge(column, width); x < edge(column + 2, width); x++) {
          image.set(mean, (y * width + x) * 3);
        }
      }
    });
    const outputs = await predict(covered, batch.length);
    const numClasses = outputs.length / batch.length;
    batch.forEach(({ row, column }, place) => {
      const own = outputs.subarray(place * numClasses, (place + 1) * numClasses);
      const fall = before - computeScore(own, index, task);
      for (const y of [row, row + 1]) {
        for (const x of [column, column + 1]) {
          sums[y * cells + x]! += fall;
          counts[y * cells + x]! += 1;
        }
      }
    });
  }
  const values = Float32Array.from(sums, (sum, place) => Math.max(0, sum / counts[place]!));
  return { values, height: cells, width: cells };
}

/**
 * How much a model's output speaks for a class: the logarithm of its odds, which does not flatten where the model is sure; of a
 * regression the value itself.
 *
 * @param outputs - `[classes]`, of one example.
 */
export function computeScore(outputs: Float32Array, index: number, task: Task): number {
  const { output, targets } = taskNamed<Task>(task);
  const value = outputs[index]!;
  if (!output.isProbability) return value;
  // Summed: 1 less a probability has lost the small ones.
  const others =
    targets === 'class'
      ? outputs.reduce((sum, each, place) => (place === index ? sum : sum + each), 0)
      : 1 - value;
  return Math.log(Math.max(value, MIN_PROBABILITY)) - Math.log(Math.max(others, MIN_PROBABILITY));
}

/** Mean of each of the three channels. */
function meanColor(pixels: Uint8Array): Uint8Array {
  const sums = [0, 0, 0];
  for (let i = 0; i < pixels.length; i++) sums[i % 3]! += pixels[i]!;
  return Uint8Array.from(sums, (sum) => Math.round((sum * 3) / pixels.length));
}
