/** @file The bytes of a model file, with a checksum of all that is in it. */

import type { Graph } from '../core/graph/graph.ts';
import { encodeWithChecksum } from '../core/weights/model-checksum.ts';
import { LAYERS_KEY, type ModelFile, TOKENIZER_KEY, TRAINING_IMAGES_KEY } from './decode-model-file.ts';
import { type AnyModelInfo, encodeModelInfo } from './model-info.ts';
import { requireInterface } from './model-interface.ts';
import { ADAPTERS_KEY } from './stored-adapters.ts';

/** What a file has beside its model and what it says of itself. */
export interface BesideModel extends Pick<ModelFile, 'trainingImages' | 'layers'> {
  /** The tokenizer.json of a model of texts. */
  readonly tokenizer?: string | undefined;
  /** Adapters that are merged into its kernels, see `encodeAdapters`. */
  readonly adapters?: string | undefined;
}

/**
 * Encodes a model file, in parts.
 *
 * @param path - What messages call it.
 * @param graph - Input `image`: uint8 RGB `[N, height, width, 3]`, or `ids`: int64 `[N, S]`; output `probabilities`: float32
 *   `[N, classes]`.
 * @param onSha256 - Hears the SHA-256 of the file, as 64 hexadecimal digits.
 * @throws {GraftError} `model-file`, if the graph is not what `info` says.
 */
export function encodeModelFile(
  path: string,
  graph: Graph,
  info: AnyModelInfo,
  { trainingImages, layers, tokenizer, adapters }: BesideModel = {},
  onSha256?: (hex: string) => void,
): Uint8Array[] {
  requireInterface(path, info, graph);
  const filter = trainingImages === undefined ? {} : { [TRAINING_IMAGES_KEY]: trainingImages };
  const kept = layers === undefined ? {} : { [LAYERS_KEY]: layers };
  const texts = tokenizer === undefined ? {} : { [TOKENIZER_KEY]: tokenizer };
  const apart = adapters === undefined ? {} : { [ADAPTERS_KEY]: adapters };
  const metadata = { ...encodeModelInfo(info), ...filter, ...kept, ...texts, ...apart };
  return encodeWithChecksum(graph, { metadata, producerVersion: info.graftVersion }, onSha256);
}
