/** @file A convolution with space first: the taps side by side, and one matrix product over batch and space. */

import type { Value } from '../../graph/graph.ts';
import type { Ops } from '../../graph/ops.ts';
import type { Shortcut } from '../shortcut.ts';
import type { RowGatherer } from './gathered-rows.ts';
import { invertPositions, type Pair, seenPositions, type WindowAxes } from './positions.ts';

export interface SpatialConvolution {
  /** `[H, W, N, C]`, H and W known. */
  readonly x: Value;
  /** `[h * w * C, M]`: rows in the order of the taps, then of the channels. */
  readonly kernel: Value;
  /** `[M]`. */
  readonly bias: Value | undefined;
  readonly axes: WindowAxes;
  /** Height and width of the output. */
  readonly size: Pair;
}

/**
 * `[H', W', N, M]`.
 *
 * The shortcut brings the gradient of x back by gathering, too: the rules of the single operators would scatter it row
 * by row.
 */
export function emitConvolution(
  ops: Ops,
  rows: RowGatherer,
  { x, kernel, bias, axes, size }: SpatialConvolution,
): { readonly y: Value; readonly shortcut: Shortcut } {
  const [height, width, , channels] = x.shape as readonly number[];
  const positions = height! * width!;
  const [taps, out] = [axes[0].kernel * axes[1].kernel, kernel.shape[1] as number];
  const seen = seenPositions(axes, [height!, width!], size);
  const gathered = rows.gather(rows.padded(ops.reshape(x, [positions, -1, channels!]), seen), seen);
  const columns = ops.reshape(gathered, [-1, taps * channels!]);
  const product = ops.gemm(bias === undefined ? [columns, kernel] : [columns, kernel, bias]);
  const y = ops.reshape(product, [...size, -1, out]);
  const rule: Shortcut['rule'] = (_, dy) => {
    const slopes = ops.reshape(dy, [-1, out]);
    const dataGradient = (): Value => {
      // What every tap gives back to the position that it saw, and then the sum of what arrives there.
      const takers = invertPositions(seen, positions);
      const padded = rows.padded(ops.reshape(dy, [seen.length, -1, out]), takers);
      const given = ops.gemm([ops.reshape(padded, [-1, out]), kernel], { transB: 1 });
      const back = ops.reshape(given, [padded.shape[0] as number, -1, taps * channels!]);
      const arrived = rows.gather(back, takers, taps);
      const dx = takers[0]!.length === 1 ? arrived : ops.sum(arrived, [2], 0);
      return ops.reshape(dx, [height!, width!, -1, channels!]);
    };
    return [dataGradient, () => ops.gemm([columns, slopes], { transA: 1 }), () => ops.sum(slopes, [0], 0)];
  };
  return { y, shortcut: { output: y, inputs: bias === undefined ? [x, kernel] : [x, kernel, bias], rule } };
}
