/** @file Padding before a window with stride 2, as Keras Applications give it by a layer of its own. */

import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';

/**
 * Rows and columns to add before a `valid` window with stride 2: what `same` would pad, but that the image's size,
 * not the number of steps, decides about the side.
 *
 * @param x - `[N, H, W, C]`, sizes known.
 * @param kernelSize - The window's side, in pixels; odd.
 * @returns `[[top, bottom], [left, right]]`.
 */
export function correctPad(x: SymbolicTensor, kernelSize: number): [[number, number], [number, number]] {
  const half = Math.floor(kernelSize / 2);
  const before = (size: number | null | undefined): number => half - (1 - ((size ?? 0) % 2));
  return [
    [before(x.shape[1]), half],
    [before(x.shape[2]), half],
  ];
}
