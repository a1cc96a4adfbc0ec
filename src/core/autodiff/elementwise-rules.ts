/** @file Gradients of what works on one tensor, element by element. At a kink, the gradient is that of Keras. */

import type { ElementwiseOp } from '../graph/operator-families.ts';
import { type GradientRules, notDifferentiable } from './gradient-rule.ts';

export const ELEMENTWISE_GRADIENTS: GradientRules<ElementwiseOp> = {
  Neg: ({ ops: e, dy }) => [() => e.neg(dy)],
  Abs: ({ ops: e, inputs: [x], dy }) => [() => e.mul(dy, e.sign(x!))],
  Sign: ({ ops: e, inputs: [x] }) => [() => e.zerosLike(x!)],
  Sqrt: ({ ops: e, y, dy }) => [() => e.div(e.mul(dy, 0.5), y)],
  Reciprocal: ({ ops: e, y, dy }) => [() => e.neg(e.mul(dy, e.square(y)))],
  Exp: ({ ops: e, y, dy }) => [() => e.mul(dy, y)],
  Log: ({ ops: e, inputs: [x], dy }) => [() => e.div(dy, x!)],
  Erf: ({ ops: e, inputs: [x], dy }) => [
    () => e.mul(dy, e.mul(e.exp(e.neg(e.square(x!))), 2 / Math.sqrt(Math.PI))),
  ],
  Sin: ({ ops: e, inputs: [x], dy }) => [() => e.mul(dy, e.cos(x!))],
  Cos: ({ ops: e, inputs: [x], dy }) => [() => e.neg(e.mul(dy, e.sin(x!)))],
  // Times Sign(y) would be one operator less, and several times slower.
  Relu: ({ ops: e, y, dy }) => [() => e.where(e.greater(y, 0), dy, 0, dy)],
  LeakyRelu: ({ ops: e, attributes, inputs: [x], dy }) => [
    () => e.mul(dy, e.where(e.greater(x!, 0), 1, attributes.alpha ?? 0.01, dy)),
  ],
  Elu: ({ ops: e, attributes, inputs: [x], y, dy }) => [
    () => e.mul(dy, e.where(e.greater(x!, 0), 1, e.add(y, attributes.alpha ?? 1), dy)),
  ],
  Sigmoid: ({ ops: e, y, dy }) => [() => e.mul(dy, e.mul(y, e.sub(1, y)))],
  HardSigmoid: ({ ops: e, attributes, y, dy }) => [
    () => e.mul(dy, e.where(e.and(e.greater(y, 0), e.less(y, 1)), attributes.alpha ?? 0.2, 0, dy)),
  ],
  Tanh: ({ ops: e, y, dy }) => [() => e.mul(dy, e.sub(1, e.square(y)))],
  Softplus: ({ ops: e, inputs: [x], dy }) => [() => e.mul(dy, e.sigmoid(x!))],
  // Nothing passes at the bounds themselves, as with Keras' relu6, which is made of this.
  Clip: ({ ops: e, inputs: [, low, high], y, dy, refuse }) => [
    () => {
      const inside = [low && e.greater(y, low), high && e.less(y, high)].filter((mask) => mask !== undefined);
      return inside.length === 0
        ? dy
        : e.where(
            inside.reduce((a, b) => e.and(a, b)),
            dy,
            0,
            dy,
          );
    },
    low && (() => fixedBound(refuse)),
    high && (() => fixedBound(refuse)),
  ],
  Identity: ({ dy }) => [() => dy],
  Cast: ({ ops: e, inputs: [x], dy }) => [() => e.cast(dy, x!.dtype)],
  Not: notDifferentiable('gives true or false'),
};

function fixedBound(refuse: (reason: string) => Error): never {
  throw refuse('has no gradient with respect to its bounds');
}
