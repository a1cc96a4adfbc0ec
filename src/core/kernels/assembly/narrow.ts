/**
 * @file A layer of one unit whose input passes no gradient on, as heads of two classes or of one number have it. The lists of its blocks
 * are the inputs as they are, `[batch, blockRows]`, zeros included: four samples or four rows then share an instruction, where entries
 * one by one would use a quarter of it. The sums have the same terms in the same order, so the same bits.
 */

import {
  IDLE_DECAY,
  IDLE_UPDATE,
  LAYER_ALPHA,
  LAYER_AVERAGE,
  LAYER_BATCH,
  LAYER_BIAS_DECAY,
  LAYER_BLOCK_ROWS,
  LAYER_CAPACITY,
  LAYER_GRADIENT,
  LAYER_INPUT,
  LAYER_INPUT_SLOPE,
  LAYER_INPUTS,
  LAYER_KERNEL_DECAY,
  LAYER_MOMENTUM,
  LAYER_RATE,
  LAYER_ROWS,
  LAYER_SUMS,
  LAYER_UNITS,
  LAYER_VELOCITY,
  LAYER_WEIGHTS,
  OPTIMIZER_BETA1_REST,
  OPTIMIZER_BETA2_REST,
  OPTIMIZER_CLIP_VALUE,
  OPTIMIZER_EPSILON,
  OPTIMIZER_IDLE,
  OPTIMIZER_MOMENTUM,
  OPTIMIZER_RHO,
  OPTIMIZER_RHO_REST,
  RULE_ADAM,
  RULE_RMSPROP_CENTERED,
} from '../dense-fields';
import { clip, constant, decayAverage, decayWeights, update } from './update';

/** Bytes of a row of weights, of a sample's sum and of its gradient: four lanes, of which the first counts. */
const ROW_BYTES: usize = 16;

export function isNarrow(layer: usize): bool {
  return load<u32>(layer, LAYER_UNITS) == 1 && load<u32>(layer, LAYER_INPUT_SLOPE) == 0;
}

/** The inputs of a block's rows, of every sample: what comes after the last input is 1 for the bias, then 0. */
export function copyBlock(layer: usize, block: u32, batch: u32, into: usize): void {
  const inputs = load<u32>(layer, LAYER_INPUTS);
  const rows = load<u32>(layer, LAYER_ROWS);
  const blockRows = load<u32>(layer, LAYER_BLOCK_ROWS);
  const first = block * blockRows;
  const count = first < inputs ? min(blockRows, inputs - first) : 0;
  const stride = <usize>inputs << 2;
  const countBytes = <usize>count << 2;
  let from = <usize>load<u32>(layer, LAYER_INPUT) + (<usize>first << 2);
  let to = into;
  for (let s: u32 = 0; s < batch; s++, from += stride, to += <usize>blockRows << 2) {
    let at: usize = 0;
    for (; at + 16 <= countBytes; at += 16) v128.store(to + at, v128.load(from + at));
    for (; at < countBytes; at += 4) store<f32>(to + at, load<f32>(from + at));
    for (let row = count; row < blockRows; row++, at += 4) {
      store<f32>(to + at, row + first == inputs && rows > inputs ? 1 : 0);
    }
  }
}

/** Adds a block's part to the sums of all samples. @param values - See {@link copyBlock}. */
export function addBlock(layer: usize, block: u32, batch: u32, values: usize): void {
  const blockRows = load<u32>(layer, LAYER_BLOCK_ROWS);
  const first = block * blockRows;
  const count = min(blockRows, load<u32>(layer, LAYER_ROWS) - first);
  const blockBytes = <usize>blockRows << 2;
  const weights = <usize>load<u32>(layer, LAYER_WEIGHTS) + <usize>first * ROW_BYTES;
  let sums = <usize>load<u32>(layer, LAYER_SUMS);
  let x = values;
  let s: u32 = 0;
  for (; s + 4 <= batch; s += 4, sums += 4 * ROW_BYTES, x += 4 * blockBytes) {
    let y = v128.load32_zero(sums);
    y = v128.load32_lane(sums, y, 1, 16);
    y = v128.load32_lane(sums, y, 2, 32);
    y = v128.load32_lane(sums, y, 3, 48);
    let w = weights;
    let at = x;
    let row: u32 = 0;
    for (; row + 4 <= count; row += 4, at += 16, w += 4 * ROW_BYTES) {
      const a = v128.load(at);
      const b = v128.load(at + blockBytes);
      const c = v128.load(at + 2 * blockBytes);
      const d = v128.load(at + 3 * blockBytes);
      const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
      const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
      const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
      const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
      y = f32x4.add(y, f32x4.mul(v128.shuffle<i64>(abLow, cdLow, 0, 2), v128.load32_splat(w)));
      y = f32x4.add(y, f32x4.mul(v128.shuffle<i64>(abLow, cdLow, 1, 3), v128.load32_splat(w, 16)));
      y = f32x4.add(y, f32x4.mul(v128.shuffle<i64>(abHigh, cdHigh, 0, 2), v128.load32_splat(w, 32)));
      y = f32x4.add(y, f32x4.mul(v128.shuffle<i64>(abHigh, cdHigh, 1, 3), v128.load32_splat(w, 48)));
    }
    for (; row < count; row++, at += 4, w += ROW_BYTES) {
      let column = v128.load32_zero(at);
      column = v128.load32_lane(at + blockBytes, column, 1);
      column = v128.load32_lane(at + 2 * blockBytes, column, 2);
      column = v128.load32_lane(at + 3 * blockBytes, column, 3);
      y = f32x4.add(y, f32x4.mul(column, v128.load32_splat(w)));
    }
    v128.store32_lane(sums, y, 0);
    v128.store32_lane(sums, y, 1, 16);
    v128.store32_lane(sums, y, 2, 32);
    v128.store32_lane(sums, y, 3, 48);
  }
  for (; s < batch; s++, sums += ROW_BYTES, x += blockBytes) {
    let y = load<f32>(sums);
    for (let row: u32 = 0; row < count; row++) {
      y += load<f32>(x + (<usize>row << 2)) * load<f32>(weights + <usize>row * ROW_BYTES);
    }
    store<f32>(sums, y);
  }
}

/** Gradient and update of a block's rows, of one rule that the compiler knows. @param values - See {@link copyBlock}. */
// @ts-ignore: decorator
@inline
export function updateNarrowRows(rule: i32, layer: usize, optimizer: usize, block: u32, values: usize): void {
  const blockRows = load<u32>(layer, LAYER_BLOCK_ROWS);
  const first = block * blockRows;
  const last = min(first + blockRows, load<u32>(layer, LAYER_ROWS));
  // Behind the values there is as much room again: for two samples at least, as kernels begin with room for more.
  const sums = values + ((<usize>blockRows * <usize>load<u32>(layer, LAYER_CAPACITY)) << 2);
  const seen = sums + (<usize>blockRows << 2);
  sumGradients(layer, values, sums, seen);
  const weights = <usize>load<u32>(layer, LAYER_WEIGHTS);
  const velocityAway = <usize>load<u32>(layer, LAYER_VELOCITY) - weights;
  const momentumAway = <usize>load<u32>(layer, LAYER_MOMENTUM) - weights;
  const averageAway = <usize>load<u32>(layer, LAYER_AVERAGE) - weights;
  const idle = load<u32>(optimizer, OPTIMIZER_IDLE);
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
  const learningRate = load<f32>(layer, LAYER_RATE);
  let at = weights + <usize>first * ROW_BYTES;
  for (let row = first; row < last; row++, at += ROW_BYTES) {
    const place = <usize>(row - first) << 2;
    if (idle != IDLE_UPDATE && load<u32>(seen + place) << 1 == 0) {
      if (idle == IDLE_DECAY) {
        decayAverage(optimizer, at + velocityAway, ROW_BYTES);
        if (rule == RULE_RMSPROP_CENTERED) decayAverage(optimizer, at + averageAway, ROW_BYTES);
      }
    } else {
      const decay = row < inputs ? kernelDecay : biasDecay;
      if (decay != 0) decayWeights(decay, learningRate, at, ROW_BYTES);
      let g = v128.load32_zero(sums + place);
      if (clips) g = clip(g, limit);
      update(rule, at, velocityAway, momentumAway, averageAway, rate, fraction, rest, epsilon, momentum, g);
    }
  }
}

/**
 * `sums[row] = sum_s values[s, row] d[s]`, in the order of the samples; `seen[row]`: bits of all its inputs together, which tell whether
 * one is not 0. Sixteen rows at once: a line of the cache.
 */
function sumGradients(layer: usize, values: usize, sums: usize, seen: usize): void {
  const batch = load<u32>(layer, LAYER_BATCH);
  const gradient = <usize>load<u32>(layer, LAYER_GRADIENT);
  const blockBytes = <usize>load<u32>(layer, LAYER_BLOCK_ROWS) << 2;
  for (let column: usize = 0; column < blockBytes; column += 64) {
    let g0 = f32x4.splat(0);
    let g1 = f32x4.splat(0);
    let g2 = f32x4.splat(0);
    let g3 = f32x4.splat(0);
    let b0 = i32x4.splat(0);
    let b1 = i32x4.splat(0);
    let b2 = i32x4.splat(0);
    let b3 = i32x4.splat(0);
    let at = values + column;
    let d = gradient;
    for (let s: u32 = 0; s < batch; s++, at += blockBytes, d += ROW_BYTES) {
      const part = v128.load32_splat(d);
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      const x2 = v128.load(at, 32);
      const x3 = v128.load(at, 48);
      g0 = f32x4.add(g0, f32x4.mul(x0, part));
      g1 = f32x4.add(g1, f32x4.mul(x1, part));
      g2 = f32x4.add(g2, f32x4.mul(x2, part));
      g3 = f32x4.add(g3, f32x4.mul(x3, part));
      b0 = v128.or(b0, x0);
      b1 = v128.or(b1, x1);
      b2 = v128.or(b2, x2);
      b3 = v128.or(b3, x3);
    }
    v128.store(sums + column, g0);
    v128.store(sums + column, g1, 16);
    v128.store(sums + column, g2, 32);
    v128.store(sums + column, g3, 48);
    v128.store(seen + column, b0);
    v128.store(seen + column, b1, 16);
    v128.store(seen + column, b2, 32);
    v128.store(seen + column, b3, 48);
  }
}
