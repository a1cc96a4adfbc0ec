/** @file One vector for a text from those of its windows. */

import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { ValuesOf } from './option-table.ts';
import { emitCounts, emitWindowCount, WINDOW_OPTIONS } from './window-sizes.ts';

export interface WindowPooling extends ValuesOf<typeof WINDOW_OPTIONS> {}

/**
 * `[vectors, ids]`, `[N * K, D]` of the windows and `[N, S]` that they were cut from, to `[N, D]`: the mean of a text's windows, each by
 * its number of tokens. Windows that have no token which the one before has not count nothing; the vector of a text of one window stays as it is,
 * to the bit.
 */
export class WindowPooling extends LayerWithOptions<typeof WINDOW_OPTIONS> {
  static readonly className = 'WindowPooling';
  static readonly onlyInGraft = true;
  static override readonly options: typeof WINDOW_OPTIONS = WINDOW_OPTIONS;

  override get changesRows(): 'joins' {
    return 'joins';
  }

  protected override outputShape([vectors]: readonly LayerShape[]): LayerShape {
    return [null, vectors![1]!];
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { room, stride, prefix, suffix } = this;
    const around = prefix.length + suffix.length;
    const [vectors, ids] = inputs.map((each) => asPlain(ops, each)) as [Lowered['value'], Lowered['value']];
    const scalar = (value: number): Lowered['value'] => ops.squeeze(ops.integers([value]), [0]);
    const windowCount = ops.squeeze(emitWindowCount(ops, ids, this), [0]);
    const windows = ops.unsqueeze(ops.range(scalar(0), windowCount, scalar(1)), [0]);
    const count = ops.max(ops.sub(emitCounts(ops, ids), ops.integers([around])), ops.integers([0]));
    // Tokens from a window's beginning on: `[N, K]`.
    const from = ops.sub(count, ops.mul(windows, ops.integers([stride])));
    const own = ops.min(ops.max(from, ops.integers([0])), ops.integers([room]));
    const overlap = ops.integers([Math.max(room - stride, 0)]);
    const isFirst = ops.less(windows, ops.integers([1]));
    const counts = ops.op('Where', [ops.greater(from, overlap), own, ops.integers([0])]);
    // A text without a token, or of few, has its first window all the same.
    const whole = ops.op('Where', [isFirst, ops.max(own, ops.integers([1])), counts]);
    const weights = ops.cast(whole, 'float32');
    const fractions = ops.div(weights, ops.sum(weights, [1], 1));
    const width = vectors.shape[1] as number;
    const sizes = ops.concat([ops.sizeOf(ids, 0), ops.integers([-1, width])], 0);
    const grouped = ops.op('Reshape', [vectors, sizes], {});
    const value = ops.squeeze(ops.matMul(ops.unsqueeze(fractions, [1]), grouped), [1]);
    return { value, layout: 'plain' };
  }
}
