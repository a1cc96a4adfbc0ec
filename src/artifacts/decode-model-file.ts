/** @file The model file from its bytes: one ONNX model that takes pixels, or ids of a text's tokens, and gives probabilities. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Graph } from '../core/graph/graph.ts';
import { decodeModel } from '../core/onnx/decoder.ts';
import { CHECKSUM_KEY, checksumError, verifyChecksum } from '../core/weights/model-checksum.ts';
import {
  type AnyModelInfo,
  decodeModelInfo,
  isTextInfo,
  type ModelInfo,
  modelFileError,
  type TextModelInfo,
} from './model-info.ts';
import { requireInterface } from './model-interface.ts';
import { ADAPTERS_KEY } from './stored-adapters.ts';

/** Key of the metadata entry with the filter of training images. Apart from the rest, which people read. */
export const TRAINING_IMAGES_KEY = 'graft.training_images';

/** Key of the metadata entry with the layers of a model that a program saved. */
export const LAYERS_KEY = 'graft.layers';

/** Key of the metadata entry with the tokenizer.json of a model of texts. */
export const TOKENIZER_KEY = 'tokenizer.json';

/** @typeParam I - What it says of itself: of images, where nothing else is said. */
export interface ModelFile<I extends AnyModelInfo = ModelInfo> {
  /** Where it lies; what messages call it. */
  readonly path: string;
  readonly info: I;
  readonly graph: Graph;
  /** A filter of the images that it was trained on, as the file has it; see `decodeImageFilter`. Older files have none. */
  readonly trainingImages?: string | undefined;
  /** The layers of a model that a program saved, as the file has them; see `rebuildLayers`. */
  readonly layers?: string | undefined;
  /** The ONNX model as it lies on the disk. */
  readonly bytes: Uint8Array;
}

/** The file of a model of texts. */
export interface TextModelFile extends ModelFile<TextModelInfo> {
  /** Its tokenizer.json. */
  readonly tokenizer: string;
  /** Adapters that are merged into its kernels, as the file has them; see `decodeAdapters`. */
  readonly adapters?: string | undefined;
}

/**
 * Decodes the file of a model of images. Its bytes are compared with their checksum, where there is one (files of earlier versions have
 * none), and what it says of itself with its graph.
 *
 * @param path - What messages call it.
 * @throws {GraftError} `model-file`, if it is not a model of Graft's, is damaged, truncated or too new,
 *   or its metadata do not fit its graph; if it is of texts.
 */
export function decodeModelFile(bytes: Uint8Array, path: string): ModelFile {
  const file = decodeAnyModelFile(bytes, path);
  if (!isTextModel(file)) return file;
  throw modelFileError(
    path,
    'a model of images',
    'one of texts',
    'Open it with openTextClassifier(path), or use graft predict.',
  );
}

/** Whether a file is of a model of texts. */
export function isTextModel(file: ModelFile | TextModelFile): file is TextModelFile {
  return 'tokenizer' in file;
}

/** Decodes any model file. @throws {GraftError} As {@link decodeModelFile}, but for the kind of its examples. */
export function decodeAnyModelFile(bytes: Uint8Array, path: string): ModelFile | TextModelFile {
  const where = `model "${path}"`;
  const isChecked = verifyChecksum(where, bytes);
  let info: AnyModelInfo | undefined;
  let decoded: Graph;
  let trainingImages: string | undefined;
  let layers: string | undefined;
  let tokenizer: string | undefined;
  let adapters: string | undefined;
  let refusal: unknown;
  try {
    const { graph } = decodeModel(bytes, {
      onMetadata(metadata) {
        try {
          if (CHECKSUM_KEY in metadata && !isChecked) throw checksumError(where);
          info = decodeModelInfo(path, metadata);
          trainingImages = metadata[TRAINING_IMAGES_KEY];
          layers = metadata[LAYERS_KEY];
          tokenizer = metadata[TOKENIZER_KEY];
          adapters = metadata[ADAPTERS_KEY];
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
  const content = { path, graph: decoded, bytes, trainingImages, layers };
  if (!isTextInfo(info!)) return { ...content, info: info! };
  if (tokenizer !== undefined) return { ...content, info, tokenizer, adapters };
  throw modelFileError(
    path,
    `a tokenizer (metadata entry '${TOKENIZER_KEY}')`,
    'none',
    'The file was changed after it was written: train again, or use another copy.',
  );
}
