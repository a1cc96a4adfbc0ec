/** @file Gradient of resizing: along each axis, every output is a fixed mean of inputs, so each is a matrix. */

import type { Value } from '../graph/graph.ts';
import type { ResizeAttributes } from '../graph/operators.ts';
import { floats, type Tensor } from '../tensor/tensor.ts';
import type { Backward } from './gradient-rule.ts';

/** The gradient times each axis' matrix, transposed. Of `[N, C, H, W]` and `[N, C, W]`. */
export function resizeGradient(backward: Backward<'Resize'>): Value {
  const { ops: e, inputs, attributes, dy, refuse } = backward;
  const x = inputs[0]!;
  const rank = x.shape.length;
  const scales = inputs[2] && e.constantOf(inputs[2])?.data;
  let gradient = dy;
  for (const [axis, from] of x.shape.entries()) {
    const to = dy.shape[axis]!;
    const scale = scales === undefined || scales.length === 0 ? undefined : Number(scales[axis]);
    if (from === to && (scale === undefined || scale === 1)) continue;
    if (typeof from !== 'number' || typeof to !== 'number') {
      throw refuse('has no gradient for images of unknown size');
    }
    if (axis < rank - 2 || axis < 1) throw refuse('has a gradient along the last two axes alone');
    const matrix = interpolation(from, to, scale ?? to / from, attributes);
    const weights = e.cast(e.constant(matrix, 'interpolation'), dy.dtype);
    // [..., to] times [to, from]; and one axis before, [from, to] times [..., to, W].
    gradient =
      axis === rank - 1 ? e.matMul(gradient, weights) : e.matMul(e.transpose(weights, [1, 0]), gradient);
  }
  return gradient;
}

/** `[to, from]`: how much of every input an output takes. Beyond the edges, the edge is seen. */
function interpolation(
  from: number,
  to: number,
  scale: number,
  attributes: ResizeAttributes,
): Tensor<'float32'> {
  const { mode = 'nearest', coordinate_transformation_mode: transformation = 'half_pixel' } = attributes;
  const matrix = new Float32Array(to * from);
  const take = (output: number, input: number, fraction: number): void => {
    matrix[output * from + Math.min(Math.max(input, 0), from - 1)]! += fraction;
  };
  for (let output = 0; output < to; output++) {
    const place = {
      half_pixel: (output + 0.5) / scale - 0.5,
      pytorch_half_pixel: to > 1 ? (output + 0.5) / scale - 0.5 : 0,
      asymmetric: output / scale,
      align_corners: to > 1 ? (output * (from - 1)) / (to - 1) : 0,
    }[transformation];
    if (mode === 'nearest') {
      take(output, nearest(place, attributes), 1);
      continue;
    }
    const low = Math.floor(place);
    take(output, low, 1 - (place - low));
    take(output, low + 1, place - low);
  }
  return floats([to, from], matrix);
}

function nearest(place: number, { nearest_mode: rounding = 'round_prefer_floor' }: ResizeAttributes): number {
  return {
    round_prefer_floor: Math.ceil(place - 0.5),
    round_prefer_ceil: Math.floor(place + 0.5),
    floor: Math.floor(place),
    ceil: Math.ceil(place),
  }[rounding];
}
