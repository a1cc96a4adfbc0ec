/** @file The parsers that are fuzzed: good files for each, and how one is read to its last number. */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadGraphBackbone } from '../../../src/models/graph-backbone.ts';
import { readKerasArchive } from '../../../src/weights/keras-archive.ts';
import { readKerasHdf5 } from '../../../src/weights/keras-hdf5.ts';
import { readSafetensors } from '../../../src/weights/safetensors.ts';
import { readTfjsLayersFile } from '../../../src/weights/tfjs-layers.ts';
import { readTflite } from '../../../src/weights/tflite.ts';
import type { WeightFile } from '../../../src/weights/weight-file.ts';
import { sampleTflite } from '../../golden/weights/build-tflite.ts';
import { mutate } from './mutate.ts';
import { mutateJson } from './mutate-json.ts';

export interface FuzzedParser {
  readonly seeds: () => readonly Uint8Array[];
  /** The damage, by the number of the case. Default: that of {@link mutate}. */
  readonly mutate?: (bytes: Uint8Array, number: number) => Uint8Array;
  /** Reads a file, and all that is in it. `folder` is for files that have to be on the disk. */
  readonly read: (bytes: Uint8Array, folder: string) => Promise<void>;
}

const golden = (name: string) => new Uint8Array(readFileSync(`tests/golden/${name}`));
const WHERE = 'weights "fuzzed"';

export const PARSERS: Readonly<Record<string, FuzzedParser>> = {
  hdf5: {
    seeds: () => ['keras_legacy.h5', 'keras3.weights.h5'].map((name) => golden(`weights/${name}`)),
    async read(bytes, folder) {
      // A file of its own each: what HDF5 holds open is then not in the way.
      const path = join(folder, `${randomUUID()}.h5`);
      await writeFile(path, bytes);
      try {
        readAll(await readKerasHdf5(path, WHERE));
      } finally {
        await rm(path);
      }
    },
  },
  keras: {
    seeds: () => [golden('weights/archive.keras')],
    read: async (bytes) => readAll(await readKerasArchive(bytes, WHERE)),
  },
  tflite: {
    seeds: () => [sampleTflite()],
    read: async (bytes) => readAll(readTflite(bytes, WHERE)),
  },
  tfjs: {
    seeds: () => [new TextEncoder().encode(JSON.stringify(TFJS_MODEL))],
    // Damaged letters are mostly no JSON any more, and never come to what the parser does with it.
    mutate: (bytes, number) => (number % 4 === 0 ? mutate : mutateJson)(bytes, number),
    async read(bytes, folder) {
      await writeFile(join(folder, 'weights.bin'), new Uint8Array(64));
      await writeFile(join(folder, 'model.json'), bytes);
      readAll(await readTfjsLayersFile(join(folder, 'model.json')));
    },
  },
  onnx: {
    seeds: () => ['convolutions.onnx', 'attention.onnx'].map((name) => golden(`onnx/${name}`)),
    async read(bytes, folder) {
      const path = join(folder, 'fuzzed.onnx');
      await writeFile(path, bytes);
      await loadGraphBackbone(path);
    },
  },
  safetensors: {
    seeds: () => [golden('weights/torch.safetensors')],
    read: async (bytes) => readAll(readSafetensors(bytes, WHERE)),
  },
};

const TFJS_MODEL = {
  format: 'layers-model',
  weightsManifest: [
    {
      paths: ['weights.bin'],
      weights: [
        { name: 'conv/kernel', shape: [1, 2, 3], dtype: 'float32' },
        { name: 'labels', shape: [2], dtype: 'string' },
        {
          name: 'conv/bias',
          shape: [3],
          dtype: 'float32',
          quantization: { dtype: 'uint8', scale: 0.5, min: -1 },
        },
        { name: 'bn/beta', shape: [4], dtype: 'float32', quantization: { dtype: 'float16' } },
      ],
    },
  ],
};

function readAll(file: WeightFile): void {
  for (const tensor of file.tensors.values()) {
    if (tensor.data.length !== tensor.shape.reduce((a, b) => a * b, 1))
      throw new Error('a tensor of another length');
  }
}
