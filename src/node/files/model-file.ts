/** @file The model file on the disk: one ONNX model that takes pixels and gives probabilities. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  decodeAnyModelFile,
  decodeModelFile,
  type ModelFile,
  type TextModelFile,
} from '../../artifacts/decode-model-file.ts';
import { type BesideModel, encodeModelFile } from '../../artifacts/encode-model-file.ts';
import type { AnyModelInfo } from '../../artifacts/model-info.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { writeWhole } from './write-file.ts';

/**
 * Writes a model file, whole or not at all, with a checksum of all that is in it.
 *
 * @returns The SHA-256 of the file, as 64 hexadecimal digits.
 * @param graph - Input `image`: uint8 RGB `[N, height, width, 3]`; output `probabilities`: float32 `[N, classes]`.
 * @throws {GraftError} `model-file`, if the graph is not what `info` says; `file-write`, if the place cannot be written.
 */
export async function writeModelFile(
  path: string,
  graph: Graph,
  info: AnyModelInfo,
  beside: BesideModel = {},
): Promise<string> {
  let sha256 = '';
  const parts = encodeModelFile(path, graph, info, beside, (hex) => {
    sha256 = hex;
  });
  await writeWhole(path, parts);
  return sha256;
}

/**
 * Reads a model file, see `decodeModelFile`.
 *
 * @throws {GraftError} `file-not-found`, and what `decodeModelFile` throws.
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  return decodeModelFile(await readBytes(path), path);
}

/** Reads any model file, see `decodeAnyModelFile`. @throws {GraftError} As {@link readModelFile}. */
export async function readAnyModelFile(path: string): Promise<ModelFile | TextModelFile> {
  return decodeAnyModelFile(await readBytes(path), path);
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
