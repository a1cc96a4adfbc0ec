/** @file Windows over small maps as matrices over space: which input position each output position reads. */

import type { Value } from '../../graph/graph.ts';
import type { Ops } from '../../graph/ops.ts';
import { floats, type Tensor } from '../../tensor/tensor.ts';
import type { Shortcut } from '../shortcut.ts';
import { PADDING, type Pair, seenPositions, type WindowAxes } from './positions.ts';

/** Of `from` times `to` positions: larger matrices cost more than they save. */
export const MAX_POSITION_PAIRS = 4096;

export function isSmallWindow(from: Pair, to: Pair): boolean {
  return from[0] * from[1] * to[0] * to[1] <= MAX_POSITION_PAIRS;
}

/** `[h * w, H' * W', H * W]`: for each tap, 1 where an output position reads an input position through it. */
function tapMatrices(axes: WindowAxes, from: Pair, to: Pair): Tensor<'float32'> {
  const taps = axes[0].kernel * axes[1].kernel;
  const [outputs, inputs] = [to[0] * to[1], from[0] * from[1]];
  const numbers = new Float32Array(taps * outputs * inputs);
  seenPositions(axes, from, to).forEach((seen, output) => {
    seen.forEach((input, tap) => {
      if (input !== PADDING) numbers[(tap * outputs + output) * inputs + input] = 1;
    });
  });
  return floats([taps, outputs, inputs], numbers);
}

export interface SpatialPool {
  /** `[H, W, N, C]`. */
  readonly x: Value;
  readonly axes: WindowAxes;
  readonly size: Pair;
  /** Whether positions in the padding count. */
  readonly countsPads: boolean;
}

/** The mean of every window, `[H', W', N, C]`: one product with a constant matrix. */
export function emitAveragePool(ops: Ops, { x, axes, size, countsPads }: SpatialPool): Value {
  const from: Pair = [x.shape[0] as number, x.shape[1] as number];
  const [outputs, inputs] = [size[0] * size[1], from[0] * from[1]];
  const seen = tapMatrices(axes, from, size);
  const matrix = new Float32Array(outputs * inputs);
  seen.data.forEach((value, index) => {
    matrix[index % matrix.length]! += value;
  });
  for (let output = 0; output < outputs; output++) {
    const row = matrix.subarray(output * inputs, (output + 1) * inputs);
    const count = countsPads ? axes[0].kernel * axes[1].kernel : row.reduce((sum, value) => sum + value, 0);
    row.forEach((value, index) => {
      row[index] = value / count;
    });
  }
  const weights = ops.constant(floats([outputs, inputs], matrix), 'window_means');
  const product = ops.matMul(weights, ops.reshape(x, [inputs, -1]));
  return ops.reshape(product, [...size, -1, x.shape[3] as number]);
}

export interface SpatialDepthwise {
  /** `[H, W, N, C]`. */
  readonly x: Value;
  /** `[C, h * w]`. */
  readonly kernel: Value;
  readonly axes: WindowAxes;
  readonly size: Pair;
}

/**
 * A depthwise convolution, `[H', W', N, C]`: for each channel one matrix over space, made of the kernel's taps. Its
 * products are small, but there are few operations in all: 3 to 4 times as fast, back and forth, as ONNX Runtime's
 * kernel for groups.
 */
export function emitDepthwise(
  ops: Ops,
  { x, kernel, axes, size }: SpatialDepthwise,
): { readonly y: Value; readonly shortcut: Shortcut } {
  const from: Pair = [x.shape[0] as number, x.shape[1] as number];
  const [outputs, inputs] = [size[0] * size[1], from[0] * from[1]];
  const channels = x.shape[3] as number;
  const taps = axes[0].kernel * axes[1].kernel;
  const seen = tapMatrices(axes, from, size);
  const pattern = ops.constant(floats([taps, outputs * inputs], seen.data), 'window_taps');
  const matrix = ops.reshape(ops.gemm([kernel, pattern]), [channels, outputs, inputs]);
  /** `[P, Q, N, C]` to `[C, P * Q, N]`. */
  const byChannel = (image: Value, positions: number): Value => {
    const rows = ops.reshape(image, [positions, -1, channels]);
    return ops.transpose(rows, [2, 0, 1]);
  };
  const image = (value: Value, sides: Pair): Value =>
    ops.reshape(ops.transpose(value, [1, 2, 0]), [...sides, -1, channels]);
  const y = image(ops.matMul(matrix, byChannel(x, inputs)), size);
  const rule: Shortcut['rule'] = (_, dy) => [
    () => {
      const turned = transposedTaps(seen, taps, outputs, inputs);
      const back = ops.constant(floats([taps, inputs * outputs], turned), 'window_taps_back');
      const transposed = ops.reshape(ops.gemm([kernel, back]), [channels, inputs, outputs]);
      return image(ops.matMul(transposed, byChannel(dy, outputs)), from);
    },
    () => {
      // In two steps: the first moves whole rows, the second is a plain matrix; at once, it takes three times as long.
      const batchFirst = ops.transpose(ops.reshape(x, [inputs, -1, channels]), [1, 0, 2]);
      const rows = ops.transpose(ops.reshape(batchFirst, [-1, channels]), [1, 0]);
      const columns = ops.reshape(rows, [channels, -1, inputs]);
      const slopes = ops.matMul(byChannel(dy, outputs), columns);
      return ops.gemm([ops.reshape(slopes, [channels, outputs * inputs]), pattern], { transB: 1 });
    },
  ];
  return { y, shortcut: { output: y, inputs: [x, kernel], rule } };
}

function transposedTaps(
  { data }: Tensor<'float32'>,
  taps: number,
  rows: number,
  columns: number,
): Float32Array {
  const turned = new Float32Array(data.length);
  for (let tap = 0; tap < taps; tap++) {
    const start = tap * rows * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        turned[start + column * rows + row] = data[start + row * columns + column]!;
      }
    }
  }
  return turned;
}
