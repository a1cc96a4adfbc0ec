/** @file Opens a file of weights, whatever its format. */

import { existsSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { GraftError } from '../errors/graft-error.ts';
import { isPickle, savedModel, tensorflowGraph, torchFile, unknownFolder } from './foreign-files.ts';
import { readKerasArchive } from './keras-archive.ts';
import { readKerasHdf5 } from './keras-hdf5.ts';
import { isSafetensors, readSafetensors } from './safetensors.ts';
import { readTfjsLayersFile } from './tfjs-layers.ts';
import { readTflite } from './tflite.ts';
import { describeFile, type WeightFile } from './weight-file.ts';

export type WeightFileKind =
  | 'hdf5'
  | 'keras'
  | 'tflite'
  | 'safetensors'
  | 'tfjs'
  | 'onnx'
  /** Files and folders that are known, but not read. */
  | 'torch'
  | 'tensorflow'
  | 'folder';

const KINDS_BY_ENDING: Readonly<Record<string, WeightFileKind>> = {
  '.h5': 'hdf5',
  '.hdf5': 'hdf5',
  '.keras': 'keras',
  '.tflite': 'tflite',
  '.safetensors': 'safetensors',
  '.json': 'tfjs',
  '.onnx': 'onnx',
};

const HEAD_BYTES = 64;
const HDF5_MARK = '\x89HDF\r\n\x1a\n';
const ZIP_MARK = 'PK\x03\x04';
const TORCH_ENDING = /\.(pt|pth|bin|ckpt)$/i;
const TFLITE_MARK = 'TFL3';

/**
 * Reads weights of Keras (`.h5`, `.weights.h5`, `.keras`), TFLite, safetensors, or TensorFlow.js (`model.json`, or the
 * folder that holds one). What a file begins with decides; its ending only where that says nothing.
 *
 * @throws {GraftError} `file-not-found`; `argument`, if it is none of these; `weights`, if it is damaged.
 */
export async function readWeights(path: string): Promise<WeightFile> {
  const where = describeFile(path);
  switch (await weightFileKind(path)) {
    case 'torch':
      throw torchFile(where);
    case 'tensorflow':
      throw (await isFolder(path)) ? savedModel(where) : tensorflowGraph(where);
    case 'folder':
      throw unknownFolder(where);
    case 'hdf5':
      return readKerasHdf5(path);
    case 'keras':
      return readKerasArchive(await readFile(path), where);
    case 'tflite':
      return readTflite(await readFile(path), where);
    case 'safetensors':
      return readSafetensors(await readFile(path), where);
    case 'tfjs':
      return readTfjsLayersFile((await isFolder(path)) ? join(path, 'model.json') : path);
    case 'onnx':
      throw new GraftError('argument', {
        where,
        expected: 'weights for a network that Graft builds',
        received: 'an ONNX file, which is a network of its own',
        advice: 'Give it as the backbone.',
      });
    case undefined:
      throw new GraftError('argument', {
        where,
        expected: 'weights of Keras, TFLite, TensorFlow.js or safetensors',
        received: `a file of none of these, "${extname(path)}" at its end`,
        advice: `Files that are known end in ${Object.keys(KINDS_BY_ENDING).join(', ')}.`,
      });
  }
}

/**
 * What a file is, by what it begins with, else by its ending.
 *
 * @throws {GraftError} `file-not-found`.
 */
export async function weightFileKind(path: string): Promise<WeightFileKind | undefined> {
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
  if (status.isDirectory()) return kindOfFolder(path);
  const head = await readHead(path);
  const text = new TextDecoder('latin1').decode(head);
  const ending = KINDS_BY_ENDING[extname(path).toLowerCase()];
  if (text.startsWith(HDF5_MARK)) return 'hdf5';
  if (text.startsWith(ZIP_MARK)) return TORCH_ENDING.test(path) ? 'torch' : 'keras';
  if (text.startsWith(TFLITE_MARK, 4)) return 'tflite';
  if (isSafetensors(head, status.size)) return 'safetensors';
  if (/^\s*\{/.test(text)) return 'tfjs';
  if (isPickle(head)) return 'torch';
  if (extname(path).toLowerCase() === '.pb') return 'tensorflow';
  return ending;
}

function kindOfFolder(path: string): WeightFileKind {
  if (existsSync(join(path, 'model.json'))) return 'tfjs';
  return existsSync(join(path, 'saved_model.pb')) ? 'tensorflow' : 'folder';
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}
