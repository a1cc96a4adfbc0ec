/** @file Opens a file of weights, whatever its format. */

import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { GraftError } from '../errors/graft-error.ts';
import { readKerasHdf5 } from './keras-hdf5.ts';
import { readTfjsLayersFile } from './tfjs-layers.ts';
import { readTflite } from './tflite.ts';
import { describeFile, type WeightFile } from './weight-file.ts';

/**
 * Reads a `.h5`, `.hdf5`, `.tflite`, or a TensorFlow.js `model.json` (or the folder that holds one).
 *
 * @throws {GraftError} `file-not-found`; `argument`, if the ending is none of these; `weights`, if it is damaged.
 */
export async function readWeights(path: string): Promise<WeightFile> {
  const where = describeFile(path);
  const status = await stat(path).catch((cause) => {
    throw new GraftError(
      'file-not-found',
      { where, expected: 'a file', received: `no file at "${path}"`, advice: 'Check the path.' },
      { cause },
    );
  });
  if (status.isDirectory()) return readTfjsLayersFile(join(path, 'model.json'));
  switch (extname(path).toLowerCase()) {
    case '.h5':
    case '.hdf5':
      return readKerasHdf5(path);
    case '.tflite':
      return readTflite(await readFile(path), where);
    case '.json':
      return readTfjsLayersFile(path);
    default:
      throw new GraftError('argument', {
        where,
        expected: 'a file that ends in .h5, .hdf5, .tflite or .json',
        received: `"${extname(path)}"`,
        advice: 'Give weights in one of these formats.',
      });
  }
}
