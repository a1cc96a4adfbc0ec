/** @file Gradients of softmax and reductions. */

import type { Value } from '../graph/graph.ts';
import type { AxisOp } from '../graph/operator-families.ts';
import { type Backward, type GradientRules, notDifferentiable } from './gradient-rule.ts';

export const AXIS_GRADIENTS: GradientRules<AxisOp> = {
  Softmax: ({ ops: e, attributes, y, dy }) => [
    () => e.mul(y, e.sub(dy, e.sum(e.mul(dy, y), [attributes.axis ?? -1], 1))),
  ],
  LogSoftmax: ({ ops: e, attributes, y, dy }) => [
    () => e.sub(dy, e.mul(e.exp(y), e.sum(dy, [attributes.axis ?? -1], 1))),
  ],
  ReduceSum: (b) => [() => b.ops.expandLike(kept(b, b.dy), b.inputs[0]!)],
  ReduceMean: (b) => [
    () =>
      b.ops.expandLike(
        b.ops.div(kept(b, b.dy), b.ops.countAlong(b.inputs[0]!, reducedAxes(b))),
        b.inputs[0]!,
      ),
  ],
  // Equal maxima share the gradient, as in TensorFlow and PyTorch.
  ReduceMax: (b) => [() => shared(b, kept(b, b.y), kept(b, b.dy), reducedAxes(b))],
  ArgMax: notDifferentiable('gives whole numbers'),
  TopK: notDifferentiable('chooses by size'),
};

/** Gradient of a maximum over `axes`, shared among the equal maxima. `y` and `dy` keep the reduced axes. */
export function shared(
  { ops: e, inputs: [x] }: Backward<'ReduceMax' | 'GlobalMaxPool'>,
  y: Value,
  dy: Value,
  axes: readonly number[],
): Value {
  const mask = e.cast(e.equal(x!, y), x!.dtype);
  return e.mul(mask, e.div(dy, e.sum(mask, axes, 1)));
}

type Reduction = Backward<'ReduceSum' | 'ReduceMean' | 'ReduceMax'>;

function reducedAxes({ ops, inputs: [x, axes] }: Reduction): number[] {
  const rank = x!.shape.length;
  const given = axes === undefined ? [] : Array.from(ops.constantOf(axes)?.data ?? axes.sizes ?? [], Number);
  return given.length === 0 ? [...Array(rank).keys()] : given.map((axis) => (axis < 0 ? axis + rank : axis));
}

/** An output, or its gradient, so that it broadcasts against the input: reduced axes put back as ones. */
function kept(backward: Reduction, value: Value): Value {
  const axes = reducedAxes(backward);
  // Leading axes come back by broadcasting.
  const leading = axes.every((axis) => axis < axes.length);
  if (backward.attributes.keepdims !== 0 || leading) return value;
  const { ops } = backward;
  return ops.unsqueeze(value, axes);
}
