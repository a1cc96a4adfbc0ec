/** @file Gradients of what moves elements about. */

import type { Value } from '../graph/graph.ts';
import type { ShapeOp } from '../graph/operator-families.ts';
import type { Ops } from '../graph/ops.ts';
import { type Backward, type GradientRule, type GradientRules, notDifferentiable } from './gradient-rule.ts';
import { spread } from './spread.ts';

/** An end beyond every size. */
const FAR = 2 ** 31 - 1;

export const SHAPE_GRADIENTS: GradientRules<ShapeOp> = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: ({ ops: e, attributes: { perm }, dy }) => [
    () =>
      e.transpose(
        dy,
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
  ],
  Expand: ({ ops: e, inputs: [x], dy }) => [() => e.sumTo(dy, x!)],
  Shape: notDifferentiable('gives whole numbers'),
  ConstantOfShape: notDifferentiable('reads a shape alone'),
  Concat: ({ ops: e, attributes, inputs, dy, refuse }) => {
    const axis = attributes.axis < 0 ? attributes.axis + dy.shape.length : attributes.axis;
    return inputs.map((_, index) => () => {
      const sizes = inputs.map((input) => input.shape[axis]!);
      const before = sizes.slice(0, index + 1);
      // What follows an input of unknown size can still be counted from the end.
      if (before.every((size) => typeof size === 'number')) {
        const end = before.reduce((a, b) => a + b, 0);
        return e.slice(dy, [axis], [end - (sizes[index] as number)], [end]);
      }
      const after = sizes.slice(index + 1);
      const start = before.slice(0, -1);
      if (![...after, ...start].every((size) => typeof size === 'number')) {
        throw refuse('has no gradient where two sizes along its axis are unknown');
      }
      const total = (list: readonly (number | string)[]) => list.reduce((a: number, b) => a + Number(b), 0);
      return e.slice(dy, [axis], [total(start)], [after.length === 0 ? FAR : -total(after)]);
    });
  },
  Slice: (backward) => [() => sliceGradient(backward)],
  Pad: ({ ops: e, attributes, inputs: [, pads], dy, refuse }) => [
    () => {
      if ((attributes.mode ?? 'constant') !== 'constant') {
        throw refuse(`has no gradient in mode "${attributes.mode}"`);
      }
      return e.pad(
        dy,
        constantIntegers(e, pads!)!.map((pad) => -pad),
      );
    },
  ],
  Gather: ({ ops: e, attributes, inputs: [x, indices], dy, refuse }) => [
    () => {
      const rank = x!.shape.length;
      const axis = (attributes.axis ?? 0) < 0 ? attributes.axis! + rank : (attributes.axis ?? 0);
      // As many axes as x: those of the indices become one.
      const shape = x!.shape.map((size, i) => (i === axis ? -1 : size));
      const symbols = shape.filter((size) => typeof size === 'string');
      const plain = indices!.shape.length === 1;
      if (!plain && symbols.length > 0) throw refuse('has no gradient here beside an axis of unknown size');
      const updates = plain ? dy : e.reshape(dy, shape as number[]);
      const column = e.reshape(
        indices!,
        shape.map((_, i) => (i === axis ? -1 : 1)),
      );
      const everywhere = e.expandLike(column, updates);
      return e.scatterAdd(e.zerosLike(x!), everywhere, updates, axis);
    },
  ],
  GatherElements: ({ ops: e, attributes, inputs: [x, indices], dy }) => [
    () => e.scatterAdd(e.zerosLike(x!), indices!, dy, attributes.axis ?? 0),
  ],
  ScatterElements: notDifferentiable('is only used inside gradients'),
  OneHot: notDifferentiable('reads whole numbers'),
  TfIdfVectorizer: notDifferentiable('counts'),
  Range: notDifferentiable('counts'),
};

function reshaped<K extends ShapeOp>({ ops, inputs: [x], dy }: Backward<K>): ReturnType<GradientRule<K>> {
  return [() => ops.reshapeLike(dy, x!)];
}

/** Puts the gradient back where the elements came from, with zeros between and around them. */
function sliceGradient({ ops: e, inputs, dy, refuse }: Backward<'Slice'>): Value {
  const [x, starts, ends, axesInput, stepsInput] = inputs;
  const first = constantIntegers(e, starts!);
  if (first === undefined) throw refuse('has no gradient for starts that are computed');
  const axes = (axesInput && constantIntegers(e, axesInput)) ?? [...first.keys()];
  const steps = (stepsInput && constantIntegers(e, stepsInput)) ?? first.map(() => 1);
  const last = constantIntegers(e, ends!);
  const rank = x!.shape.length;
  const pads = new Array<number>(2 * rank).fill(0);
  let gradient = dy;
  axes.forEach((given, index) => {
    const axis = given < 0 ? given + rank : given;
    const [size, start, step] = [x!.shape[axis]!, first[index]!, steps[index]!];
    if (typeof size !== 'number') {
      const end = last?.[index];
      if (step !== 1 || start < 0 || end === undefined || (end > 0 && end < FAR)) {
        throw refuse('has no gradient along an axis of unknown size');
      }
      pads[axis] = start;
      pads[axis + rank] = end < 0 ? -end : 0;
      return;
    }
    const count = dy.shape[axis];
    if (typeof count !== 'number') throw refuse('has no gradient for ends that are computed');
    const low = Math.min(Math.max(start < 0 ? start + size : start, 0), step < 0 ? size - 1 : size);
    if (step < 0) gradient = e.slice(gradient, [axis], [-1], [-FAR], [-1]);
    gradient = spread(e, gradient, axis, Math.abs(step));
    const extent = count === 0 ? 0 : (count - 1) * Math.abs(step) + 1;
    const before = step < 0 ? low - extent + 1 : low;
    pads[axis] = before;
    pads[axis + rank] = size - extent - before;
  });
  return e.pad(gradient, pads);
}

function constantIntegers(e: Ops, value: Value): number[] | undefined {
  const known = e.constantOf(value)?.data ?? value.sizes;
  const numbers =
    known === undefined ? [Number.NaN] : Array.from<number | bigint | string, number>(known as never, Number);
  return numbers.some(Number.isNaN) ? undefined : numbers;
}
