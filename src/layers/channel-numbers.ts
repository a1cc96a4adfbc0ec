/** @file One number a channel, shaped so that it spreads over a value in either layout. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { Layout } from './layer.ts';

/** `[C]` for a plain value, `[C, 1, 1]` for an image in NCHW. */
export function perChannel(builder: GraphBuilder, numbers: Value, layout: Layout): Value {
  if (layout === 'plain') return numbers;
  return builder.op('Reshape', [numbers, builder.integers([-1, 1, 1])]);
}
