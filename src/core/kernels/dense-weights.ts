/** @file Weights and slots of the dense kernel, in and out: Keras' `[inputs, units]` there, tiles of columns here. */

import type { DenseMemory } from './dense-memory.ts';
import { planTiling } from './dense-plan.ts';

/** Numbers of a kernel that are read at a time: 4 MB. */
const PIECE_NUMBERS = 2 ** 20;

/**
 * Copies a kernel's weights (`slot` -1) or a slot out.
 *
 * @param into - Where a kernel of this layer may go. Default: a new array.
 */
export function readKernel(
  memory: DenseMemory,
  layer: number,
  slot: number,
  into?: Float32Array,
): Float32Array {
  const { inputs, units } = memory.layers[layer]!;
  const kernel = into ?? new Float32Array(inputs * units);
  copyRows(memory, layer, slot, 0, kernel);
  return kernel;
}

/** The same, some rows at a time; the array is used again. */
export function* kernelPieces(memory: DenseMemory, layer: number, slot: number): Generator<Float32Array> {
  const { inputs, units } = memory.layers[layer]!;
  const rows = Math.min(inputs, Math.max(1, Math.floor(PIECE_NUMBERS / units)));
  const scratch = new Float32Array(rows * units);
  for (let first = 0; first < inputs; first += rows) {
    const piece = scratch.subarray(0, Math.min(rows, inputs - first) * units);
    copyRows(memory, layer, slot, first, piece);
    yield piece;
  }
}

/** The same of the biases; undefined for a layer without. */
export function readBias(memory: DenseMemory, layer: number, slot: number): Float32Array | undefined {
  const { inputs, units, useBias } = memory.layers[layer]!;
  if (!useBias) return undefined;
  const bias = new Float32Array(units);
  copyRows(memory, layer, slot, inputs, bias);
  return bias;
}

/** Copies weights or a slot in; what is undefined stays as it is. */
export function writeWeights(
  memory: DenseMemory,
  layer: number,
  slot: number,
  kernel: Float32Array | undefined,
  bias: Float32Array | undefined,
): void {
  const { inputs, units, useBias } = memory.layers[layer]!;
  eachPiece(memory, layer, slot, 0, inputs + Number(useBias), (row, unit, piece) => {
    const [from, start] = row < inputs ? [kernel, row * units + unit] : [bias, unit];
    if (from !== undefined) piece.set(from.subarray(start, start + piece.length));
  });
}

/** Copies as many rows as `target` has room for; the bias is the row behind the inputs. */
function copyRows(
  memory: DenseMemory,
  layer: number,
  slot: number,
  first: number,
  target: Float32Array,
): void {
  const { units } = memory.layers[layer]!;
  eachPiece(memory, layer, slot, first, first + target.length / units, (row, unit, piece) => {
    target.set(piece, (row - first) * units + unit);
  });
}

/** Calls back with every run of a row's columns that lies in one piece, for rows `[first, last)`. */
function eachPiece(
  memory: DenseMemory,
  layer: number,
  slot: number,
  first: number,
  last: number,
  callback: (row: number, unit: number, piece: Float32Array) => void,
): void {
  const { units } = memory.layers[layer]!;
  const { rows, width, tiles } = planTiling(memory.layers[layer]!);
  const place = memory.plan.layers[layer]!;
  const base = slot < 0 ? place.weights : place.slots[slot]!;
  for (let tile = 0; tile < tiles; tile++) {
    const unit = tile * width;
    const count = Math.min(width, units - unit);
    for (let row = first; row < last; row++) {
      callback(row, unit, memory.numbers(base + (tile * rows + row) * width * 4, count));
    }
  }
}
