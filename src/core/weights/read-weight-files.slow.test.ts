import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { zipOf } from '../../../tests/support/zip-file.ts';
import { boundedReaders } from '../../node/weights/disk-source.ts';
import { readWeights } from '../../node/weights/read-weights.ts';
import { floats } from '../tensor/tensor.ts';
import { plainReaders } from './plain-readers.ts';
import { readWeightFiles, type WeightFiles } from './read-weight-files.ts';
import { writeSafetensors } from './safetensors.ts';
import type { WeightFile } from './weight-file.ts';

const GOLDEN = 'tests/golden/weights';
const DAMAGED = 'The file is damaged or of another kind: fetch it again.';

/** All that a file says, with its numbers. */
const content = ({ tensors, ...about }: WeightFile): unknown => ({
  ...about,
  tensors: [...tensors].map(([key, { shape, data }]) => [key, shape, [...data]]),
});

const TFJS = {
  weightsManifest: [
    { paths: ['a.bin', 'b.bin'], weights: [{ name: 'dense/kernel', shape: [3], dtype: 'float32' }] },
  ],
};
const SHARDS = Buffer.from(Float32Array.of(1, 2, 3).buffer);

describe.each([
  ['in this thread', plainReaders],
  ['bounded, as in Node', boundedReaders],
] as const)('files in memory, read %s', (_, readers) => {
  it.each(['keras_legacy.h5', 'keras3.weights.h5', 'archive.keras'])(
    'say what the file says: %s',
    async (name) => {
      const bytes = new Uint8Array(await readFile(`${GOLDEN}/${name}`));
      const before = bytes.slice();
      const expected = content(await readWeights(`${GOLDEN}/${name}`));
      expect(content(await readWeightFiles({ [name]: bytes }, readers))).toEqual(expected);
      expect(content(await readWeightFiles(bytes, readers))).toEqual({
        ...(expected as object),
        where: 'weights "weights"',
      });
      expect(Buffer.compare(bytes, before)).toBe(0);
    },
  );

  it('are one of safetensors, or a model.json with its shards', async () => {
    const tensors = new Map([['a/kernel', floats([2], [1, 2])]]);
    const { format } = await readWeightFiles(writeSafetensors(tensors), readers);
    expect(format).toBe('safetensors');
    const model = new TextEncoder().encode(JSON.stringify(TFJS));
    const files = { 'a.bin': SHARDS.subarray(0, 5), 'model.json': model, 'b.bin': SHARDS.subarray(5) };
    const read = await readWeightFiles(files, readers);
    expect([read.format, [...read.tensors.get('dense/kernel')!.data]]).toEqual(['tfjs-layers', [1, 2, 3]]);
    const { 'a.bin': first, 'model.json': named } = files;
    expect((await readWeightFiles({ ...files, 'net.json': named }, readers)).where).toBe(
      'weights "model.json"',
    );
    await expect(readWeightFiles({ 'net.json': named, 'a.bin': first }, readers)).rejects.toThrow(
      expect.objectContaining({
        code: 'file-not-found',
        message:
          'weights "net.json": expected the model and its shards, received no file "b.bin" among those that are given. ' +
          'Give it, too, by the name that the model has for it.',
      }),
    );
  });

  it.each<[WeightFiles, string]>([
    [
      { 'a.h5': new Uint8Array(1), 'b.h5': new Uint8Array(1) },
      'weights: expected one file, or a model.json and its shards, received "a.h5", "b.h5". Read each file of weights by itself.',
    ],
    [
      new TextEncoder().encode('nothing of the kind'),
      'weights "weights": expected weights of Keras, TFLite, TensorFlow.js, safetensors or PyTorch, received a file of none of these, "" at its end. ' +
        'Files that are known end in .h5, .hdf5, .keras, .tflite, .json, .safetensors, .pth, .pt, .onnx.',
    ],
    [
      { 'a.h5': new TextEncoder().encode('no HDF5 at all') },
      `weights "a.h5": expected an HDF5 file, received one that HDF5 cannot read. ${DAMAGED}`,
    ],
    [
      { 'a.keras': Buffer.from('PK\x03\x04 and no more') },
      `weights "a.keras": expected a .keras archive, received a zip archive that cannot be read. ${DAMAGED}`,
    ],
    [
      { 'a.keras': zipOf([{ name: 'config.json', data: '{}' }]) },
      `weights "a.keras": expected a file "model.weights.h5" in the archive, received none. ${DAMAGED}`,
    ],
    [
      { 'a.keras': zipOf([{ name: 'model.weights.h5', data: 'x', declaredBytes: 4e9 }]) },
      'weights "a.keras": expected at most 33.6 MB in a file of 133 bytes, received 4.0 GB with "model.weights.h5". ' +
        'The file is damaged, or made to fill the memory: fetch it again.',
    ],
    [
      { 'net.pt': Buffer.from('PK\x03\x04') },
      `weights "net.pt": expected an archive of PyTorch, received a zip archive that cannot be read. ${DAMAGED}`,
    ],
  ])('are refused where they are none: %#', async (files, message) => {
    await expect(readWeightFiles(files, readers)).rejects.toThrow(withMessage(message));
  });

  it('are refused if there are more files in an archive than Keras writes', async () => {
    const entries = Array.from({ length: 20_001 }, (_each, index) => ({ name: `${index}` }));
    await expect(readWeightFiles({ 'a.keras': zipOf(entries) }, readers)).rejects.toThrow(
      withMessage(
        `weights "a.keras": expected at most 20000 files in the archive, received 20001. ${DAMAGED}`,
      ),
    );
  });
});

it('the memory of other libraries in this thread is not bounded by what was read', async () => {
  await readWeightFiles(await readFile(`${GOLDEN}/keras_legacy.h5`), plainReaders);
  const { WebAssembly } = globalThis as unknown as {
    readonly WebAssembly: {
      readonly Memory: new (of: { initial: number }) => { grow(pages: number): number };
    };
  };
  expect(new WebAssembly.Memory({ initial: 1 }).grow(4096)).toBe(1);
});

it('readWeights takes a folder of TensorFlow.js, and its files from memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
  try {
    const files = {
      'model.json': Buffer.from(JSON.stringify(TFJS)),
      'a.bin': SHARDS.subarray(0, 5),
      'b.bin': SHARDS.subarray(5),
    };
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    expect(content(await readWeights(files))).toEqual(content(await readWeights(folder)));
  } finally {
    await rm(folder, { recursive: true });
  }
});
