/** @file Weights from files that a page has. */

import { plainReaders } from '../core/weights/plain-readers.ts';
import { readWeightFiles, type WeightFiles } from '../core/weights/read-weight-files.ts';
import type { WeightFile } from '../core/weights/weight-file.ts';

/**
 * Reads weights of Keras (`.h5`, `.weights.h5`, `.keras`), TFLite, safetensors or TensorFlow.js. What a file begins with
 * decides; its ending only where that says nothing. All is done in the caller's thread, in which a hostile file may take as
 * long as it likes: read files of strangers in a worker.
 *
 * @param files - The bytes of a file; or files by name: one, or a `model.json` of TensorFlow.js and its shards.
 * @throws {GraftError} `argument`, if it is none of these; `file-not-found`, if a shard is not among them; `weights`, if it is
 *   damaged.
 */
export function readWeights(files: WeightFiles): Promise<WeightFile> {
  return readWeightFiles(files, plainReaders);
}
