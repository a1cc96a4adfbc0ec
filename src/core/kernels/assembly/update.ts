/** @file One update of four weights by Keras' formulas. The gradient comes in a register, all else in memory. */

import {
  OPTIMIZER_RHO,
  RULE_ADAM,
  RULE_RMSPROP_CENTERED,
  RULE_RMSPROP_CENTERED_MOMENTUM,
  RULE_RMSPROP_MOMENTUM,
  RULE_SGD,
  RULE_SGD_MOMENTUM,
  RULE_SGD_NESTEROV,
} from '../dense-fields';

/** A number of a record in all four lanes. */
// @ts-ignore: decorator
@inline
export function constant(record: usize, field: i32): v128 {
  return f32x4.splat(load<f32>(record + field));
}

/**
 * @param rule - The optimizer; known to the compiler, so that one formula remains of these.
 * @param at - Address of the weights; a slot lies at `at` plus its distance.
 * @param rate - Learning rate; Adam's alpha.
 * @param first - RMSprop's rho; Adam's 1 - beta1.
 * @param second - RMSprop's 1 - rho; Adam's 1 - beta2.
 */
// @ts-ignore: decorator
@inline
export function update(
  rule: i32,
  at: usize,
  velocityAway: usize,
  momentumAway: usize,
  averageAway: usize,
  rate: v128,
  first: v128,
  second: v128,
  epsilon: v128,
  momentum: v128,
  g: v128,
): void {
  const w = v128.load(at);
  if (rule == RULE_SGD) {
    v128.store(at, f32x4.sub(w, f32x4.mul(g, rate)));
  } else if (rule == RULE_SGD_MOMENTUM || rule == RULE_SGD_NESTEROV) {
    const move = f32x4.mul(g, rate);
    const m = f32x4.sub(f32x4.mul(v128.load(at + momentumAway), momentum), move);
    v128.store(at + momentumAway, m);
    v128.store(at, f32x4.add(w, rule == RULE_SGD_NESTEROV ? f32x4.sub(f32x4.mul(m, momentum), move) : m));
  } else if (rule == RULE_ADAM) {
    let m = v128.load(at + momentumAway);
    m = f32x4.add(m, f32x4.mul(f32x4.sub(g, m), first));
    v128.store(at + momentumAway, m);
    let v = v128.load(at + velocityAway);
    v = f32x4.add(v, f32x4.mul(f32x4.sub(f32x4.mul(g, g), v), second));
    v128.store(at + velocityAway, v);
    const root = f32x4.add(f32x4.sqrt(v), epsilon);
    v128.store(at, f32x4.sub(w, f32x4.div(f32x4.mul(m, rate), root)));
  } else {
    const v = f32x4.add(f32x4.mul(first, v128.load(at + velocityAway)), f32x4.mul(second, f32x4.mul(g, g)));
    v128.store(at + velocityAway, v);
    let spread = v;
    if (rule == RULE_RMSPROP_CENTERED || rule == RULE_RMSPROP_CENTERED_MOMENTUM) {
      const a = f32x4.add(f32x4.mul(first, v128.load(at + averageAway)), f32x4.mul(second, g));
      v128.store(at + averageAway, a);
      spread = f32x4.sub(v, f32x4.mul(a, a));
    }
    const root = f32x4.sqrt(f32x4.add(spread, epsilon));
    let move = f32x4.div(f32x4.mul(rate, g), root);
    if (rule == RULE_RMSPROP_MOMENTUM || rule == RULE_RMSPROP_CENTERED_MOMENTUM) {
      const m = f32x4.mul(momentum, v128.load(at + momentumAway));
      move = f32x4.add(m, move);
      v128.store(at + momentumAway, move);
    }
    v128.store(at, f32x4.sub(w, move));
  }
}

/** Weight decay apart from the gradient, before the update: `w -= w * decay * learningRate`. */
export function decayWeights(fraction: f32, learningRate: f32, at: usize, bytes: usize): void {
  const decay = f32x4.splat(fraction);
  const rate = f32x4.splat(learningRate);
  for (const end = at + bytes; at < end; at += 16) {
    const w = v128.load(at);
    v128.store(at, f32x4.sub(w, f32x4.mul(f32x4.mul(w, decay), rate)));
  }
}

/** A gradient brought into `[-limit, limit]`; what is not a number stays so, and is noticed. */
// @ts-ignore: decorator
@inline
export function clip(g: v128, limit: v128): v128 {
  return f32x4.pmax(f32x4.pmin(g, limit), f32x4.neg(limit));
}

/** What is left of a moving average where the gradient is 0: `average *= rho`. */
// @ts-ignore: decorator
@inline
export function decayAverage(optimizer: usize, at: usize, bytes: usize): void {
  const rho = constant(optimizer, OPTIMIZER_RHO);
  for (const end = at + bytes; at < end; at += 16) v128.store(at, f32x4.mul(rho, v128.load(at)));
}
