/** @file The model file: one ONNX model that takes pixels and gives probabilities. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '../errors/graft-error.ts';
import type { Graph } from '../graph/graph.ts';
import { CHECKSUM_KEY, checksumError, encodeWithChecksum, verifyChecksum } from '../models/model-checksum.ts';
import { decodeModel } from '../onnx/decoder.ts';
import { decodeModelInfo, encodeModelInfo, type ModelInfo, modelFileError } from './model-info.ts';
import { requireInterface } from './model-interface.ts';
import { writeWhole } from './write-file.ts';

/** Key of the metadata entry with the filter of training images. Apart from the rest, which people read. */
const TRAINING_IMAGES_KEY = 'graft.training_images';

export interface ModelFile {
  readonly path: string;
  readonly info: ModelInfo;
  readonly graph: Graph;
  /** A filter of the images that it was trained on, as the file has it; see `decodeImageFilter`. Older files have none. */
  readonly trainingImages?: string;
  /** The ONNX model as it lies on the disk. */
  readonly bytes: Uint8Array;
}

/**
 * Writes a model file, whole or not at all, with a checksum of all that is in it.
 *
 * @param graph - Input `image`: uint8 RGB `[N, height, width, 3]`; output `probabilities`: float32 `[N, classes]`.
 * @throws {GraftError} `model-file`, if the graph is not what `info` says; `file-write`, if the place cannot be written.
 */
export async function writeModelFile(
  path: string,
  graph: Graph,
  info: ModelInfo,
  { trainingImages }: Pick<ModelFile, 'trainingImages'> = {},
): Promise<void> {
  requireInterface(path, info, graph);
  const metadata = {
    ...encodeModelInfo(info),
    ...(trainingImages !== undefined && { [TRAINING_IMAGES_KEY]: trainingImages }),
  };
  await writeWhole(path, encodeWithChecksum(graph, { metadata, producerVersion: info.graftVersion }));
}

/**
 * Reads a model file. Its bytes are compared with their checksum, where there is one (files of earlier versions have
 * none), and what it says of itself with its graph.
 *
 * @throws {GraftError} `file-not-found`; `model-file`, if it is not a model of Graft's, is damaged, truncated or too new,
 *   or its metadata do not fit its graph.
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const bytes = await readBytes(path);
  const where = `model "${path}"`;
  const isChecked = verifyChecksum(where, bytes);
  let info: ModelInfo | undefined;
  let decoded: Graph;
  let trainingImages: string | undefined;
  let refusal: unknown;
  try {
    const { graph } = decodeModel(bytes, {
      onMetadata(metadata) {
        try {
          if (CHECKSUM_KEY in metadata && !isChecked) throw checksumError(where);
          info = decodeModelInfo(path, metadata);
          trainingImages = metadata[TRAINING_IMAGES_KEY];
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
    ...(trainingImages !== undefined && { trainingImages }),
  };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).isDirectory()) {
      throw new GraftError('file-not-found', {
        where: `model "${path}"`,
        expected: 'a model file',
        received: 'a folder',
        advice: `Give the model.onnx inside it: ${join(path, 'model.onnx')}.`,
      });
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof GraftError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new GraftError(
      'file-not-found',
      {
        where: `model "${path}"`,
        expected: 'a model file',
        received: missing ? 'nothing of that name' : (cause as Error).message,
        advice: 'Check the path; graft train prints it at the end.',
      },
      { cause },
    );
  }
}
