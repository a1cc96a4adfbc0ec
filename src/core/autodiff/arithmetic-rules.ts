/** @file Gradients of arithmetic with broadcasting, and of choice. */

import type { Value } from '../graph/graph.ts';
import type { ArithmeticOp } from '../graph/operator-families.ts';
import { type Backward, type GradientRule, type GradientRules, notDifferentiable } from './gradient-rule.ts';

const steps = notDifferentiable('gives true or false');

export const ARITHMETIC_GRADIENTS: GradientRules<ArithmeticOp> = {
  Add: ({ ops: e, inputs: [a, b], dy }) => [() => e.sumTo(dy, a!), () => e.sumTo(dy, b!)],
  Sub: ({ ops: e, inputs: [a, b], dy }) => [() => e.sumTo(dy, a!), () => e.neg(e.sumTo(dy, b!))],
  Mul: ({ ops: e, inputs: [a, b], dy }) => [
    () => e.sumTo(e.mul(dy, b!), a!),
    () => e.sumTo(e.mul(dy, a!), b!),
  ],
  Div: ({ ops: e, inputs: [a, b], y, dy }) => [
    () => e.sumTo(e.div(dy, b!), a!),
    () => e.neg(e.sumTo(e.mul(dy, e.div(y, b!)), b!)),
  ],
  Pow: ({ ops: e, inputs: [a, b], y, dy }) => [
    () => e.sumTo(e.mul(dy, e.mul(e.pow(a!, e.add(b!, -1)), e.cast(b!, a!.dtype))), a!),
    () => e.cast(e.sumTo(e.mul(dy, e.mul(y, e.log(a!))), b!), b!.dtype),
  ],
  Max: extreme,
  Min: extreme,
  Equal: steps,
  Greater: steps,
  GreaterOrEqual: steps,
  Less: steps,
  LessOrEqual: steps,
  And: steps,
  Where: ({ ops: e, inputs: [condition, x, y], dy }) => [
    undefined,
    () => e.sumTo(e.where(condition!, dy, 0, dy), x!),
    () => e.sumTo(e.where(condition!, 0, dy, dy), y!),
  ],
};

/** Where several inputs are equal, the first takes the gradient, as in TensorFlow. */
function extreme<K extends 'Max' | 'Min'>({
  ops: e,
  inputs,
  y,
  dy,
}: Backward<K>): ReturnType<GradientRule<K>> {
  return inputs.map((input, index) => () => {
    const before = inputs.slice(0, index).map((other) => e.not(e.equal(other, y)));
    const chosen = before.reduce((all: Value, one) => e.and(all, one), e.equal(input, y));
    return e.sumTo(e.where(chosen, dy, 0, dy), input);
  });
}
