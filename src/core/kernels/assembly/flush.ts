/** @file Numbers of slots that are too small to matter become 0. */

import {
  LAYER_AVERAGE,
  LAYER_MOMENTUM,
  LAYER_ROWS,
  LAYER_VELOCITY,
  LAYER_WIDTH,
  OPTIMIZER_SMALLEST,
} from '../dense-fields';
import { constant } from './update';

/** One task: a tile of all slots. */
export function flushTile(layer: usize, optimizer: usize, tile: u32): void {
  const smallest = constant(optimizer, OPTIMIZER_SMALLEST);
  flushSlot(layer, load<u32>(layer, LAYER_VELOCITY), smallest, tile);
  flushSlot(layer, load<u32>(layer, LAYER_MOMENTUM), smallest, tile);
  flushSlot(layer, load<u32>(layer, LAYER_AVERAGE), smallest, tile);
}

/** What is not a number stays so. Memory is written only where something changes. */
function flushSlot(layer: usize, slot: usize, smallest: v128, tile: u32): void {
  if (slot == 0) return;
  const bytes = <usize>load<u32>(layer, LAYER_ROWS) * (<usize>load<u32>(layer, LAYER_WIDTH) << 2);
  const start = slot + <usize>tile * bytes;
  for (let at = start, end = start + bytes; at < end; at += 16) {
    const x = v128.load(at);
    const small = f32x4.lt(f32x4.abs(x), smallest);
    if (v128.any_true(v128.and(x, small))) v128.store(at, v128.andnot(x, small));
  }
}
