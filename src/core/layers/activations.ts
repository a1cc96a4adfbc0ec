/** @file Activations: functions of one value, by Keras' names. */

import { GraftError } from '../errors/graft-error.ts';
import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import { GELU_CUBIC, GELU_LINEAR } from '../graph/passes/rewrite-gelu.ts';
import type { Layout, Lowered } from './layer.ts';
import { axisIn } from './layout.ts';

type Emit = (ops: Ops, x: Value, named: { readonly name: string }, layout: Layout) => Value;

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** Formulas and constants as in Keras 3. */
const ACTIVATIONS: Readonly<Record<ActivationName, Emit>> = {
  linear: (_ops, x) => x,
  relu: (ops, x, named) => ops.relu(x, named),
  relu6: (ops, x, named) => ops.clip(x, 0, 6, named),
  leaky_relu: (ops, x, named) => ops.leakyRelu(x, 0.2, named),
  elu: (ops, x, named) => ops.elu(x, 1, named),
  /** https://arxiv.org/abs/1706.02515 */
  selu: (ops, x, named) => ops.mul(ops.elu(x, SELU_ALPHA), SELU_SCALE, named),
  /** `x * P(X <= x)`, by the error function. https://arxiv.org/abs/1606.08415 */
  gelu: (ops, x, named) => {
    const erf = ops.erf(ops.mul(x, Math.SQRT1_2));
    return ops.mul(ops.mul(x, 0.5), ops.add(erf, 1), named);
  },
  /**
   * GELU by a tanh, as GPT-2 has it and KerasHub calls it: `0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`, which is
   * `x sigmoid(x (a + b x^2))` in a third fewer passes.
   */
  gelu_approximate: (ops, x, named) => {
    const inner = ops.add(ops.mul(ops.mul(x, x), GELU_CUBIC), GELU_LINEAR);
    return ops.mul(x, ops.sigmoid(ops.mul(x, inner)), named);
  },
  /** `x sigmoid(1.702 x)`, as CLIP has it and KerasHub calls it. */
  quick_gelu: (ops, x, named) => ops.mul(x, ops.sigmoid(ops.mul(x, 1.702)), named),
  sigmoid: (ops, x, named) => ops.sigmoid(x, named),
  /** `relu6(x + 3) / 6` */
  hard_sigmoid: (ops, x, named) => ops.hardSigmoid(x, 1 / 6, 0.5, named),
  silu: (ops, x, named) => ops.mul(x, ops.sigmoid(x), named),
  hard_silu: (ops, x, named) => ops.mul(x, ops.hardSigmoid(x, 1 / 6, 0.5), named),
  tanh: (ops, x, named) => ops.tanh(x, named),
  softplus: (ops, x, named) => ops.softplus(x, named),
  softsign: (ops, x, named) => ops.div(x, ops.add(ops.abs(x), 1), named),
  /** `x * tanh(softplus(x))`. https://arxiv.org/abs/1908.08681 */
  mish: (ops, x, named) => ops.mul(x, ops.tanh(ops.softplus(x)), named),
  exponential: (ops, x, named) => ops.exp(x, named),
  softmax: (ops, x, named, layout) => ops.softmax(x, axisIn(layout, -1, x.shape.length), named),
  log_softmax: (ops, x, named, layout) => ops.logSoftmax(x, axisIn(layout, -1, x.shape.length), named),
};

/** Keras' names of the activations there are. */
export const ACTIVATION_NAMES: readonly ActivationName[] = Object.keys(ACTIVATIONS) as ActivationName[];

/** Keras' names of the activations there are. */
export type ActivationName =
  | 'quick_gelu'
  | 'linear'
  | 'relu'
  | 'relu6'
  | 'leaky_relu'
  | 'elu'
  | 'selu'
  | 'gelu'
  | 'gelu_approximate'
  | 'sigmoid'
  | 'hard_sigmoid'
  | 'silu'
  | 'hard_silu'
  | 'tanh'
  | 'softplus'
  | 'softsign'
  | 'mish'
  | 'exponential'
  | 'softmax'
  | 'log_softmax';

/** An activation's name; Keras' second names `swish` and `hard_swish` are taken too. */
export type ActivationOption = ActivationName | 'swish' | 'hard_swish';

/**
 * The activation of that name; null and undefined mean `linear`.
 *
 * @throws {GraftError} `argument`, if there is none.
 */
export function resolveActivation(where: string, option: unknown): ActivationName {
  if (option === undefined || option === null) return 'linear';
  const name = option === 'swish' ? 'silu' : option === 'hard_swish' ? 'hard_silu' : option;
  if (typeof name === 'string' && Object.hasOwn(ACTIVATIONS, name)) return name as ActivationName;
  throw new GraftError('argument', {
    where,
    expected: `an activation among ${Object.keys(ACTIVATIONS).join(', ')}`,
    received: typeof name === 'string' ? `"${name}"` : JSON.stringify(name),
    advice: 'Choose one of these.',
  });
}

/** Emits an activation; the layout stays. The node is `layer/activation`. */
export function lowerActivation(
  ops: Ops,
  activation: ActivationName,
  { value, layout }: Lowered,
  layerName: string,
): Lowered {
  const named = { name: `${layerName}/${activation}` };
  return { value: ACTIVATIONS[activation](ops, value, named, layout), layout };
}
