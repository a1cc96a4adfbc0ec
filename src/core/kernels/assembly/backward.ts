/**
 * @file Gradient and update in one pass over the weights; before a row is updated, the gradient of its input.
 * A row's gradient is the sum over the samples that have this input: `dW[i, :] = sum_s x[s, i] dZ[s, :]`.
 */

import {
  IDLE_DECAY,
  IDLE_UPDATE,
  LAYER_ALPHA,
  LAYER_AVERAGE,
  LAYER_BATCH,
  LAYER_BIAS_DECAY,
  LAYER_BLOCK_ROWS,
  LAYER_BLOCKS,
  LAYER_ENDS,
  LAYER_GRADIENT,
  LAYER_INPUT_GRADIENT,
  LAYER_INPUT_SLOPE,
  LAYER_INPUT_WIDTH,
  LAYER_INPUTS,
  LAYER_KERNEL_DECAY,
  LAYER_MOMENTUM,
  LAYER_NEXT_BATCH,
  LAYER_NEXT_ENDS,
  LAYER_RATE,
  LAYER_ROWS,
  LAYER_SUMS,
  LAYER_TILES,
  LAYER_TOUCHED,
  LAYER_VELOCITY,
  LAYER_WEIGHTS,
  LAYER_WIDTH,
  OPTIMIZER_BETA1_REST,
  OPTIMIZER_BETA2_REST,
  OPTIMIZER_CLIP_VALUE,
  OPTIMIZER_EPSILON,
  OPTIMIZER_IDLE,
  OPTIMIZER_MOMENTUM,
  OPTIMIZER_RHO,
  OPTIMIZER_RHO_REST,
  OPTIMIZER_RULE,
  RULE_ADAM,
  RULE_RMSPROP,
  RULE_RMSPROP_CENTERED,
  RULE_RMSPROP_CENTERED_MOMENTUM,
  RULE_RMSPROP_MOMENTUM,
  RULE_SGD,
  RULE_SGD_MOMENTUM,
  RULE_SGD_NESTEROV,
} from '../dense-fields';
import { addRow } from './forward';
import { ENTRY_BYTES, entriesOf, nextEntriesOf } from './lists';
import { addBlock, isNarrow, updateNarrowRows } from './narrow';
import { clip, constant, decayAverage, decayWeights, update } from './update';

/** One task: the rows of a block, in all tiles if the input's gradient is wanted, else in one. */
export function backwardBlock(layer: usize, optimizer: usize, task: u32): void {
  const tiles = load<u32>(layer, LAYER_TILES);
  if (load<u32>(layer, LAYER_INPUT_GRADIENT) != 0) {
    inputGradient(layer, task);
    for (let tile: u32 = 0; tile < tiles; tile++) updateBlock(layer, optimizer, task, tile, false);
  } else {
    updateBlock(layer, optimizer, task / tiles, task % tiles, false);
  }
}

/**
 * One task: all rows of a tile, and with each of them its fraction of the next batch's sums, in the order in which
 * the forward job adds them. For a layer whose input passes no gradient on.
 */
export function backwardForwardTile(layer: usize, optimizer: usize, tile: u32): void {
  const tileSums = <usize>load<u32>(layer, LAYER_NEXT_BATCH) * (<usize>load<u32>(layer, LAYER_WIDTH) << 2);
  memory.fill(<usize>load<u32>(layer, LAYER_SUMS) + <usize>tile * tileSums, 0, tileSums);
  const blocks = load<u32>(layer, LAYER_BLOCKS);
  for (let block: u32 = 0; block < blocks; block++) updateBlock(layer, optimizer, block, tile, true);
}

/** `dX = dZ W^T` where the input passes a gradient on; a sum over the columns in their order. */
function inputGradient(layer: usize, block: u32): void {
  const rows = load<u32>(layer, LAYER_ROWS);
  const inputs = load<u32>(layer, LAYER_INPUTS);
  const batch = load<u32>(layer, LAYER_BATCH);
  const tiles = load<u32>(layer, LAYER_TILES);
  const blockRows = load<u32>(layer, LAYER_BLOCK_ROWS);
  const rowBytes = <usize>load<u32>(layer, LAYER_WIDTH) << 2;
  const gradient = <usize>load<u32>(layer, LAYER_GRADIENT);
  const weights = <usize>load<u32>(layer, LAYER_WEIGHTS);
  const ends = <usize>load<u32>(layer, LAYER_ENDS);
  const slopes = <usize>load<u32>(layer, LAYER_INPUT_SLOPE);
  const target = <usize>load<u32>(layer, LAYER_INPUT_GRADIENT);
  const targetWidth = load<u32>(layer, LAYER_INPUT_WIDTH);
  const tileWeights = <usize>rows * rowBytes;
  const tileGradient = <usize>batch * rowBytes;
  const last = min((block + 1) * blockRows, inputs);
  let entry = entriesOf(layer, block);
  for (let row = block * blockRows; row < last; row++) {
    const end = <usize>load<u32>(ends + (<usize>row << 2));
    const targetColumn = <usize>(row / targetWidth) * <usize>batch * <usize>targetWidth + <usize>(row % targetWidth);
    for (; entry < end; entry += ENTRY_BYTES) {
      const offset = load<u32>(entry);
      const sample = <usize>(offset / <u32>rowBytes);
      let w = weights + <usize>row * rowBytes;
      let g = gradient + <usize>offset;
      let even = f32x4.splat(0);
      let odd = f32x4.splat(0);
      for (let tile: u32 = 0; tile < tiles; tile++) {
        let column: usize = 0;
        for (; column + 32 <= rowBytes; column += 32) {
          even = f32x4.add(even, f32x4.mul(v128.load(w + column), v128.load(g + column)));
          odd = f32x4.add(odd, f32x4.mul(v128.load(w + column, 16), v128.load(g + column, 16)));
        }
        if (column < rowBytes) even = f32x4.add(even, f32x4.mul(v128.load(w + column), v128.load(g + column)));
        w += tileWeights;
        g += tileGradient;
      }
      const lanes = f32x4.add(even, odd);
      const sum =
        f32x4.extract_lane(lanes, 0) +
        f32x4.extract_lane(lanes, 1) +
        (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3));
      const slope = load<f32>(slopes + ((sample * <usize>inputs + <usize>row) << 2));
      store<f32>(target + ((targetColumn + sample * <usize>targetWidth) << 2), sum * slope);
    }
  }
}

/** Gradient and update of a block's rows in one tile. */
function updateBlock(layer: usize, optimizer: usize, block: u32, tile: u32, forward: bool): void {
  const rule = load<u32>(optimizer, OPTIMIZER_RULE);
  if (rule == RULE_RMSPROP) updateRows(RULE_RMSPROP, layer, optimizer, block, tile, forward);
  else if (rule == RULE_ADAM) updateRows(RULE_ADAM, layer, optimizer, block, tile, forward);
  else if (rule == RULE_SGD) updateRows(RULE_SGD, layer, optimizer, block, tile, forward);
  else if (rule == RULE_SGD_MOMENTUM) updateRows(RULE_SGD_MOMENTUM, layer, optimizer, block, tile, forward);
  else if (rule == RULE_SGD_NESTEROV) updateRows(RULE_SGD_NESTEROV, layer, optimizer, block, tile, forward);
  else if (rule == RULE_RMSPROP_MOMENTUM) updateRows(RULE_RMSPROP_MOMENTUM, layer, optimizer, block, tile, forward);
  else if (rule == RULE_RMSPROP_CENTERED) updateRows(RULE_RMSPROP_CENTERED, layer, optimizer, block, tile, forward);
  else updateRows(RULE_RMSPROP_CENTERED_MOMENTUM, layer, optimizer, block, tile, forward);
}

/** {@link updateBlock} for one rule: inlined once for each, so that the formula stands inside the loop. */
// @ts-ignore: decorator
@inline
function updateRows(rule: i32, layer: usize, optimizer: usize, block: u32, tile: u32, forward: bool): void {
  if (isNarrow(layer)) {
    updateNarrowRows(rule, layer, optimizer, block, entriesOf(layer, block));
    if (forward) addBlock(layer, block, load<u32>(layer, LAYER_NEXT_BATCH), nextEntriesOf(layer, block));
    return;
  }
  const rows = load<u32>(layer, LAYER_ROWS);
  const blockRows = load<u32>(layer, LAYER_BLOCK_ROWS);
  const rowBytes = <usize>load<u32>(layer, LAYER_WIDTH) << 2;
  const wideBytes = rowBytes & ~127;
  const gradient = <usize>load<u32>(layer, LAYER_GRADIENT) + <usize>tile * <usize>load<u32>(layer, LAYER_BATCH) * rowBytes;
  const ends = <usize>load<u32>(layer, LAYER_ENDS);
  const weights = <usize>load<u32>(layer, LAYER_WEIGHTS);
  const velocityAway = <usize>load<u32>(layer, LAYER_VELOCITY) - weights;
  const momentumAway = <usize>load<u32>(layer, LAYER_MOMENTUM) - weights;
  const averageAway = <usize>load<u32>(layer, LAYER_AVERAGE) - weights;
  const idle = load<u32>(optimizer, OPTIMIZER_IDLE);
  // Read here: behind the stores of the loop, the compiler would read them again for every weight.
  const rate = constant(layer, rule == RULE_ADAM ? LAYER_ALPHA : LAYER_RATE);
  const fraction = constant(optimizer, rule == RULE_ADAM ? OPTIMIZER_BETA1_REST : OPTIMIZER_RHO);
  const rest = constant(optimizer, rule == RULE_ADAM ? OPTIMIZER_BETA2_REST : OPTIMIZER_RHO_REST);
  const epsilon = constant(optimizer, OPTIMIZER_EPSILON);
  const momentum = constant(optimizer, OPTIMIZER_MOMENTUM);
  const limit = constant(optimizer, OPTIMIZER_CLIP_VALUE);
  const clips = load<f32>(optimizer, OPTIMIZER_CLIP_VALUE) != 0;
  const inputs = load<u32>(layer, LAYER_INPUTS);
  const kernelDecay = load<f32>(layer, LAYER_KERNEL_DECAY);
  const biasDecay = load<f32>(layer, LAYER_BIAS_DECAY);
  const first = block * blockRows;
  const last = min(first + blockRows, rows);
  let at = weights + (<usize>tile * <usize>rows + <usize>first) * rowBytes;
  let begin = entriesOf(layer, block);
  let nextBegin = forward ? nextEntriesOf(layer, block) : 0;
  const nextEnds = <usize>load<u32>(layer, LAYER_NEXT_ENDS);
  const nextSums =
    <usize>load<u32>(layer, LAYER_SUMS) + <usize>tile * <usize>load<u32>(layer, LAYER_NEXT_BATCH) * rowBytes;
  let touched: u32 = 0;
  for (let row = first; row < last; row++, at += rowBytes) {
    const end = <usize>load<u32>(ends + (<usize>row << 2));
    if (begin == end && idle != IDLE_UPDATE) {
      if (idle == IDLE_DECAY) {
        decayAverage(optimizer, at + velocityAway, rowBytes);
        if (rule == RULE_RMSPROP_CENTERED) decayAverage(optimizer, at + averageAway, rowBytes);
      }
      // See forwardTile.
      for (let line: usize = 0; line < rowBytes; line += 64) touched += load<u32>(at + line);
    } else {
      const decay = row < inputs ? kernelDecay : biasDecay;
      if (decay != 0) decayWeights(decay, load<f32>(layer, LAYER_RATE), at, rowBytes);
      let column: usize = 0;
      for (; column < wideBytes; column += 128) {
        let g0 = f32x4.splat(0);
        let g1 = f32x4.splat(0);
        let g2 = f32x4.splat(0);
        let g3 = f32x4.splat(0);
        let g4 = f32x4.splat(0);
        let g5 = f32x4.splat(0);
        let g6 = f32x4.splat(0);
        let g7 = f32x4.splat(0);
        const base = gradient + column;
        for (let entry = begin; entry < end; entry += ENTRY_BYTES) {
          const d = base + <usize>load<u32>(entry);
          const x = v128.load32_splat(entry, 4);
          g0 = f32x4.add(g0, f32x4.mul(x, v128.load(d)));
          g1 = f32x4.add(g1, f32x4.mul(x, v128.load(d, 16)));
          g2 = f32x4.add(g2, f32x4.mul(x, v128.load(d, 32)));
          g3 = f32x4.add(g3, f32x4.mul(x, v128.load(d, 48)));
          g4 = f32x4.add(g4, f32x4.mul(x, v128.load(d, 64)));
          g5 = f32x4.add(g5, f32x4.mul(x, v128.load(d, 80)));
          g6 = f32x4.add(g6, f32x4.mul(x, v128.load(d, 96)));
          g7 = f32x4.add(g7, f32x4.mul(x, v128.load(d, 112)));
        }
        if (clips) {
          g0 = clip(g0, limit);
          g1 = clip(g1, limit);
          g2 = clip(g2, limit);
          g3 = clip(g3, limit);
          g4 = clip(g4, limit);
          g5 = clip(g5, limit);
          g6 = clip(g6, limit);
          g7 = clip(g7, limit);
        }
        const w = at + column;
        update(rule, w, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g0);
        update(rule, w + 16, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g1);
        update(rule, w + 32, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g2);
        update(rule, w + 48, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g3);
        update(rule, w + 64, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g4);
        update(rule, w + 80, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g5);
        update(rule, w + 96, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g6);
        update(rule, w + 112, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g7);
      }
      for (; column < rowBytes; column += 16) {
        let g = f32x4.splat(0);
        const base = gradient + column;
        for (let entry = begin; entry < end; entry += ENTRY_BYTES) {
          g = f32x4.add(g, f32x4.mul(v128.load32_splat(entry, 4), v128.load(base + <usize>load<u32>(entry))));
        }
        if (clips) g = clip(g, limit);
        update(rule, at + column, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g);
      }
    }
    if (forward) {
      const nextEnd = <usize>load<u32>(nextEnds + (<usize>row << 2));
      addRow(at, nextSums, nextBegin, nextEnd, wideBytes, rowBytes);
      nextBegin = nextEnd;
    }
    begin = end;
  }
  store<u32>(layer, touched, LAYER_TOUCHED);
}
