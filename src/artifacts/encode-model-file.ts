/** @file The bytes of a model file, with a checksum of all that is in it. */

import type { Graph } from '../core/graph/graph.ts';
import { encodeWithChecksum } from '../core/weights/model-checksum.ts';
import { LAYERS_KEY, type ModelFile, TRAINING_IMAGES_KEY } from './decode-model-file.ts';
import { encodeModelInfo, type ModelInfo } from './model-info.ts';
import { requireInterface } from './model-interface.ts';

/**
 * Encodes a model file, in parts.
 *
 * @param path - What messages call it.
 * @param graph - Input `image`: uint8 RGB `[N, height, width, 3]`; output `probabilities`: float32 `[N, classes]`.
 * @throws {GraftError} `model-file`, if the graph is not what `info` says.
 */
export function encodeModelFile(
  path: string,
  graph: Graph,
  info: ModelInfo,
  { trainingImages, layers }: Pick<ModelFile, 'trainingImages' | 'layers'> = {},
): Uint8Array[] {
  requireInterface(path, info, graph);
  const filter = trainingImages === undefined ? {} : { [TRAINING_IMAGES_KEY]: trainingImages };
  const kept = layers === undefined ? {} : { [LAYERS_KEY]: layers };
  const metadata = { ...encodeModelInfo(info), ...filter, ...kept };
  return encodeWithChecksum(graph, { metadata, producerVersion: info.graftVersion });
}
