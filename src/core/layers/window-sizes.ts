/** @file How many windows a text has, and how many tokens: what cutting it and pooling it agree on. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { ValuesOf } from './option-table.ts';

/** Options of layers of windows. */
export const WINDOW_OPTIONS = {
  /** The most tokens of a window, without what stands around them. */
  room: { type: 'count' },
  /** Tokens from one window's first to the next one's: less than `room`, so that they overlap. */
  stride: { type: 'count' },
  /** Ids that stand before every text, and so before every window: `[CLS]`. */
  prefix: { type: 'integers' },
  /** Ids that stand behind: `[SEP]`. */
  suffix: { type: 'integers' },
} as const;

type WindowSizes = Pick<ValuesOf<typeof WINDOW_OPTIONS>, keyof typeof WINDOW_OPTIONS>;

/** Windows of the longest text of a batch: int64 `[1]`, at least 1. @param ids - `[N, S]`, what stands around included. */
export function emitWindowCount(ops: Ops, ids: Value, { room, stride, prefix, suffix }: WindowSizes): Value {
  const beyond = ops.sub(ops.sizeOf(ids, 1), ops.integers([prefix.length + room + suffix.length]));
  const rounded = ops.add(ops.max(beyond, ops.integers([0])), ops.integers([stride - 1]));
  return ops.add(ops.op('Div', [rounded, ops.integers([stride])]), ops.integers([1]));
}

/** How many of each row's ids are no padding: int64 `[N, 1]`. */
export function emitCounts(ops: Ops, ids: Value): Value {
  const isPadding = ops.less(ids, ops.integers([0]));
  return ops.sum(ops.cast(ops.not(isPadding), 'int64'), [1], 1);
}
