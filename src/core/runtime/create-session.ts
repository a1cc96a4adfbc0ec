/** @file Makes a session from a graph or from a file's bytes, on the runtime that is given. */

import type { Graph } from '../graph/graph.ts';
import { padLeadingDimensions } from '../graph/passes/pad-leading-dimensions.ts';
import { encodeModel } from '../onnx/encoder.ts';
import { placeOf } from '../tensor/stored-tensor.ts';
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
  if (model instanceof Uint8Array) return runtime.createSession(model, 'model', options);
  const filesFolder = runtime.readsFiles === true ? folderOf(model) : undefined;
  const namesFiles = filesFolder !== undefined;
  const bytes = encodeModel(namesFiles ? padLeadingDimensions(model) : model, { namesFiles });
  const given = { ...options, filesFolder, mayTakeModel: true };
  return runtime.createSession(bytes, `model "${model.name}"`, given);
}

/** The folder of the stored constants, if all have the same one. */
function folderOf({ constants }: Graph): string | undefined {
  const places = [...constants.values()].flatMap((constant) => placeOf(constant) ?? []);
  const [folder, ...others] = new Set(places.map((place) => place.folder));
  return others.length === 0 ? folder : undefined;
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
