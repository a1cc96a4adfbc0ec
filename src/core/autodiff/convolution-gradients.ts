/**
 * @file Gradients of convolutions, in the forms that ONNX Runtime runs fastest (measured on its CPU kernels):
 * data by ConvTranspose, or by Conv with the flipped kernel for 1 x 1 and depthwise at stride 1;
 * kernel by a Slice for each tap, Concat, and one Gemm. Conv with the batch as channels is 2 to 5 times slower.
 */

import type { Shape, Value } from '../graph/graph.ts';
import type { ConvAttributes } from '../graph/operators.ts';
import type { Ops } from '../graph/ops.ts';
import { type WindowAxis, windowAxes } from '../graph/shape-rules-window.ts';

/** A convolution by its parts: `y = conv(x, kernel)`. */
export interface Convolution {
  /** `[N, C, H, W]`, or the value whose shape it has. */
  readonly x: Value;
  /** `[M, C / group, h, w]`. */
  readonly kernel: Value;
  readonly attributes: ConvAttributes;
  /** Gradient of the output, `[N, M, H', W']`. */
  readonly dy: Value;
  readonly refuse: (reason: string) => Error;
}

/** Gradient of a convolution with respect to its input. */
export function dataGradient(ops: Ops, convolution: Convolution): Value {
  const { x, kernel, attributes, dy, refuse } = convolution;
  const { axes, group } = geometry(convolution);
  const pointwise = axes.every((axis) => axis.kernel === 1);
  const depthwise = group > 1 && kernel.shape[0] === group && kernel.shape[1] === 1;
  const strided = axes.some((axis) => axis.stride !== 1);
  const overPadded = axes.some((axis) => Math.max(axis.padBefore, axis.padAfter) >= extent(axis));
  if (!strided && !overPadded && (pointwise || depthwise)) {
    const pads = [
      ...axes.map((axis) => extent(axis) - 1 - axis.padBefore),
      ...axes.map((axis) => extent(axis) - 1 - axis.padAfter),
    ];
    const dilations = axes.map((axis) => axis.dilation);
    return ops.conv([dy, flipped(ops, kernel, group)], { pads, dilations, group });
  }
  const padding = axes.map((axis, index) => {
    if (axis.stride === 1) return 0;
    const [from, to] = [x.shape[index + 2]!, dy.shape[index + 2]!];
    if (typeof from !== 'number' || typeof to !== 'number') {
      throw refuse('has no gradient at this stride for images of unknown size');
    }
    // Rows that no window reached, because the stride does not divide.
    return from + axis.padBefore + axis.padAfter - extent(axis) - axis.stride * (to - 1);
  });
  return ops.convTranspose(dy, kernel, {
    ...attributes,
    ...(padding.some((pad) => pad > 0) ? { output_padding: padding } : {}),
  });
}

/** Gradient of a convolution with respect to its kernel. */
export function kernelGradient(ops: Ops, convolution: Convolution): Value {
  const { kernel, dy } = convolution;
  const { axes, group } = geometry(convolution);
  const [out, perGroup] = [kernel.shape[0] as number, kernel.shape[1] as number];
  const window = axes.map((axis) => axis.kernel);
  const spatial = axes.map((_, index) => index);
  const padded = ops.pad(convolution.x, [
    ...[0, 0, ...axes.map((axis) => axis.padBefore)],
    ...[0, 0, ...axes.map((axis) => axis.padAfter)],
  ]);
  if (group > 1 && perGroup === 1 && out === group) {
    // One channel in, one out: products summed tap by tap, for matrices would be of one row.
    const sums = taps(window).map((tap) => {
      const seen = tapSlice(ops, padded, tap, convolution);
      return ops.sum(ops.mul(dy, seen), [0, ...spatial.map((axis) => axis + 2)], 0);
    });
    const columns = sums.map((sum) => ops.reshape(sum, [out, 1]));
    return ops.reshape(concat(ops, columns, 1), [out, 1, ...window]);
  }
  // Channels first of all, so that batch and space together are the depth of one matrix product.
  const swap = [1, 0, ...spatial.map((axis) => axis + 2)];
  const left = ops.transpose(dy, swap);
  const swapped = ops.transpose(padded, swap);
  const seen = taps(window).map((tap) => tapSlice(ops, swapped, tap, convolution));
  const order = [0, axes.length + 1, ...spatial.map((axis) => axis + 1)];
  if (group === 1) {
    const rows = ops.reshape(concat(ops, seen, 0), [seen.length * perGroup, -1]);
    const product = ops.gemm([ops.reshape(left, [out, -1]), rows], { transB: 1 });
    return ops.transpose(ops.reshape(product, [out, ...window, perGroup]), order);
  }
  const grouped = seen.map((tap) => ops.reshape(tap, [group, perGroup, -1]));
  const rows = concat(ops, grouped, 1);
  const product = ops.matMul(ops.reshape(left, [group, out / group, -1]), ops.transposeMatrix(rows));
  return ops.transpose(ops.reshape(product, [out, ...window, perGroup]), order);
}

function geometry({ kernel, attributes }: Convolution): { axes: WindowAxis[]; group: number } {
  return {
    axes: windowAxes(kernel.shape.slice(2) as number[], attributes),
    group: attributes.group ?? 1,
  };
}

function extent({ kernel, dilation }: WindowAxis): number {
  return (kernel - 1) * dilation + 1;
}

/** `[M, C / g, ...]` to `[C, M / g, ...]`, spatially reversed: the kernel that carries gradients back. */
function flipped(ops: Ops, kernel: Value, group: number): Value {
  const [out, perGroup, ...window] = kernel.shape as readonly number[];
  const axes = window.map((_, index) => index + 2).filter((axis) => kernel.shape[axis] !== 1);
  const turned =
    axes.length === 0
      ? kernel
      : ops.slice(
          kernel,
          axes,
          axes.map(() => -1),
          axes.map(() => -(2 ** 31)),
          axes.map(() => -1),
        );
  if (group === 1) return ops.transpose(turned, [1, 0, ...window.map((_, index) => index + 2)]);
  if (out === group && perGroup === 1) return turned;
  const split = ops.reshape(turned, [group, out! / group, perGroup!, ...window]);
  const exchanged = ops.transpose(split, [0, 2, 1, ...window.map((_, index) => index + 3)]);
  return ops.reshape(exchanged, [group * perGroup!, out! / group, ...window]);
}

/** All positions in a window, row-major. */
function taps(window: readonly number[]): number[][] {
  return window.reduce<number[][]>(
    (all, size) => all.flatMap((tap) => Array.from({ length: size }, (_, i) => [...tap, i])),
    [[]],
  );
}

/** What one tap of the kernel saw of the padded input: as many rows and columns as the output has. */
function tapSlice(ops: Ops, padded: Value, tap: readonly number[], convolution: Convolution): Value {
  const { axes } = geometry(convolution);
  const sizes: Shape = convolution.dy.shape.slice(2);
  const starts = axes.map((axis, index) => tap[index]! * axis.dilation);
  const ends = axes.map((axis, index) => {
    const size = sizes[index]!;
    if (typeof size === 'number') return starts[index]! + (size - 1) * axis.stride + 1;
    if (axis.stride > 1) {
      throw convolution.refuse('has no gradient at this stride for images of unknown size');
    }
    const rest = extent(axis) - 1 - starts[index]!;
    return rest === 0 ? 2 ** 31 - 1 : -rest;
  });
  const whole = axes.every((axis, index) => axis.kernel === 1 && axis.stride === 1 && starts[index] === 0);
  if (whole) return padded;
  const strides = axes.map((axis) => axis.stride);
  const spatial = axes.map((_, index) => index + 2);
  const plain = strides.every((stride) => stride === 1);
  return ops.slice(padded, spatial, starts, ends, plain ? undefined : strides);
}

function concat(ops: Ops, parts: readonly Value[], axis: number): Value {
  return parts.length === 1 ? parts[0]! : ops.concat(parts, axis);
}
