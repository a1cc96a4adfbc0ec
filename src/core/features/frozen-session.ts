/** @file The session that runs a frozen part. */

import type { Graph } from '../graph/graph.ts';
import { speedUp } from '../graph/passes/speed-up.ts';
import { type CreateSessionOptions, createSession } from '../runtime/create-session.ts';
import type { Session } from '../runtime/session.ts';

/**
 * Makes a session from a graph that nobody will read: rewritten for speed, so that it gives the same to within float32's rounding.
 *
 * @param graph - Simplified.
 * @throws {GraftError} `runtime`, if ONNX Runtime refuses the graph.
 */
export function createFrozenSession(
  graph: Graph,
  options: Pick<CreateSessionOptions, 'threads' | 'runtime' | 'sideBySide'> = {},
): Promise<Session> {
  return createSession(speedUp(graph), options);
}
