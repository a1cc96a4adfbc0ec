/** @file The parsers that are fuzzed: good files for each, and how one is read to its last number. */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { createSession } from '../../../src/core/runtime/create-session.ts';
import { joinBytes } from '../../../src/core/tensor/join-bytes.ts';
import { readKerasArchive } from '../../../src/core/weights/keras-archive.ts';
import { readSafetensors } from '../../../src/core/weights/safetensors.ts';
import { readTfjsModel } from '../../../src/core/weights/tfjs-layers.ts';
import { readTflite } from '../../../src/core/weights/tflite.ts';
import { readTorchFile } from '../../../src/core/weights/torch-file.ts';
import type { WeightFile } from '../../../src/core/weights/weight-file.ts';
import { loadGraphBackbone } from '../../../src/node/backbones/onnx-file.ts';
import { boundedReaders, diskSource } from '../../../src/node/weights/disk-source.ts';
import { readKerasHdf5 } from '../../../src/node/weights/keras-hdf5.ts';
import { createTokenizer } from '../../../src/text/tokenizers/tokenizer.ts';
import { buildLanguageModel } from '../../../src/text/weights/build-language-model.ts';
import { bytesSource } from '../../../src/text/weights/byte-source.ts';
import { readGguf as readGgufFile } from '../../../src/text/weights/gguf.ts';
import { readGgufModel } from '../../../src/text/weights/gguf-language-model.ts';
import { readLlama2cModel } from '../../../src/text/weights/llama2c-model.ts';
import { recognizeArchitecture } from '../../../src/vision/pretrained/recognize-architecture.ts';
import { sampleTflite } from '../../golden/weights/build-tflite.ts';
import { Choices, MAX_BYTES } from './claims/choices.ts';
import { claimingGguf } from './claims/gguf.ts';
import { claimingHdf5 } from './claims/hdf5.ts';
import { claimingKeras } from './claims/keras.ts';
import { claimingOnnx } from './claims/onnx.ts';
import { claimingSafetensors } from './claims/safetensors.ts';
import { claimingTfjs } from './claims/tfjs.ts';
import { claimingTflite } from './claims/tflite.ts';
import { claimingTorch } from './claims/torch.ts';
import { mutate } from './mutate.ts';
import { mutateJson } from './mutate-json.ts';

export interface FuzzedParser {
  /** The file of a case, by its number. */
  readonly file: (number: number) => Uint8Array | Promise<Uint8Array>;
  /** Reads a file, and all that is in it. `folder` is for files that have to be on the disk. */
  readonly read: (bytes: Uint8Array, folder: string) => Promise<void>;
}

const golden = (name: string) => new Uint8Array(readFileSync(`tests/golden/${name}`));
const WHERE = 'weights "fuzzed"';

/** Good files, damaged; of some, what they say is damaged, not their bytes. */
function damaged(
  seeds: () => readonly Uint8Array[],
  damage: (bytes: Uint8Array, number: number) => Uint8Array = mutate,
): FuzzedParser['file'] {
  let known: readonly Uint8Array[] | undefined;
  return (number) => {
    known ??= seeds();
    return damage(known[number % known.length]!, number);
  };
}

/** Files that are made to come to more than they are, of any size up to 1 MB. */
function claiming(
  make: (choices: Choices, mostBytes: number) => Uint8Array | Promise<Uint8Array>,
): FuzzedParser['file'] {
  return (number) => {
    const choices = new Choices(number);
    return make(choices, choices.maybe() ? MAX_BYTES : 100 + choices.scale(MAX_BYTES));
  };
}

type Read = FuzzedParser['read'];

const readHdf5: Read = async (bytes, folder) => {
  // A file of its own each: what HDF5 holds open is then not in the way.
  const path = join(folder, `${randomUUID()}.h5`);
  await writeFile(path, bytes);
  try {
    readAll(await readKerasHdf5(path, WHERE));
  } finally {
    await rm(path);
  }
};

const readKeras: Read = async (bytes) => readAll(await readKerasArchive(bytes, WHERE, boundedReaders));

const readTflites: Read = async (bytes) => readAll(readTflite(bytes, WHERE));

const readTfjs: Read = async (bytes, folder) => {
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(64));
  await writeFile(join(folder, 'model.json'), bytes);
  readAll(await readTfjsModel(diskSource(join(folder, 'model.json'))));
};

const readOnnx: Read = async (bytes, folder) => {
  const path = join(folder, 'fuzzed.onnx');
  await writeFile(path, bytes);
  await loadGraphBackbone(path);
};

const readSafetensor: Read = async (bytes) => readAll(readSafetensors(bytes, WHERE));

const readTorch: Read = async (bytes) => readAll(await readTorchFile(bytes, WHERE, boundedReaders));

const readGguf: Read = async (bytes) => {
  const { model, tokenizer } = await readGgufModel(bytesSource(bytes, WHERE));
  await createTokenizer(tokenizer.json, WHERE);
  await buildLanguageModel(model);
};

/** Both files of llama2.c stand one behind the other. */
const readLlama2c: Read = async (bytes) => {
  const length = Math.min(bytes.length, LLAMA2C_BYTES);
  const { model } = await readLlama2cModel(bytesSource(bytes.subarray(0, length), WHERE), {
    bytes: bytes.subarray(length),
    where: WHERE,
  });
  await buildLanguageModel(model);
};

const LLAMA2C_BYTES = golden('language/llama2c.bin').length;

export const PARSERS: Readonly<Record<string, FuzzedParser>> = {
  hdf5: {
    file: damaged(() => ['keras_legacy.h5', 'keras3.weights.h5'].map((name) => golden(`weights/${name}`))),
    read: readHdf5,
  },
  keras: { file: damaged(() => [golden('weights/archive.keras')]), read: readKeras },
  tflite: { file: damaged(() => [sampleTflite()]), read: readTflites },
  tfjs: {
    file: damaged(
      () => [new TextEncoder().encode(JSON.stringify(TFJS_MODEL))],
      // Damaged letters are mostly no JSON any more, and never come to what the parser does with it.
      (bytes, number) => (number % 4 === 0 ? mutate : mutateJson)(bytes, number),
    ),
    read: readTfjs,
  },
  onnx: {
    file: damaged(() => ['convolutions.onnx', 'attention.onnx'].map((name) => golden(`onnx/${name}`))),
    read: readOnnx,
  },
  safetensors: { file: damaged(() => [golden('weights/torch.safetensors')]), read: readSafetensor },
  torch: {
    file: damaged(() => ['state.pth', 'legacy.pth'].map((name) => golden(`weights/torch/${name}`))),
    read: readTorch,
  },
  gguf: {
    file: damaged(() => ['F16', 'Q4_1'].map((kind) => golden(`language/llama-${kind}.gguf`))),
    read: readGguf,
  },
  llama2c: {
    file: damaged(() => [
      joinBytes([golden('language/llama2c.bin'), golden('language/llama2c-tokenizer.bin')]),
    ]),
    read: readLlama2c,
  },
};

/** The same parsers on files that lie about what is in them. */
export const CLAIMED: Readonly<Record<string, FuzzedParser>> = {
  'hdf5-claims': { file: (number) => claimingHdf5(new Choices(number), MAX_BYTES), read: readHdf5 },
  'keras-claims': { file: claiming(claimingKeras), read: readKeras },
  'tflite-claims': {
    file: claiming(claimingTflite),
    async read(bytes) {
      const file = readTflite(bytes, WHERE);
      readAll(file);
      recognizeArchitecture(file);
    },
  },
  'tfjs-claims': {
    file: claiming(claimingTfjs),
    async read(bytes, folder) {
      await writeFile(join(folder, 'weights.bin'), new Uint8Array(MAX_BYTES));
      await writeFile(join(folder, 'model.json'), bytes);
      readAll(await readTfjsModel(diskSource(join(folder, 'model.json'))));
    },
  },
  'onnx-claims': {
    file: (number) => claimingOnnx(new Choices(number), MAX_BYTES),
    async read(bytes, folder) {
      const path = join(folder, 'fuzzed.onnx');
      await writeFile(join(folder, 'weights.bin'), new Uint8Array(MAX_BYTES));
      await writeFile(path, bytes);
      const graph = modelGraph((await loadGraphBackbone(path)).model);
      // As it is loaded, ONNX Runtime computes what follows from constants. Its own time grows with the square of the nodes.
      if (graph.nodes.length > 2000) return;
      const session = await createSession(graph, { threads: 1 });
      await session.dispose();
    },
  },
  'gguf-claims': {
    file: claiming(claimingGguf),
    async read(bytes) {
      const { tensors } = await readGgufFile(bytesSource(bytes, WHERE));
      for (const name of tensors.shapes.keys()) await tensors.read(name);
    },
  },
  'torch-claims': { file: claiming(claimingTorch), read: readTorch },
  'safetensors-claims': { file: claiming(claimingSafetensors), read: readSafetensor },
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
