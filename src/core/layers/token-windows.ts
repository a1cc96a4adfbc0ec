/** @file A long text as windows of a network's length that overlap, each a row of its own. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import { asPlain } from './layout.ts';
import type { ValuesOf } from './option-table.ts';
import { emitPlaces } from './position-embedding.ts';
import { emitCounts, emitWindowCount, WINDOW_OPTIONS } from './window-sizes.ts';

export interface TokenWindows extends ValuesOf<typeof WINDOW_OPTIONS> {}

/**
 * Ids `[N, S]`, padded with -1, to windows `[N * K, W]`, those of a text one after another: K windows of at most `room` ids, a
 * new one every `stride` ids, with prefix and suffix around each. A text that fits is one window and stays as it is; what others of its
 * batch have more of is windows without a token, which `WindowPooling` passes over. It gives more rows than it takes, which no layer of
 * Keras does: so it is none of `layers`, and stands in models that `inWindows` makes.
 */
export class TokenWindows extends LayerWithOptions<typeof WINDOW_OPTIONS> {
  static readonly className = 'TokenWindows';
  static readonly onlyInGraft = true;
  static override readonly options: typeof WINDOW_OPTIONS = WINDOW_OPTIONS;

  override get changesRows(): 'splits' {
    return 'splits';
  }

  protected override outputShape(): LayerShape {
    return [null, null];
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { room, stride, prefix, suffix } = this;
    const around = prefix.length + suffix.length;
    const ids = asPlain(ops, inputs[0]!);
    const content = contentOf(ops, ids, prefix.length, suffix.length);
    const windowCount = emitWindowCount(ops, ids, this);
    const scalar = (value: Value): Value => ops.squeeze(value, [0]);
    const zero = scalar(ops.integers([0]));
    const one = scalar(ops.integers([1]));
    // As wide as the longest: a batch of short texts is filled up no further.
    const contentSize = ops.sub(ops.sizeOf(ids, 1), ops.integers([around]));
    const width = ops.max(ops.min(contentSize, ops.integers([room])), ops.integers([0]));
    const starts = ops.mul(ops.range(zero, scalar(windowCount), one), ops.integers([stride]));
    const places = ops.range(zero, scalar(width), one);
    const indices = ops.add(ops.unsqueeze(starts, [1]), ops.unsqueeze(places, [0]));
    // Behind the end of the longest text there is padding to be taken for the rest of its last window.
    const batch = ops.sizeOf(ids, 0);
    const padding = ops.expand(ops.integers([-1]), ops.concat([batch, ops.integers([room])], 0));
    const cut = ops.gather(ops.concat([content, padding], 1), indices, 1);
    const rows = ops.op('Reshape', [cut, ops.concat([ops.integers([-1]), width], 0)], { allowzero: 1 });
    return { value: withAround(ops, rows, prefix, suffix), layout: 'plain' };
  }
}

/** The ids without what stands around them. */
function contentOf(ops: Ops, ids: Value, before: number, behind: number): Value {
  if (before + behind === 0) return ids;
  const end = ops.sub(emitCounts(ops, ids), ops.integers([behind]));
  const isBefore = ops.less(ops.unsqueeze(emitPlaces(ops, ids), [0]), end);
  const kept = ops.op('Where', [isBefore, ids, ops.integers([-1])]);
  return ops.slice(kept, [1], [before], [2 ** 31 - 1]);
}

function withAround(ops: Ops, rows: Value, prefix: readonly number[], suffix: readonly number[]): Value {
  const beside = (ids: readonly number[]): Value =>
    ops.expand(
      ops.unsqueeze(ops.integers(ids), [0]),
      ops.concat([ops.sizeOf(rows, 0), ops.integers([ids.length])], 0),
    );
  const parts = [
    ...(prefix.length > 0 ? [beside(prefix)] : []),
    rows,
    ...(suffix.length > 0 ? [beside(suffix.map(() => -1))] : []),
  ];
  if (parts.length === 1) return rows;
  const wide = ops.concat(parts, 1);
  const places = ops.unsqueeze(emitPlaces(ops, wide), [0]);
  const ends = ops.add(emitCounts(ops, rows), ops.integers([prefix.length]));
  return suffix.reduce(
    (value, id, index) =>
      ops.op('Where', [ops.equal(places, ops.add(ends, ops.integers([index]))), ops.integers([id]), value]),
    wide,
  );
}
