/** @file `output = mask * activation(input W + b)`, one tile of columns at a time. */

import {
  ACTIVATION_LINEAR,
  ACTIVATION_RELU,
  ACTIVATION_SIGMOID,
  LAYER_ACTIVATION,
  LAYER_BATCH,
  LAYER_BLOCK_ROWS,
  LAYER_BLOCKS,
  LAYER_ENDS,
  LAYER_GRADIENT,
  LAYER_MASK,
  LAYER_OUTPUT,
  LAYER_ROWS,
  LAYER_SLOPE,
  LAYER_SUMS,
  LAYER_TOUCHED,
  LAYER_UNITS,
  LAYER_WEIGHTS,
  LAYER_WIDTH,
} from '../dense-fields';
import { ENTRY_BYTES, entriesOf } from './lists';
import { addBlock, isNarrow } from './narrow';

/** One task: all that a tile of columns gives, whatever the other threads do. */
export function forwardTile(layer: usize, tile: u32, training: bool): void {
  const rows = load<u32>(layer, LAYER_ROWS);
  const batch = load<u32>(layer, LAYER_BATCH);
  const blockRows = load<u32>(layer, LAYER_BLOCK_ROWS);
  const blocks = load<u32>(layer, LAYER_BLOCKS);
  const rowBytes = <usize>load<u32>(layer, LAYER_WIDTH) << 2;
  const wideBytes = rowBytes & ~127;
  const ends = <usize>load<u32>(layer, LAYER_ENDS);
  const tileSums = <usize>batch * rowBytes;
  const sums = <usize>load<u32>(layer, LAYER_SUMS) + <usize>tile * tileSums;
  let weights = <usize>load<u32>(layer, LAYER_WEIGHTS) + <usize>tile * <usize>rows * rowBytes;
  let touched: u32 = 0;
  memory.fill(sums, 0, tileSums);
  if (isNarrow(layer)) {
    for (let block: u32 = 0; block < blocks; block++) addBlock(layer, block, batch, entriesOf(layer, block));
    return finishTile(layer, tile, training);
  }
  for (let block: u32 = 0; block < blocks; block++) {
    const last = min((block + 1) * blockRows, rows);
    let begin = entriesOf(layer, block);
    for (let row = block * blockRows; row < last; row++) {
      const end = <usize>load<u32>(ends + (<usize>row << 2));
      if (begin != end) {
        addRow(weights, sums, begin, end, wideBytes, rowBytes);
        begin = end;
      } else {
        // A gap in the stream of weights costs more than reading on: the prefetcher stops there.
        for (let line: usize = 0; line < rowBytes; line += 64) touched += load<u32>(weights + line);
      }
      weights += rowBytes;
    }
  }
  store<u32>(layer, touched, LAYER_TOUCHED);
  finishTile(layer, tile, training);
}

/** What follows on the sums of a tile. */
export function finishTile(layer: usize, tile: u32, training: bool): void {
  const tileSums = <usize>load<u32>(layer, LAYER_BATCH) * (<usize>load<u32>(layer, LAYER_WIDTH) << 2);
  activate(layer, tile, <usize>load<u32>(layer, LAYER_SUMS) + <usize>tile * tileSums, training);
  if (training) memory.fill(<usize>load<u32>(layer, LAYER_GRADIENT) + <usize>tile * tileSums, 0, tileSums);
}

/** Adds one input's share to the sums of every sample that has it. The row's weights are read once. */
// @ts-ignore: decorator
@inline
export function addRow(weights: usize, sums: usize, begin: usize, end: usize, wideBytes: usize, rowBytes: usize): void {
  let column: usize = 0;
  for (; column < wideBytes; column += 128) {
    const w = weights + column;
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    const w2 = v128.load(w, 32);
    const w3 = v128.load(w, 48);
    const w4 = v128.load(w, 64);
    const w5 = v128.load(w, 80);
    const w6 = v128.load(w, 96);
    const w7 = v128.load(w, 112);
    const base = sums + column;
    for (let entry = begin; entry < end; entry += ENTRY_BYTES) {
      const y = base + <usize>load<u32>(entry);
      const x = v128.load32_splat(entry, 4);
      v128.store(y, f32x4.add(v128.load(y), f32x4.mul(x, w0)));
      v128.store(y, f32x4.add(v128.load(y, 16), f32x4.mul(x, w1)), 16);
      v128.store(y, f32x4.add(v128.load(y, 32), f32x4.mul(x, w2)), 32);
      v128.store(y, f32x4.add(v128.load(y, 48), f32x4.mul(x, w3)), 48);
      v128.store(y, f32x4.add(v128.load(y, 64), f32x4.mul(x, w4)), 64);
      v128.store(y, f32x4.add(v128.load(y, 80), f32x4.mul(x, w5)), 80);
      v128.store(y, f32x4.add(v128.load(y, 96), f32x4.mul(x, w6)), 96);
      v128.store(y, f32x4.add(v128.load(y, 112), f32x4.mul(x, w7)), 112);
    }
  }
  for (; column < rowBytes; column += 16) {
    const w = v128.load(weights + column);
    const base = sums + column;
    for (let entry = begin; entry < end; entry += ENTRY_BYTES) {
      const y = base + <usize>load<u32>(entry);
      v128.store(y, f32x4.add(v128.load(y), f32x4.mul(v128.load32_splat(entry, 4), w)));
    }
  }
}

/** From sums to outputs, and the slope by which the backward job will multiply. */
function activate(layer: usize, tile: u32, sums: usize, training: bool): void {
  const batch = load<u32>(layer, LAYER_BATCH);
  const units = load<u32>(layer, LAYER_UNITS);
  const width = load<u32>(layer, LAYER_WIDTH);
  const activation = load<u32>(layer, LAYER_ACTIVATION);
  const firstUnit = tile * width;
  const count = min(width, units - firstUnit);
  const masks = training ? <usize>load<u32>(layer, LAYER_MASK) : 0;
  const slopes = training ? <usize>load<u32>(layer, LAYER_SLOPE) : 0;
  for (let s: u32 = 0; s < batch; s++) {
    let sum = sums + ((<usize>s * <usize>width) << 2);
    let place = (<usize>s * <usize>units + <usize>firstUnit) << 2;
    const output = <usize>load<u32>(layer, LAYER_OUTPUT);
    for (let unit: u32 = 0; unit < count; unit++) {
      const z = load<f32>(sum);
      let y = z;
      let slope: f32 = 1;
      if (activation == ACTIVATION_RELU) {
        y = z > 0 ? z : z != z ? z : 0;
        slope = z > 0 ? 1 : 0;
      } else if (activation == ACTIVATION_SIGMOID) {
        const p = 1 / (1 + Math.exp(-(<f64>z)));
        y = <f32>p;
        slope = <f32>(p * (1 - p));
      } else if (activation != ACTIVATION_LINEAR) {
        const t = Math.tanh(<f64>z);
        y = <f32>t;
        slope = <f32>(1 - t * t);
      }
      if (masks != 0) {
        const mask = load<f32>(masks + place);
        y *= mask;
        slope *= mask;
      }
      store<f32>(output + place, y);
      if (slopes != 0) store<f32>(slopes + place, slope);
      sum += 4;
      place += 4;
    }
  }
}
