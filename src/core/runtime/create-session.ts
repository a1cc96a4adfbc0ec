/** @file Makes a session from a graph or from a file's bytes, on the runtime that is given. */

import type { Graph } from '../graph/graph.ts';
import { encodeModel } from '../onnx/encoder.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { platform } from './platform.ts';
import type { RuntimeOptions } from './runtime.ts';
import type { Session, SessionOptions } from './session.ts';

/** How a session runs, and on which machine. */
export interface CreateSessionOptions extends SessionOptions, RuntimeOptions {}

/**
 * Makes a session from a graph, or from the bytes of an .onnx file.
 *
 * @throws {GraftError} `runtime`, if ONNX Runtime refuses the model; `memory`, if there is too little for it.
 */
export function createSession(
  model: Graph | Uint8Array,
  { runtime = platform, ...options }: CreateSessionOptions = {},
): Promise<Session> {
  return model instanceof Uint8Array
    ? runtime.createSession(model, 'model', options)
    : runtime.createSession(encodeModel(model), `model "${model.name}"`, options);
}

/** Runs a graph once: for tests, and for constants that are worked out at build time. */
export async function evaluateGraph(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>> = {},
  options: CreateSessionOptions = { threads: 1 },
): Promise<Record<string, Tensor>> {
  const session = await createSession(graph, options);
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}
