/** @file Opens a file of weights, whatever its format. */

import { existsSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { ForeignFile, unknownFolder } from '../../core/weights/foreign-files.ts';
import { describeFile, type WeightFile } from '../../core/weights/weight-file.ts';
import {
  type FileHead,
  type ForeignFormat,
  HEAD_BYTES,
  type WeightFormat,
  type WeightSource,
} from '../../core/weights/weight-format.ts';
import { FOREIGN_FORMATS, KNOWN_WEIGHTS, WEIGHT_FORMATS } from './weight-formats.ts';

/**
 * Reads weights of Keras (`.h5`, `.weights.h5`, `.keras`), TFLite, safetensors, or TensorFlow.js (`model.json`, or the
 * folder that holds one). What a file begins with decides; its ending only where that says nothing.
 *
 * @throws {GraftError} `file-not-found`; `argument`, if it is none of these; `weights`, if it is damaged.
 */
export async function readWeights(path: string): Promise<WeightFile> {
  const where = describeFile(path);
  try {
    const { format, isFolder } = await inspect(path);
    if (format === undefined) throw isFolder ? unknownFolder(where) : unknownFile(path);
    if ('refuse' in format) throw format.refuse(where);
    return await format.read(sourceOf(isFolder ? join(path, format.fileInFolder!) : path, where));
  } catch (error) {
    if (!(error instanceof ForeignFile)) throw error;
    throw new GraftError(error.code, { ...error.parts, expected: KNOWN_WEIGHTS });
  }
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

type AnyFormat = WeightFormat | ForeignFormat;

const FORMATS: readonly AnyFormat[] = [...WEIGHT_FORMATS, ...FOREIGN_FORMATS];

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
    const holds = ({ fileInFolder }: AnyFormat): boolean =>
      fileInFolder !== undefined && existsSync(join(path, fileInFolder));
    return { format: FORMATS.find(holds), isFolder: true };
  }
  const head = await readHead(path, status.size);
  const format =
    FORMATS.find(({ detects }) => detects(head)) ??
    FORMATS.find(({ endings }) => endings.includes(head.ending));
  return { format, isFolder: false };
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

function sourceOf(path: string, where: string): WeightSource {
  return { path, where, bytes: () => readFile(path) };
}

function unknownFile(path: string): GraftError {
  const endings = FORMATS.filter((format) => 'read' in format || format.id === 'onnx').flatMap(
    (format) => format.endings,
  );
  return new GraftError('argument', {
    where: describeFile(path),
    expected: KNOWN_WEIGHTS,
    received: `a file of none of these, "${extname(path)}" at its end`,
    advice: `Files that are known end in ${endings.join(', ')}.`,
  });
}
