/** @file A convolution with space first: the taps side by side, and one matrix product over batch and space. */

import type { Value } from '../../graph/graph.ts';
import type { WindowAxis } from '../../graph/shape-rules-window.ts';
import type { Emitter } from '../emitter.ts';
import type { Shortcut } from '../shortcut.ts';
import { type Strips, stripKernelGradient, stripProducts, stripsOf, turned } from './strips.ts';

export interface SpatialConvolution {
  /** `[H, W, N, C]`, H and W known. */
  readonly x: Value;
  /** `[h * w * C, M]`: rows in the order of the taps, then of the channels. */
  readonly kernel: Value;
  /** `[M]`. */
  readonly bias: Value | undefined;
  readonly axes: readonly [WindowAxis, WindowAxis];
  /** Height and width of the output. */
  readonly size: readonly [number, number];
}

/**
 * `[H', W', N, M]`.
 *
 * The shortcut is for stride 1: the gradient of x is the convolution of dy with the turned kernel, taken in this same
 * form. The rules of the single operators would add up one padded slice a tap.
 */
export function emitConvolution(
  emit: Emitter,
  convolution: SpatialConvolution,
): { readonly y: Value; readonly shortcut: Shortcut | undefined } {
  const { x, kernel, bias, axes, size } = convolution;
  const out = kernel.shape[1] as number;
  const strips = stripsOf(axes, [x.shape[0] as number, x.shape[1] as number], size);
  if (strips !== undefined) return emitByStrips(emit, convolution, strips);
  const columns = tapColumns(emit, x, axes, size, false);
  const product = emit.builder.op('Gemm', bias === undefined ? [columns, kernel] : [columns, kernel, bias]);
  const y = emit.reshape(product, [...size, -1, out]);
  if (axes.some(({ stride }) => stride !== 1)) return { y, shortcut: undefined };
  const inputs = bias === undefined ? [x, kernel] : [x, kernel, bias];
  const rule: Shortcut['rule'] = (_, dy) => {
    const rows = emit.reshape(dy, [-1, out]);
    return [
      () => dataGradient(emit, convolution, dy),
      () => emit.builder.op('Gemm', [columns, rows], { transA: 1 }),
      () => emit.sum(rows, [0], 0),
    ];
  };
  return { y, shortcut: { output: y, inputs, rule } };
}

function emitByStrips(
  emit: Emitter,
  { x, kernel, bias }: SpatialConvolution,
  strips: Strips,
): { readonly y: Value; readonly shortcut: Shortcut } {
  const [channels, out] = [x.shape[3] as number, kernel.shape[1] as number];
  const y = stripProducts(emit, strips, { x, kernel, bias });
  const inputs = bias === undefined ? [x, kernel] : [x, kernel, bias];
  const rule: Shortcut['rule'] = (_, dy) => [
    () => {
      const back = turnedKernel(emit, kernel, strips.taps, channels);
      return stripProducts(emit, turned(strips), { x: dy, kernel: back, bias: undefined });
    },
    () => stripKernelGradient(emit, strips, x, dy),
    () => emit.sum(emit.reshape(dy, [-1, out]), [0], 0),
  ];
  return { y, shortcut: { output: y, inputs, rule } };
}

/** `[taps * C, M]` to `[taps * M, C]`. */
function turnedKernel(emit: Emitter, kernel: Value, taps: number, channels: number): Value {
  const out = kernel.shape[1] as number;
  const exchanged = emit.transpose(emit.reshape(kernel, [taps, channels, out]), [0, 2, 1]);
  return emit.reshape(exchanged, [taps * out, channels]);
}

function dataGradient(emit: Emitter, { x, kernel, axes }: SpatialConvolution, dy: Value): Value {
  const [height, width, , channels] = x.shape as readonly number[];
  const taps = axes[0].kernel * axes[1].kernel;
  const back = axes.map((axis) => {
    const reach = (axis.kernel - 1) * axis.dilation;
    return { ...axis, padBefore: reach - axis.padBefore, padAfter: reach - axis.padAfter };
  }) as [WindowAxis, WindowAxis];
  // The taps in reverse stand for the turned kernel, so that only its channels have to change places.
  const columns = tapColumns(emit, dy, back, [height!, width!], true);
  if (taps === 1) {
    return emit.reshape(emit.builder.op('Gemm', [columns, kernel], { transB: 1 }), [
      height!,
      width!,
      -1,
      channels!,
    ]);
  }
  const product = emit.builder.op('Gemm', [columns, turnedKernel(emit, kernel, taps, channels!)]);
  return emit.reshape(product, [height!, width!, -1, channels!]);
}

/** What every tap of the window sees, side by side: `[H' * W' * N, h * w * C]`. */
function tapColumns(
  emit: Emitter,
  x: Value,
  axes: readonly [WindowAxis, WindowAxis],
  size: readonly [number, number],
  reversed: boolean,
): Value {
  const [rows, columns] = axes;
  const padded = emit.pad(x, [
    rows.padBefore,
    columns.padBefore,
    0,
    0,
    rows.padAfter,
    columns.padAfter,
    0,
    0,
  ]);
  const seen: Value[] = [];
  for (let i = 0; i < rows.kernel; i++) {
    for (let j = 0; j < columns.kernel; j++) seen.push(tap(emit, padded, axes, size, [i, j]));
  }
  if (reversed) seen.reverse();
  const together = seen.length === 1 ? seen[0]! : emit.builder.op('Concat', seen, { axis: 3 });
  return emit.reshape(together, [-1, seen.length * (x.shape[3] as number)]);
}

function tap(
  emit: Emitter,
  padded: Value,
  axes: readonly [WindowAxis, WindowAxis],
  size: readonly [number, number],
  position: readonly [number, number],
): Value {
  const cut = axes.flatMap(({ stride, dilation }, axis) => {
    const start = position[axis]! * dilation;
    const end = start + (size[axis]! - 1) * stride + 1;
    const whole = start === 0 && stride === 1 && end === padded.shape[axis];
    return whole ? [] : [{ axis, start, end, stride }];
  });
  if (cut.length === 0) return padded;
  return emit.slice(
    padded,
    cut.map(({ axis }) => axis),
    cut.map(({ start }) => start),
    cut.map(({ end }) => end),
    cut.every(({ stride }) => stride === 1) ? undefined : cut.map(({ stride }) => stride),
  );
}
