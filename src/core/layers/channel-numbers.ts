/** @file One number a channel, shaped so that it spreads over a value in either layout. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Layout } from './layer.ts';

/** `[C]` for a plain value, `[C, 1, 1]` for an image in NCHW. */
export function perChannel(ops: Ops, numbers: Value, layout: Layout): Value {
  if (layout === 'plain') return numbers;
  return ops.reshape(numbers, [-1, 1, 1]);
}
