/**
 * @file A convolution along one axis, 1 x 7 or 7 x 1, strip by strip: one product for each output position along the
 * axis, over the taps that see the picture there. On a map as small as the window a quarter of all taps sees nothing
 * but padding, and is left out.
 */

import type { Value } from '../../graph/graph.ts';
import type { WindowAxis } from '../../graph/shape-rules-window.ts';
import type { Emitter } from '../emitter.ts';

/** Where it pays: the share of taps in the padding makes up for products that are smaller. */
const LEAST_PADDING = 0.1;

export interface Strips {
  /** 0 for height, 1 for width. */
  readonly axis: 0 | 1;
  readonly taps: number;
  /** Positions of the input and of the output along the axis. */
  readonly from: number;
  readonly to: number;
  /** The input position that a tap sees at an output position; outside of the input, padding. */
  readonly seenAt: (output: number, tap: number) => number;
}

/** The convolution's strips; undefined where the window has two axes, strides, or too little padding. */
export function stripsOf(
  axes: readonly [WindowAxis, WindowAxis],
  from: readonly [number, number],
  to: readonly [number, number],
): Strips | undefined {
  const long = axes.findIndex(({ kernel }) => kernel > 1) as 0 | 1 | -1;
  if (long === -1) return undefined;
  const across = axes[1 - long]!;
  const { kernel: taps, stride, dilation, padBefore } = axes[long]!;
  if (across.kernel > 1 || across.padBefore + across.padAfter !== 0) return undefined;
  if (stride !== 1 || across.stride !== 1) return undefined;
  const strips: Strips = {
    axis: long,
    taps,
    from: from[long]!,
    to: to[long]!,
    seenAt: (output, tap) => output + tap * dilation - padBefore,
  };
  const seen = Array.from({ length: strips.to }, (_, output) => tapsAt(strips, output).length);
  const total = seen.reduce((a, b) => a + b, 0);
  const reached = Array.from({ length: strips.from }, (_, input) => tapsAt(turned(strips), input).length);
  if (seen.includes(0) || reached.includes(0)) return undefined;
  return total <= (1 - LEAST_PADDING) * taps * strips.to ? strips : undefined;
}

/** The way back: which output positions an input position went into. */
export function turned(strips: Strips): Strips {
  const { axis, taps, from, to, seenAt } = strips;
  return { axis, taps, from: to, to: from, seenAt: (input, tap) => input - seenAt(0, tap) };
}

/**
 * `[H', W', N, M]` from x `[H, W, N, C]` and a kernel `[taps * C, M]`, with a bias `[M]` or none.
 */
export function stripProducts(
  emit: Emitter,
  strips: Strips,
  { x, kernel, bias }: { readonly x: Value; readonly kernel: Value; readonly bias: Value | undefined },
): Value {
  const { axis } = strips;
  const [channels, out] = [x.shape[3] as number, kernel.shape[1] as number];
  const slices = Array.from({ length: strips.from }, (_, at) => emit.slice(x, [axis], [at], [at + 1]));
  const shape = [x.shape[0] as number, x.shape[1] as number, -1, out];
  shape[axis] = 1;
  const rows = Array.from({ length: strips.to }, (_, output) => {
    const taps = tapsAt(strips, output);
    const parts = taps.map((tap) => slices[strips.seenAt(output, tap)]!);
    const together = parts.length === 1 ? parts[0]! : emit.builder.op('Concat', parts, { axis: 3 });
    const matrix = emit.reshape(together, [-1, taps.length * channels]);
    const whole = taps.length === strips.taps;
    const [first, last] = [taps[0]! * channels, (taps.at(-1)! + 1) * channels];
    const weights = whole ? kernel : emit.slice(kernel, [0], [first], [last]);
    const operands = bias === undefined ? [matrix, weights] : [matrix, weights, bias];
    return emit.reshape(emit.builder.op('Gemm', operands), shape);
  });
  return rows.length === 1 ? rows[0]! : emit.builder.op('Concat', rows, { axis });
}

/** Gradient of the kernel, `[taps * C, M]`: for each tap one product, over the positions where it saw the picture. */
export function stripKernelGradient(emit: Emitter, strips: Strips, x: Value, dy: Value): Value {
  const { axis, taps, to, seenAt } = strips;
  const [channels, out] = [x.shape[3] as number, dy.shape[3] as number];
  const slopes = Array.from({ length: taps }, (_, tap) => {
    const outputs = Array.from({ length: to }, (__, output) => output).filter((output) =>
      tapsAt(strips, output).includes(tap),
    );
    const [first, last] = [outputs[0], outputs.at(-1)];
    if (first === undefined || last === undefined) {
      return emit.builder.op('ConstantOfShape', [emit.builder.integers([channels, out])], {
        value: 0,
        dtype: x.dtype,
      });
    }
    const seen = emit.slice(x, [axis], [seenAt(first, tap)], [seenAt(last, tap) + 1]);
    const slope = emit.slice(dy, [axis], [first], [last + 1]);
    return emit.builder.op('Gemm', [emit.reshape(seen, [-1, channels]), emit.reshape(slope, [-1, out])], {
      transA: 1,
    });
  });
  return emit.builder.op('Concat', slopes, { axis: 0 });
}

/** The taps that see the picture at an output position: a row without gaps. */
function tapsAt({ taps, from, seenAt }: Strips, output: number): number[] {
  return [...Array(taps).keys()].filter((tap) => {
    const at = seenAt(output, tap);
    return at >= 0 && at < from;
  });
}
