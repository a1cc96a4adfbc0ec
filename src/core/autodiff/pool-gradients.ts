/** @file Gradients of pools. */

import { isStatic } from '../graph/dimension.ts';
import type { Value } from '../graph/graph.ts';
import type { Operand, Ops } from '../graph/ops.ts';
import { type WindowAxis, windowAxes } from '../graph/shape-rules-window.ts';
import { floats } from '../tensor/tensor.ts';
import type { Backward } from './gradient-rule.ts';
import { spread } from './spread.ts';

/** The gradient goes where the maximum was: MaxPool's own indices say where, in the flattened input. */
export function maxPoolGradient({ ops: e, inputs: [x], y, dy }: Backward<'MaxPool'>): Value {
  const indices = e.outputsOf(y, 2)[1]!;
  const flat = e.reshape(e.zerosLike(x!), [-1]);
  const scattered = e.scatterAdd(flat, e.reshape(indices, [-1]), e.reshape(dy, [-1]), 0);
  return e.reshapeLike(scattered, x!);
}

/**
 * Each input takes its part of every window that covers it: the gradient, divided by what each window counted,
 * spread by the stride, padded, and summed over the window again (an average pool times its size).
 */
export function averagePoolGradient(backward: Backward<'AveragePool'>): Value {
  const {
    ops: e,
    attributes,
    inputs: [x],
    dy,
    refuse,
  } = backward;
  const axes = windowAxes(attributes.kernel_shape, attributes);
  const size = attributes.kernel_shape.reduce((a, b) => a * b, 1);
  let gradient = e.mul(dy, averageWeights(backward, axes));
  const pads = axes.map((axis, index): [number, number] => {
    const before = axis.kernel - 1 - axis.padBefore;
    const [from, to] = [x!.shape[index + 2]!, dy.shape[index + 2]!];
    if (typeof from !== 'number' || typeof to !== 'number') {
      if (axis.stride === 1) return [before, axis.kernel - 1 - axis.padAfter];
      throw refuse('has no gradient at this stride for images of unknown size');
    }
    gradient = spread(e, gradient, index + 2, axis.stride);
    return [before, from - (to - 1) * axis.stride - 1 + axis.kernel - 1 - before];
  });
  const all = [...pads.map(([before]) => before), ...pads.map(([, after]) => after)];
  const { kernel_shape } = attributes;
  // Pools refuse pads as large as the window. What lies beyond was in no window: it is padded with zeros afterwards.
  const inner = all.map((pad, index) => Math.min(Math.max(pad, 0), kernel_shape[index % axes.length]! - 1));
  const pooled = e.averagePool(gradient, { kernel_shape, pads: inner, count_include_pad: 1 });
  const outer = withOuterAxes(all.map((pad, index) => pad - inner[index]!));
  return e.pad(e.mul(pooled, size), outer);
}

/** One over how many elements each window averaged: a number where all are equal, else `[1, 1, H', W']`. */
function averageWeights(backward: Backward<'AveragePool'>, axes: readonly WindowAxis[]): Operand {
  const {
    ops,
    attributes,
    inputs: [x],
    dy,
    refuse,
  } = backward;
  const includesPads = attributes.count_include_pad === 1;
  const even = attributes.ceil_mode !== 1;
  const padded = axes.some((axis) => axis.padBefore + axis.padAfter > 0);
  const size = axes.reduce((product, axis) => product * axis.kernel, 1);
  if (even && (includesPads || !padded)) return 1 / size;
  const [from, to] = [x!.shape.slice(2), dy.shape.slice(2)];
  if (!isStatic(from) || !isStatic(to)) {
    throw refuse('has no gradient with these pads for images of unknown size');
  }
  let counts = [1];
  for (const [index, axis] of axes.entries()) {
    const end = from[index]! + axis.padBefore;
    const [low, high] = includesPads ? [0, end + axis.padAfter] : [axis.padBefore, end];
    const along = Array.from({ length: to[index]! }, (_, i) => {
      const start = i * axis.stride;
      return Math.min(start + axis.kernel, high) - Math.max(start, low);
    });
    counts = counts.flatMap((count) => along.map((other) => count * other));
  }
  const weights = counts.map((count) => 1 / count);
  return ops.cast(ops.constant(floats([1, 1, ...to], weights), 'window_weights'), dy.dtype);
}

/** Pads of the spatial axes as pads of all axes, `[N, C]` before them. */
function withOuterAxes(pads: readonly number[]): number[] {
  const half = pads.length / 2;
  return [0, 0, ...pads.slice(0, half), 0, 0, ...pads.slice(half)];
}

/** Spatial axes of `[N, C, ...]`. */
export function spatialAxes(x: Value): number[] {
  return [...x.shape.keys()].slice(2);
}

/** Gradient of the mean over all of space. */
export function globalAverageGradient(e: Ops, x: Value, dy: Value): Value {
  return e.expandLike(e.div(dy, e.countAlong(x, spatialAxes(x))), x);
}
