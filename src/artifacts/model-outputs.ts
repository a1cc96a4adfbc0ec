/** @file What comes out of a run of a model file, checked against what the file says. */

import type { Tensor } from '../core/tensor/tensor.ts';
import type { ModelFile, TextModelFile } from './decode-model-file.ts';
import { modelFileError } from './model-info.ts';
import { SIMILARITY_OUTPUT } from './model-output.ts';
import { CHANGED_ADVICE } from './model-session.ts';

/** What a model gives for some examples. */
export interface ModelOutputs {
  /** Probabilities of classes or labels, or values: `[count, classes]`, row-major. */
  readonly outputs: Float32Array;
  /** `[count]`, in [-1, 1]: how like each is to the training examples; undefined where the file does not tell. */
  readonly similarities?: Float32Array | undefined;
}

/**
 * @param noun - `images`, for messages.
 * @throws {GraftError} `model-file`: the file's shapes were compared when it was opened, but rows of another width would be other
 *   examples' results.
 */
export function readOutputs(
  { path, info, graph }: ModelFile | TextModelFile,
  results: Readonly<Record<string, Tensor>>,
  count: number,
  noun: string,
): ModelOutputs {
  const outputs = results[graph.outputs[0]!.name]!.data as Float32Array;
  const similarities = results[SIMILARITY_OUTPUT]?.data as Float32Array | undefined;
  requireLength(outputs, count * info.classNames.length);
  if (similarities !== undefined) requireLength(similarities, count);
  return { outputs, similarities };

  function requireLength({ length }: Float32Array, wanted: number): void {
    if (length === wanted) return;
    throw modelFileError(path, `${wanted} numbers for ${count} ${noun}`, `${length}`, CHANGED_ADVICE);
  }
}
