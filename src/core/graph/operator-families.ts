/** @file The operators in families; rule tables (shapes, gradients) are split along these lines. */

import type { OpType } from './operators.ts';

/** Two or more inputs, element by element, broadcast; and choice between them. */
export type ArithmeticOp =
  | 'Add'
  | 'Sub'
  | 'Mul'
  | 'Div'
  | 'Pow'
  | 'Max'
  | 'Min'
  | 'Equal'
  | 'Greater'
  | 'GreaterOrEqual'
  | 'Less'
  | 'LessOrEqual'
  | 'And'
  | 'Where';

/** One tensor, element by element. */
export type ElementwiseOp =
  | 'Neg'
  | 'Abs'
  | 'Sign'
  | 'Sqrt'
  | 'Reciprocal'
  | 'Exp'
  | 'Log'
  | 'Erf'
  | 'Sin'
  | 'Cos'
  | 'Relu'
  | 'LeakyRelu'
  | 'Elu'
  | 'Sigmoid'
  | 'HardSigmoid'
  | 'Tanh'
  | 'Softplus'
  | 'Clip'
  | 'Identity'
  | 'Cast'
  | 'Not';

/** Along one axis or several. */
export type AxisOp = 'Softmax' | 'LogSoftmax' | 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ArgMax' | 'TopK';

export type MatrixOp = 'MatMul' | 'Gemm';

/** Windows over the spatial axes, and what else knows channels. */
export type WindowOp =
  | 'Conv'
  | 'ConvTranspose'
  | 'MaxPool'
  | 'AveragePool'
  | 'GlobalAveragePool'
  | 'GlobalMaxPool'
  | 'BatchNormalization'
  | 'Resize';

/** From numbers to integers that stand for them, and back. */
export type QuantizationOp = 'QuantizeLinear' | 'DequantizeLinear';

/** Moves elements about, or makes sizes and constants. */
export type ShapeOp = Exclude<
  OpType,
  ArithmeticOp | ElementwiseOp | AxisOp | MatrixOp | WindowOp | QuantizationOp
>;
