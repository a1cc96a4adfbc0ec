/** @file Moving averages of the weights: `average = momentum * average + (1 - momentum) * weight`. */

import {
  LAYER_EMA,
  LAYER_ROWS,
  LAYER_WEIGHTS,
  LAYER_WIDTH,
  OPTIMIZER_EMA_MOMENTUM,
  OPTIMIZER_EMA_REST,
} from '../dense-fields';
import { constant } from './update';

/** One task: a tile. A pass of its own over the weights: with the update, rows that rest would have to be read too. */
export function averageTile(layer: usize, optimizer: usize, tile: u32): void {
  const bytes = <usize>load<u32>(layer, LAYER_ROWS) * (<usize>load<u32>(layer, LAYER_WIDTH) << 2);
  const weights = <usize>load<u32>(layer, LAYER_WEIGHTS) + <usize>tile * bytes;
  const away = <usize>load<u32>(layer, LAYER_EMA) - <usize>load<u32>(layer, LAYER_WEIGHTS);
  const momentum = constant(optimizer, OPTIMIZER_EMA_MOMENTUM);
  const rest = constant(optimizer, OPTIMIZER_EMA_REST);
  for (let at = weights, end = weights + bytes; at < end; at += 16) {
    const kept = f32x4.mul(momentum, v128.load(at + away));
    v128.store(at + away, f32x4.add(kept, f32x4.mul(rest, v128.load(at))));
  }
}
