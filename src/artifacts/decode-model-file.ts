/** @file The model file from its bytes: one ONNX model that takes pixels and gives probabilities. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Graph } from '../core/graph/graph.ts';
import { decodeModel } from '../core/onnx/decoder.ts';
import { CHECKSUM_KEY, checksumError, verifyChecksum } from '../core/weights/model-checksum.ts';
import { decodeModelInfo, type ModelInfo, modelFileError } from './model-info.ts';
import { requireInterface } from './model-interface.ts';

/** Key of the metadata entry with the filter of training images. Apart from the rest, which people read. */
export const TRAINING_IMAGES_KEY = 'graft.training_images';

/** Key of the metadata entry with the layers of a model that a program saved. */
export const LAYERS_KEY = 'graft.layers';

export interface ModelFile {
  /** Where it lies; what messages call it. */
  readonly path: string;
  readonly info: ModelInfo;
  readonly graph: Graph;
  /** A filter of the images that it was trained on, as the file has it; see `decodeImageFilter`. Older files have none. */
  readonly trainingImages?: string | undefined;
  /** The layers of a model that a program saved, as the file has them; see `rebuildLayers`. */
  readonly layers?: string | undefined;
  /** The ONNX model as it lies on the disk. */
  readonly bytes: Uint8Array;
}

/**
 * Decodes a model file. Its bytes are compared with their checksum, where there is one (files of earlier versions have
 * none), and what it says of itself with its graph.
 *
 * @param path - What messages call it.
 * @throws {GraftError} `model-file`, if it is not a model of Graft's, is damaged, truncated or too new,
 *   or its metadata do not fit its graph.
 */
export function decodeModelFile(bytes: Uint8Array, path: string): ModelFile {
  const where = `model "${path}"`;
  const isChecked = verifyChecksum(where, bytes);
  let info: ModelInfo | undefined;
  let decoded: Graph;
  let trainingImages: string | undefined;
  let layers: string | undefined;
  let refusal: unknown;
  try {
    const { graph } = decodeModel(bytes, {
      onMetadata(metadata) {
        try {
          if (CHECKSUM_KEY in metadata && !isChecked) throw checksumError(where);
          info = decodeModelInfo(path, metadata);
          trainingImages = metadata[TRAINING_IMAGES_KEY];
          layers = metadata[LAYERS_KEY];
        } catch (error) {
          refusal = error;
          throw error;
        }
      },
    });
    decoded = graph;
  } catch (cause) {
    if (refusal !== undefined) throw refusal;
    throw modelFileError(
      path,
      'an ONNX model',
      cause instanceof GraftError ? cause.parts.received : 'bytes that cannot be read',
      'Give the model.onnx of a run folder; if it was copied, copy it again.',
      cause,
    );
  }
  requireInterface(path, info!, decoded);
  return {
    path,
    info: info!,
    graph: decoded,
    bytes,
    trainingImages,
    layers,
  };
}
