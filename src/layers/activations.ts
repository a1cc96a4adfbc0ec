/** @file Activations: functions of one value, by Keras' names. */

import { GraftError } from '../errors/graft-error.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { Layout, Lowered } from './layer.ts';
import { axisIn } from './layout.ts';

type Emit = (builder: GraphBuilder, x: Value, name: string, layout: Layout) => Value;

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** Formulas and constants as in Keras 3. */
const ACTIVATIONS: Readonly<Record<ActivationName, Emit>> = {
  linear: (_b, x) => x,
  relu: (b, x, name) => b.op('Relu', [x], {}, { name }),
  relu6: (b, x, name) => b.op('Clip', [x, b.scalar(0), b.scalar(6)], {}, { name }),
  leaky_relu: (b, x, name) => b.op('LeakyRelu', [x], { alpha: 0.2 }, { name }),
  elu: (b, x, name) => b.op('Elu', [x], { alpha: 1 }, { name }),
  /** https://arxiv.org/abs/1706.02515 */
  selu: (b, x, name) =>
    b.op('Mul', [b.op('Elu', [x], { alpha: SELU_ALPHA }), b.scalar(SELU_SCALE)], {}, { name }),
  /** `x * P(X <= x)`, by the error function. https://arxiv.org/abs/1606.08415 */
  gelu: (b, x, name) => {
    const erf = b.op('Erf', [b.op('Mul', [x, b.scalar(Math.SQRT1_2)])]);
    const half = b.op('Mul', [x, b.scalar(0.5)]);
    return b.op('Mul', [half, b.op('Add', [erf, b.scalar(1)])], {}, { name });
  },
  sigmoid: (b, x, name) => b.op('Sigmoid', [x], {}, { name }),
  /** `relu6(x + 3) / 6` */
  hard_sigmoid: (b, x, name) => b.op('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 }, { name }),
  silu: (b, x, name) => b.op('Mul', [x, b.op('Sigmoid', [x])], {}, { name }),
  hard_silu: (b, x, name) =>
    b.op('Mul', [x, b.op('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 })], {}, { name }),
  tanh: (b, x, name) => b.op('Tanh', [x], {}, { name }),
  softplus: (b, x, name) => b.op('Softplus', [x], {}, { name }),
  softsign: (b, x, name) => b.op('Div', [x, b.op('Add', [b.op('Abs', [x]), b.scalar(1)])], {}, { name }),
  /** `x * tanh(softplus(x))`. https://arxiv.org/abs/1908.08681 */
  mish: (b, x, name) => b.op('Mul', [x, b.op('Tanh', [b.op('Softplus', [x])])], {}, { name }),
  exponential: (b, x, name) => b.op('Exp', [x], {}, { name }),
  softmax: (b, x, name, layout) =>
    b.op('Softmax', [x], { axis: axisIn(layout, -1, x.shape.length) }, { name }),
  log_softmax: (b, x, name, layout) =>
    b.op('LogSoftmax', [x], { axis: axisIn(layout, -1, x.shape.length) }, { name }),
};

/** Keras' names of the activations there are. */
export const ACTIVATION_NAMES: readonly string[] = Object.keys(ACTIVATIONS);

/** Keras' names of the activations there are. */
export type ActivationName =
  | 'linear'
  | 'relu'
  | 'relu6'
  | 'leaky_relu'
  | 'elu'
  | 'selu'
  | 'gelu'
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
  builder: GraphBuilder,
  activation: ActivationName,
  { value, layout }: Lowered,
  layerName: string,
): Lowered {
  return {
    value: ACTIVATIONS[activation](builder, value, `${layerName}/${activation}`, layout),
    layout,
  };
}
