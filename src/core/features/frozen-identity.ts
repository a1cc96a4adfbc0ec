/** @file What identifies a frozen network: a hash of all that it computes. */

import type { Graph } from '../graph/graph.ts';
import { platform } from '../runtime/platform.ts';

/** Raised when the same graph would give other features: another decoder, other rounding. */
const FEATURES_VERSION = 3;

/**
 * SHA-256 of a graph's operators, constants and outputs, and of what else is said, as 64 hexadecimal digits.
 *
 * @param beside - What determines the features beside the graph: the changes of a view, the seed.
 */
export function frozenIdentity(graph: Graph, beside: Readonly<Record<string, unknown>> = {}): string {
  const hash = platform.sha256();
  const { inputs, outputs, nodes } = graph;
  hash.update(JSON.stringify({ version: FEATURES_VERSION, beside, inputs, outputs, nodes }, plain));
  for (const [name, { dtype, shape, data }] of graph.constants) {
    hash.update(JSON.stringify({ name, dtype, shape }));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.hex();
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
