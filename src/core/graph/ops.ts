/**
 * @file The arithmetic that layers, losses, optimizers and gradients are written in: `ops.mul(x, 2)`. A method for each
 * operator of ONNX, and some for what is said in several; {@link GraphBuilder} is where they end up.
 */

import type { DType } from '../tensor/dtype.ts';
import { type Tensor, zeros } from '../tensor/tensor.ts';
import { isStatic, product } from './dimension.ts';
import type { Dimension, Shape, Value } from './graph.ts';
import type { ConvAttributes, OpAttributes, OpType, TfIdfAttributes } from './operators.ts';

/** A value, or a number that becomes a scalar constant of the other operand's dtype. */
export type Operand = Value | number;

export interface OpOptions {
  /** Name of the node and, with a suffix where there are several, of its outputs. Made unique. */
  readonly name?: string;
  /** How many outputs are wanted. Default 1. */
  readonly outputs?: number;
}

/** Operators whose attributes may all be left out. */
export type OptionalAttributes<K extends OpType> =
  Record<never, never> extends OpAttributes[K]
    ? [attributes?: OpAttributes[K], options?: OpOptions | undefined]
    : [attributes: OpAttributes[K], options?: OpOptions | undefined];

/** Every method emits its operators into one graph, in the order of the calls, and returns the result. */
export abstract class Ops {
  /** Any operator, by ONNX' name. */
  abstract op<K extends OpType>(
    op: K,
    inputs: readonly (Value | undefined)[],
    ...rest: OptionalAttributes<K>
  ): Value;
  /** Adds a constant. The name is made unique. */
  abstract constant(tensor: Tensor, name?: string): Value;
  /** A float32 scalar constant. */
  abstract scalar(value: number): Value;
  /** An int64 constant of one dimension: axes, shapes, pads. */
  abstract integers(values: readonly number[]): Value;
  /** The constant behind a value, or undefined if it is computed or fed. */
  abstract constantOf(value: Value): Tensor | undefined;
  /** Asks a node for further outputs than were wanted when it was built. */
  abstract outputsOf(value: Value, count: number): Value[];

  add(a: Value, b: Operand, options?: OpOptions | undefined): Value {
    return this.op('Add', [a, this.#operand(b, a)], {}, options);
  }

  sub(a: Operand, b: Operand, options?: OpOptions | undefined): Value {
    return this.op('Sub', this.#operands(a, b), {}, options);
  }

  /** Nothing is emitted for a factor that is the number 1. */
  mul(a: Value, b: Operand, options?: OpOptions | undefined): Value {
    return b === 1 && options === undefined ? a : this.op('Mul', [a, this.#operand(b, a)], {}, options);
  }

  /** Nothing is emitted for a divisor that is the number 1. */
  div(a: Operand, b: Operand, options?: OpOptions | undefined): Value {
    if (b === 1 && typeof a !== 'number' && options === undefined) return a;
    return this.op('Div', this.#operands(a, b), {}, options);
  }

  pow(a: Operand, b: Operand): Value {
    return this.op('Pow', this.#operands(a, b));
  }

  max(a: Value, b: Operand): Value {
    return this.op('Max', [a, this.#operand(b, a)]);
  }

  min(a: Value, b: Operand): Value {
    return this.op('Min', [a, this.#operand(b, a)]);
  }

  neg(x: Value): Value {
    return this.op('Neg', [x]);
  }

  abs(x: Value): Value {
    return this.op('Abs', [x]);
  }

  sign(x: Value): Value {
    return this.op('Sign', [x]);
  }

  square(x: Value): Value {
    return this.mul(x, x);
  }

  sqrt(x: Value): Value {
    return this.op('Sqrt', [x]);
  }

  reciprocal(x: Value): Value {
    return this.op('Reciprocal', [x]);
  }

  exp(x: Value, options?: OpOptions | undefined): Value {
    return this.op('Exp', [x], {}, options);
  }

  log(x: Value): Value {
    return this.op('Log', [x]);
  }

  erf(x: Value): Value {
    return this.op('Erf', [x]);
  }

  sin(x: Value): Value {
    return this.op('Sin', [x]);
  }

  cos(x: Value): Value {
    return this.op('Cos', [x]);
  }

  relu(x: Value, options?: OpOptions | undefined): Value {
    return this.op('Relu', [x], {}, options);
  }

  leakyRelu(x: Value, alpha: number, options?: OpOptions | undefined): Value {
    return this.op('LeakyRelu', [x], { alpha }, options);
  }

  elu(x: Value, alpha: number, options?: OpOptions | undefined): Value {
    return this.op('Elu', [x], { alpha }, options);
  }

  sigmoid(x: Value, options?: OpOptions | undefined): Value {
    return this.op('Sigmoid', [x], {}, options);
  }

  /** `clip(alpha x + beta, 0, 1)` */
  hardSigmoid(x: Value, alpha: number, beta: number, options?: OpOptions | undefined): Value {
    return this.op('HardSigmoid', [x], { alpha, beta }, options);
  }

  tanh(x: Value, options?: OpOptions | undefined): Value {
    return this.op('Tanh', [x], {}, options);
  }

  softplus(x: Value, options?: OpOptions | undefined): Value {
    return this.op('Softplus', [x], {}, options);
  }

  /** `min(max(x, low), high)`; where x is not a number, it may become one. */
  clip(x: Value, low: Operand, high: Operand, options?: OpOptions | undefined): Value {
    return this.op('Clip', [x, this.#operand(low, x), this.#operand(high, x)], {}, options);
  }

  equal(a: Value, b: Value): Value {
    return this.op('Equal', [a, b]);
  }

  greater(a: Value, b: Operand): Value {
    return this.op('Greater', [a, this.#operand(b, a)]);
  }

  less(a: Value, b: Operand): Value {
    return this.op('Less', [a, this.#operand(b, a)]);
  }

  and(a: Value, b: Value): Value {
    return this.op('And', [a, b]);
  }

  not(a: Value): Value {
    return this.op('Not', [a]);
  }

  /** `condition ? x : y`; numbers get the dtype of `like`. */
  where(condition: Value, x: Operand, y: Operand, like: Value): Value {
    return this.op('Where', [condition, this.#operand(x, like), this.#operand(y, like)]);
  }

  cast(x: Value, to: DType): Value {
    return x.dtype === to ? x : this.op('Cast', [x], { to });
  }

  softmax(x: Value, axis: number, options?: OpOptions | undefined): Value {
    return this.op('Softmax', [x], { axis }, options);
  }

  logSoftmax(x: Value, axis: number, options?: OpOptions | undefined): Value {
    return this.op('LogSoftmax', [x], { axis }, options);
  }

  /** The sum over axes. Nothing is emitted for no axes. */
  sum(x: Value, axes: readonly number[], keepdims: 0 | 1): Value {
    if (axes.length === 0) return x;
    return this.op('ReduceSum', [x, this.integers(axes)], { keepdims });
  }

  /** The sum of all elements, a scalar. */
  sumOfAll(x: Value): Value {
    return this.op('ReduceSum', [x], { keepdims: 0 });
  }

  /** The mean over axes. */
  mean(x: Value, axes: readonly number[] | Value, keepdims: 0 | 1): Value {
    return this.op('ReduceMean', [x, this.#axes(axes)], { keepdims });
  }

  /** The mean of all elements, a scalar. */
  meanOfAll(x: Value): Value {
    return this.op('ReduceMean', [x], { keepdims: 0 });
  }

  /** The largest along axes. */
  largest(x: Value, axes: readonly number[] | Value, keepdims: 0 | 1): Value {
    return this.op('ReduceMax', [x, this.#axes(axes)], { keepdims });
  }

  /** The `k` largest along an axis, the largest first. */
  topK(x: Value, k: number, axis: number): Value {
    return this.op('TopK', [x, this.integers([k])], { axis }, { outputs: 2 });
  }

  matMul(a: Value, b: Value, options?: OpOptions | undefined): Value {
    return this.op('MatMul', [a, b], {}, options);
  }

  /** `alpha a b + beta c` of `[a, b, c]`: matrices, a and b transposed first if the attributes say so. */
  gemm(
    inputs: readonly [a: Value, b: Value, c?: Value | undefined],
    attributes: OpAttributes['Gemm'] = {},
    options?: OpOptions | undefined,
  ): Value {
    return this.op('Gemm', inputs, attributes, options);
  }

  /** Of `[x, kernel, bias]`: `[N, C, H, W]`, `[M, C / group, h, w]`, `[M]`. */
  conv(
    inputs: readonly [x: Value, kernel: Value, bias?: Value | undefined],
    attributes: ConvAttributes,
    options?: OpOptions | undefined,
  ): Value {
    return this.op('Conv', inputs, attributes, options);
  }

  /** @param x - `[N, M, H, W]`. @param kernel - `[M, C / group, h, w]`. */
  convTranspose(x: Value, kernel: Value, attributes: OpAttributes['ConvTranspose']): Value {
    return this.op('ConvTranspose', [x, kernel], attributes);
  }

  maxPool(x: Value, attributes: OpAttributes['MaxPool'], options?: OpOptions | undefined): Value {
    return this.op('MaxPool', [x], attributes, options);
  }

  averagePool(x: Value, attributes: OpAttributes['AveragePool'], options?: OpOptions | undefined): Value {
    return this.op('AveragePool', [x], attributes, options);
  }

  /** `[N, C, H, W]` to `[N, C, 1, 1]`. */
  globalAveragePool(x: Value, options?: OpOptions | undefined): Value {
    return this.op('GlobalAveragePool', [x], {}, options);
  }

  /** `[N, C, H, W]` to `[N, C, 1, 1]`. */
  globalMaxPool(x: Value, options?: OpOptions | undefined): Value {
    return this.op('GlobalMaxPool', [x], {}, options);
  }

  /** By frozen statistics: `scale (x - mean) / sqrt(variance + epsilon) + bias`, each `[C]`, C the second axis of x. */
  batchNormalization(
    x: Value,
    statistics: {
      readonly scale: Value;
      readonly bias: Value;
      readonly mean: Value;
      readonly variance: Value;
    },
    epsilon: number,
    options?: OpOptions | undefined,
  ): Value {
    const { scale, bias, mean, variance } = statistics;
    return this.op('BatchNormalization', [x, scale, bias, mean, variance], { epsilon }, options);
  }

  transpose(x: Value, perm: readonly number[]): Value {
    return perm.every((axis, i) => axis === i) ? x : this.op('Transpose', [x], { perm });
  }

  /** The last two axes exchanged. */
  transposeMatrix(x: Value): Value {
    const rank = x.shape.length;
    return this.transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
  }

  /**
   * Reshapes to sizes of which one at most may be -1; 0 keeps a size. Without a name, nothing is emitted where the shape is
   * that already.
   */
  reshape(x: Value, shape: readonly number[], options?: OpOptions | undefined): Value {
    const same = shape.length === x.shape.length && shape.every((size, axis) => size === x.shape[axis]);
    return same && options === undefined ? x : this.op('Reshape', [x, this.integers(shape)], {}, options);
  }

  /** Gives `x` the shape of `like`, which has as many elements. */
  reshapeLike(x: Value, like: Value): Value {
    if (sameShape(x.shape, like.shape)) return x;
    const symbols = like.shape.filter((size) => typeof size === 'string');
    // Sizes that are known by different names are equal only if they are read off it.
    const isNamedAlike = product(x.shape) === product(like.shape);
    if (symbols.length > 1 || like.shape.includes(0) || (symbols.length === 1 && !isNamedAlike)) {
      return this.op('Reshape', [x, this.shapeOf(like)], { allowzero: 1 });
    }
    return this.reshape(
      x,
      like.shape.map((size) => (typeof size === 'string' ? -1 : size)),
    );
  }

  /** All axes before one as rows, that one and all behind it as columns. */
  flatten(x: Value, axis: number, options?: OpOptions | undefined): Value {
    return this.op('Flatten', [x], { axis }, options);
  }

  /** Takes axes of size 1 out. */
  squeeze(x: Value, axes: readonly number[]): Value {
    return this.op('Squeeze', [x, this.integers(axes)]);
  }

  /** Puts axes of size 1 in. */
  unsqueeze(x: Value, axes: readonly number[]): Value {
    return this.op('Unsqueeze', [x, this.integers(axes)]);
  }

  /** A value's shape as int64: constant where it is known, else a Shape operator. */
  shapeOf(x: Value): Value {
    return isStatic(x.shape) ? this.integers(x.shape) : this.op('Shape', [x]);
  }

  /** The size of one axis as int64 `[1]`, of whatever is fed. */
  sizeOf(x: Value, axis: number): Value {
    return this.op('Shape', [x], { start: axis, end: axis + 1 });
  }

  /** Repeats `x` until it has the shape of `like`. */
  expandLike(x: Value, like: Value): Value {
    return sameShape(x.shape, like.shape) ? x : this.expand(x, this.shapeOf(like));
  }

  /** Repeats `x` along axes of size 1. @param shape - int64. */
  expand(x: Value, shape: Value): Value {
    return this.op('Expand', [x, shape]);
  }

  /** Zeros of a value's shape and dtype. */
  zerosLike(x: Value): Value {
    if (isStatic(x.shape) && x.shape.length === 0) return this.constant(zeros(x.dtype, []), 'zero');
    return this.op('ConstantOfShape', [this.shapeOf(x)], { value: 0, dtype: x.dtype });
  }

  /** Sums a gradient over the axes along which an operand was broadcast: the backward of broadcasting. */
  sumTo(gradient: Value, target: Value): Value {
    const extra = gradient.shape.length - target.shape.length;
    const summed = this.sum(gradient, [...Array(extra).keys()], 0);
    // A size that is a name is never broadcast: only a 1 can have been.
    const repeated = [...target.shape.keys()].filter(
      (axis) => target.shape[axis] === 1 && summed.shape[axis] !== 1,
    );
    return this.sum(summed, repeated, 1);
  }

  /** The number of elements along some axes, as a number or a scalar value. */
  countAlong(x: Value, axes: readonly number[]): Operand {
    const known = axes.reduce((product, axis) => product * numberOr(x.shape[axis]!, 1), 1);
    const open = axes.filter((axis) => typeof x.shape[axis] === 'string');
    const counts = open.map((axis) => this.cast(this.squeeze(this.sizeOf(x, axis), [0]), x.dtype));
    if (counts.length === 0) return known;
    return this.mul(
      counts.reduce((a, b) => this.mul(a, b)),
      known,
    );
  }

  /** `start, start + step, ...` below `limit`; scalars of one dtype. */
  range(start: Value, limit: Value, step: Value): Value {
    return this.op('Range', [start, limit, step]);
  }

  concat(parts: readonly Value[], axis: number, options?: OpOptions | undefined): Value {
    return this.op('Concat', parts, { axis }, options);
  }

  /** `x[starts:ends:steps]` along axes. */
  slice(
    x: Value,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
    steps?: readonly number[],
    options?: OpOptions | undefined,
  ): Value {
    const inputs = [x, this.integers(starts), this.integers(ends), this.integers(axes)];
    return this.op('Slice', steps === undefined ? inputs : [...inputs, this.integers(steps)], {}, options);
  }

  /** Pads with zeros; `pads` is `[before..., after...]`. Negative numbers crop. Without a name, no pads emit nothing. */
  pad(x: Value, pads: readonly number[], options?: OpOptions | undefined): Value {
    if (options === undefined && pads.every((pad) => pad === 0)) return x;
    return this.op('Pad', [x, this.integers(pads)], {}, options);
  }

  /** `x[indices]` along an axis. */
  gather(x: Value, indices: Value, axis: number): Value {
    return this.op('Gather', [x, indices], { axis });
  }

  /** `x` with the updates added where the indices along an axis say. */
  scatterAdd(x: Value, indices: Value, updates: Value, axis: number): Value {
    return this.op('ScatterElements', [x, indices, updates], { axis, reduction: 'add' });
  }

  /** A row of 0 and 1 for each index. @param depth - int64 scalar. @param offAndOn - `[2]`: the two numbers. */
  oneHot(indices: Value, depth: Value, offAndOn: Value): Value {
    return this.op('OneHot', [indices, depth, offAndOn], { axis: -1 });
  }

  /** How often each of some n-grams stands in ids `[N, S]`, weighted: `[N, columns]`. */
  tfIdfVectorizer(ids: Value, attributes: TfIdfAttributes, options?: OpOptions | undefined): Value {
    return this.op('TfIdfVectorizer', [ids], attributes, options);
  }

  /** A number as a scalar constant of the dtype of `like`; values pass through. */
  #operand(operand: Operand, like: Value): Value {
    if (typeof operand !== 'number') return operand;
    return this.cast(this.scalar(operand), like.dtype);
  }

  #operands(a: Operand, b: Operand): Value[] {
    if (typeof a !== 'number') return [a, this.#operand(b, a)];
    if (typeof b !== 'number') return [this.#operand(a, b), b];
    return [this.scalar(a), this.scalar(b)];
  }

  #axes(axes: readonly number[] | Value): Value {
    return 'shape' in axes ? axes : this.integers(axes);
  }
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function numberOr(size: Dimension, otherwise: number): number {
  return typeof size === 'number' ? size : otherwise;
}
