/** @file Opens a file of weights of this machine, or of a program's, whatever its format. */

import { existsSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import {
  type AnyFormat,
  detectFormat,
  formatOfFolder,
  readSource,
  readWeightFiles,
  type WeightFiles,
} from '../../core/weights/read-weight-files.ts';
import { describeFile, type WeightFile } from '../../core/weights/weight-file.ts';
import { type FileHead, HEAD_BYTES } from '../../core/weights/weight-format.ts';
import { boundedReaders, diskSource } from './disk-source.ts';

/**
 * Reads weights of Keras (`.h5`, `.weights.h5`, `.keras`), TFLite, safetensors, or TensorFlow.js (`model.json`, or the
 * folder that holds one). What a file begins with decides; its ending only where that says nothing.
 *
 * @param source - A path; the bytes of a file; or files by name: one, or a `model.json` and its shards.
 * @throws {GraftError} `file-not-found`; `argument`, if it is none of these; `weights`, if it is damaged.
 */
export async function readWeights(source: string | WeightFiles): Promise<WeightFile> {
  if (typeof source !== 'string') return readWeightFiles(source, boundedReaders);
  const { format, isFolder } = await inspect(source);
  // A folder that is refused is named as such.
  const isRead = format !== undefined && 'read' in format;
  const path = isFolder && isRead ? join(source, format.fileInFolder!) : source;
  return readSource(format, diskSource(path), { isFolder, ending: extname(source) });
}

/**
 * What a file is, by what it begins with, else by its ending: the id of a format, of `weight-formats.ts`; `onnx` for an
 * ONNX file.
 *
 * @returns Undefined for a file or folder of none of them.
 * @throws {GraftError} `file-not-found`.
 */
export async function weightFileKind(path: string): Promise<string | undefined> {
  return (await inspect(path)).format?.id;
}

async function inspect(
  path: string,
): Promise<{ readonly format: AnyFormat | undefined; readonly isFolder: boolean }> {
  const status = await stat(path).catch((cause) => {
    throw new GraftError(
      'file-not-found',
      {
        where: describeFile(path),
        expected: 'a file',
        received: `no file at "${path}"`,
        advice: 'Check the path.',
      },
      { cause },
    );
  });
  if (status.isDirectory()) {
    return { format: formatOfFolder((name) => existsSync(join(path, name))), isFolder: true };
  }
  return { format: detectFormat(await readHead(path, status.size)), isFolder: false };
}

async function readHead(path: string, fileBytes: number): Promise<FileHead> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const bytes = buffer.subarray(0, bytesRead);
    const text = new TextDecoder('latin1').decode(bytes);
    return { bytes, text, fileBytes, ending: extname(path).toLowerCase() };
  } finally {
    await file.close();
  }
}
