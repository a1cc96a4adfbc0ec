/** @file The model file: one ONNX model that takes pixels and gives probabilities. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GraftError } from '../errors/graft-error.ts';
import type { Graph } from '../graph/graph.ts';
import { decodeModel } from '../onnx/decoder.ts';
import { encodeModelParts } from '../onnx/encoder.ts';
import { decodeModelInfo, encodeModelInfo, type ModelInfo, modelFileError } from './model-info.ts';
import { writeWhole } from './write-file.ts';

export interface ModelFile {
  readonly path: string;
  readonly info: ModelInfo;
  readonly graph: Graph;
  /** The ONNX model as it lies on the disk. */
  readonly bytes: Uint8Array;
}

/**
 * Writes a model file, whole or not at all.
 *
 * @param graph - Input `image`: uint8 RGB `[N, height, width, 3]`; output `probabilities`: float32 `[N, classes]`.
 * @throws {GraftError} `file-write`, if the place cannot be written.
 */
export async function writeModelFile(path: string, graph: Graph, info: ModelInfo): Promise<void> {
  await writeWhole(
    path,
    encodeModelParts(graph, { metadata: encodeModelInfo(info), producerVersion: info.graftVersion }),
  );
}

/**
 * Reads a model file.
 *
 * @throws {GraftError} `file-not-found`; `model-file`, if it is not a model of Graft's, or is truncated or too new.
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const bytes = await readBytes(path);
  let info: ModelInfo | undefined;
  let refusal: unknown;
  try {
    const { graph } = decodeModel(bytes, {
      onMetadata(metadata) {
        try {
          info = decodeModelInfo(path, metadata);
        } catch (error) {
          refusal = error;
          throw error;
        }
      },
    });
    return { path, info: info!, graph, bytes };
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
