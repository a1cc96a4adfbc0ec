/** @file Activations as operators of TensorFlow Lite. */

import type { ActivationName } from '../../core/layers/activations.ts';
import { floatConstant, type TfliteBuilder, type TfliteTensor } from './tflite-graph.ts';

type Emit = (builder: TfliteBuilder, x: TfliteTensor, name: string) => TfliteTensor;

/** An activation that is one operator. */
const one =
  (op: Parameters<TfliteBuilder['emit']>[0], options = {}): Emit =>
  (builder, x, name) =>
    builder.emit(op, [x], name, x.shape, { options });

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** With the formulas of `core/layers/activations.ts`. */
const ACTIVATIONS: Readonly<Record<ActivationName, Emit>> = {
  linear: (_builder, x) => x,
  relu: one('RELU'),
  relu6: one('RELU6'),
  leaky_relu: one('LEAKY_RELU', { alpha: 0.2 }),
  elu: one('ELU'),
  /** `scale * relu(x) + scale * alpha * (exp(min(x, 0)) - 1)`: the operator ELU has an alpha of 1 alone. */
  selu: (builder, x, name) => {
    const below = unary(builder, 'EXP', smallest(builder, x, 0, `${name}/below`), `${name}/exp`);
    const left = scaled(builder, below, SELU_SCALE * SELU_ALPHA, -SELU_SCALE * SELU_ALPHA, `${name}/left`);
    const right = scaled(builder, unary(builder, 'RELU', x, `${name}/relu`), SELU_SCALE, 0, `${name}/right`);
    return builder.emit('ADD', [right, left], name, x.shape);
  },
  gelu: one('GELU', { approximate: 0 }),
  gelu_approximate: one('GELU', { approximate: 1 }),
  quick_gelu: (builder, x, name) => {
    const gate = unary(builder, 'LOGISTIC', scaled(builder, x, 1.702, 0, `${name}/scaled`), `${name}/gate`);
    return builder.emit('MUL', [x, gate], name, x.shape);
  },
  sigmoid: one('LOGISTIC'),
  hard_sigmoid: (builder, x, name) => {
    const shifted = scaled(builder, x, 1, 3, `${name}/shifted`);
    return scaled(builder, unary(builder, 'RELU6', shifted, `${name}/clipped`), 1 / 6, 0, name);
  },
  silu: (builder, x, name) =>
    builder.emit('MUL', [x, unary(builder, 'LOGISTIC', x, `${name}/gate`)], name, x.shape),
  hard_silu: one('HARD_SWISH'),
  tanh: one('TANH'),
  softplus: (builder, x, name) => softplus(builder, x, name),
  softsign: (builder, x, name) => {
    const size = scaled(builder, unary(builder, 'ABS', x, `${name}/abs`), 1, 1, `${name}/size`);
    return builder.emit('DIV', [x, size], name, x.shape);
  },
  mish: (builder, x, name) => {
    const gate = unary(builder, 'TANH', softplus(builder, x, `${name}/softplus`), `${name}/gate`);
    return builder.emit('MUL', [x, gate], name, x.shape);
  },
  exponential: one('EXP'),
  softmax: one('SOFTMAX', { beta: 1 }),
  log_softmax: one('LOG_SOFTMAX'),
};

/** @param name - Of the tensor that comes out, if it is another than `x`. */
export function emitActivation(
  builder: TfliteBuilder,
  activation: ActivationName,
  x: TfliteTensor,
  name: string,
): TfliteTensor {
  return ACTIVATIONS[activation](builder, x, name);
}

/** `min(x, limit)` */
export function smallest(builder: TfliteBuilder, x: TfliteTensor, limit: number, name: string): TfliteTensor {
  const constant = floatConstant(`${name}/limit`, [], Float32Array.of(limit));
  return builder.emit('MINIMUM', [x, constant], name, x.shape);
}

/** `log(1 + exp(x))` as `relu(x) + log(1 + exp(-|x|))`, which no large x overflows. */
function softplus(builder: TfliteBuilder, x: TfliteTensor, name: string): TfliteTensor {
  const negative = unary(builder, 'NEG', unary(builder, 'ABS', x, `${name}/abs`), `${name}/negative`);
  const grown = scaled(builder, unary(builder, 'EXP', negative, `${name}/exp`), 1, 1, `${name}/grown`);
  const rest = unary(builder, 'LOG', grown, `${name}/log`);
  return builder.emit('ADD', [unary(builder, 'RELU', x, `${name}/relu`), rest], name, x.shape);
}

function unary(
  builder: TfliteBuilder,
  op: Parameters<TfliteBuilder['emit']>[0],
  x: TfliteTensor,
  name: string,
): TfliteTensor {
  return builder.emit(op, [x], name, x.shape);
}

/** `x * scale + offset` by single numbers. */
function scaled(
  builder: TfliteBuilder,
  x: TfliteTensor,
  scale: number,
  offset: number,
  name: string,
): TfliteTensor {
  const number = (value: number, what: string): TfliteTensor =>
    floatConstant(`${name}/${what}`, [], Float32Array.of(value));
  const product =
    scale === 1
      ? x
      : builder.emit('MUL', [x, number(scale, 'scale')], offset === 0 ? name : `${name}/product`, x.shape);
  return offset === 0 ? product : builder.emit('ADD', [product, number(offset, 'offset')], name, x.shape);
}
