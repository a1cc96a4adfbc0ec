/** @file The session that runs a frozen part. */

import type { Graph } from '../graph/graph.ts';
import { speedUp } from '../graph/passes/speed-up.ts';
import { createSession } from '../runtime/node-session.ts';
import type { Session } from '../runtime/session.ts';

/**
 * Makes a session from a graph that nobody will read: rewritten for speed, so that it gives the same to within float32's rounding.
 *
 * @param graph - Simplified.
 * @param threads - Default: as many as the machine offers.
 * @throws {GraftError} `runtime`, if ONNX Runtime refuses the graph.
 */
export function createFrozenSession(graph: Graph, threads?: number): Promise<Session> {
  return createSession(speedUp(graph), threads === undefined ? {} : { threads });
}
