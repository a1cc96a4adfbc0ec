/** @file Short words for emitting operators, so that a gradient rule fits on a line. */

import type { GraphBuilder } from '../graph/builder.ts';
import { isStatic } from '../graph/dimension.ts';
import type { Dimension, Shape, Value } from '../graph/graph.ts';
import type { DType } from '../tensor/dtype.ts';
import { zeros } from '../tensor/tensor.ts';

/** A value, or a number that becomes a scalar constant of the other operand's dtype. */
export type Operand = Value | number;

export class Emitter {
  readonly builder: GraphBuilder;

  constructor(builder: GraphBuilder) {
    this.builder = builder;
  }

  add(a: Value, b: Operand): Value {
    return this.builder.op('Add', [a, this.scalar(b, a)]);
  }

  sub(a: Operand, b: Value): Value {
    return this.builder.op('Sub', [this.scalar(a, b), b]);
  }

  mul(a: Value, b: Operand): Value {
    return b === 1 ? a : this.builder.op('Mul', [a, this.scalar(b, a)]);
  }

  div(a: Value, b: Operand): Value {
    return b === 1 ? a : this.builder.op('Div', [a, this.scalar(b, a)]);
  }

  neg(x: Value): Value {
    return this.builder.op('Neg', [x]);
  }

  square(x: Value): Value {
    return this.mul(x, x);
  }

  sqrt(x: Value): Value {
    return this.builder.op('Sqrt', [x]);
  }

  exp(x: Value): Value {
    return this.builder.op('Exp', [x]);
  }

  log(x: Value): Value {
    return this.builder.op('Log', [x]);
  }

  sign(x: Value): Value {
    return this.builder.op('Sign', [x]);
  }

  sigmoid(x: Value): Value {
    return this.builder.op('Sigmoid', [x]);
  }

  pow(x: Value, y: Value): Value {
    return this.builder.op('Pow', [x, y]);
  }

  equal(a: Value, b: Value): Value {
    return this.builder.op('Equal', [a, b]);
  }

  greater(a: Value, b: Operand): Value {
    return this.builder.op('Greater', [a, this.scalar(b, a)]);
  }

  less(a: Value, b: Operand): Value {
    return this.builder.op('Less', [a, this.scalar(b, a)]);
  }

  and(a: Value, b: Value): Value {
    return this.builder.op('And', [a, b]);
  }

  not(a: Value): Value {
    return this.builder.op('Not', [a]);
  }

  /** `condition ? x : y`; at least one of `x` and `y` is a number or fits the dtype of `like`. */
  where(condition: Value, x: Operand, y: Operand, like: Value): Value {
    return this.builder.op('Where', [condition, this.scalar(x, like), this.scalar(y, like)]);
  }

  cast(x: Value, to: DType): Value {
    return x.dtype === to ? x : this.builder.op('Cast', [x], { to });
  }

  matMul(a: Value, b: Value): Value {
    return this.builder.op('MatMul', [a, b]);
  }

  /** The sum over axes. Nothing is emitted for no axes. */
  sum(x: Value, axes: readonly number[], keepdims: 0 | 1): Value {
    if (axes.length === 0) return x;
    return this.builder.op('ReduceSum', [x, this.builder.integers(axes)], { keepdims });
  }

  transpose(x: Value, perm: readonly number[]): Value {
    return perm.every((axis, i) => axis === i) ? x : this.builder.op('Transpose', [x], { perm });
  }

  /** The last two axes exchanged. */
  transposeMatrix(x: Value): Value {
    const rank = x.shape.length;
    return this.transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
  }

  /** Reshapes to sizes of which one at most may be -1. Nothing is emitted where the shape is that already. */
  reshape(x: Value, shape: readonly number[]): Value {
    const same = shape.length === x.shape.length && shape.every((size, axis) => size === x.shape[axis]);
    return same ? x : this.builder.op('Reshape', [x, this.builder.integers(shape)]);
  }

  /** Gives `x` the shape of `like`, which has as many elements. */
  reshapeLike(x: Value, like: Value): Value {
    if (sameShape(x.shape, like.shape)) return x;
    const symbols = like.shape.filter((size) => typeof size === 'string');
    if (symbols.length > 1 || like.shape.includes(0)) {
      return this.builder.op('Reshape', [x, this.shapeOf(like)], { allowzero: 1 });
    }
    return this.reshape(
      x,
      like.shape.map((size) => (typeof size === 'string' ? -1 : size)),
    );
  }

  /** A value's shape as int64: constant where it is known, else a Shape operator. */
  shapeOf(x: Value): Value {
    return isStatic(x.shape) ? this.builder.integers(x.shape) : this.builder.op('Shape', [x]);
  }

  /** Repeats `x` until it has the shape of `like`. */
  expandLike(x: Value, like: Value): Value {
    return sameShape(x.shape, like.shape) ? x : this.builder.op('Expand', [x, this.shapeOf(like)]);
  }

  /** Zeros of a value's shape and dtype. */
  zerosLike(x: Value): Value {
    if (isStatic(x.shape) && x.shape.length === 0) return this.builder.constant(zeros(x.dtype, []), 'zero');
    return this.builder.op('ConstantOfShape', [this.shapeOf(x)], { value: 0, dtype: x.dtype });
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
    const counts = open.map((axis) => {
      const size = this.builder.op('Shape', [x], { start: axis, end: axis + 1 });
      return this.cast(this.builder.op('Squeeze', [size, this.builder.integers([0])]), x.dtype);
    });
    if (counts.length === 0) return known;
    return this.mul(
      counts.reduce((a, b) => this.mul(a, b)),
      known,
    );
  }

  /** `x[starts:ends:steps]` along axes. */
  slice(
    x: Value,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
    steps?: readonly number[],
  ): Value {
    const { builder } = this;
    const inputs = [x, builder.integers(starts), builder.integers(ends), builder.integers(axes)];
    return builder.op('Slice', steps === undefined ? inputs : [...inputs, builder.integers(steps)]);
  }

  /** Pads with zeros; `pads` is `[before..., after...]`. Negative numbers crop. */
  pad(x: Value, pads: readonly number[]): Value {
    return pads.every((pad) => pad === 0) ? x : this.builder.op('Pad', [x, this.builder.integers(pads)]);
  }

  /** A number as a scalar constant of the dtype of `like`; values pass through. */
  scalar(operand: Operand, like: Value): Value {
    if (typeof operand !== 'number') return operand;
    return this.cast(this.builder.scalar(operand), like.dtype);
  }
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function numberOr(size: Dimension, otherwise: number): number {
  return typeof size === 'number' ? size : otherwise;
}
