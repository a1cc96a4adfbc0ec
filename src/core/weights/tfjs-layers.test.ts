import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../tests/support/needs.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { diskSource } from '../../node/weights/disk-source.ts';
import { readTfjsLayers, readTfjsModel } from './tfjs-layers.ts';

const TEACHABLE = '../shared/weights/teachable-machine-mobilenet_v2_0.35/model.json';
const WHERE = 'weights "model.json"';

const MODEL = {
  weightsManifest: [
    {
      paths: ['a.bin', 'b.bin'],
      weights: [
        { name: 'conv/kernel', shape: [2], dtype: 'float32' },
        {
          name: 'conv/bias',
          shape: [3],
          dtype: 'float32',
          quantization: { dtype: 'uint8', scale: 0.5, min: -1 },
        },
        { name: 'step', shape: [], dtype: 'int32' },
        { name: 'body/bn/beta', shape: [1], dtype: 'float32', quantization: { dtype: 'float16' } },
        {
          name: 'body/bn/gamma',
          shape: [1],
          dtype: 'float32',
          quantization: { dtype: 'uint16', scale: 2, min: 1 },
        },
      ],
    },
  ],
};
const BYTES = Buffer.concat([
  Buffer.from(new Float32Array([1, -2]).buffer),
  Buffer.of(0, 1, 255),
  Buffer.from(new Int32Array([7]).buffer),
  Buffer.from(new Uint16Array([0x3c00, 1000]).buffer),
]);
/** Shards may end within a number. */
const shard = (path: string): Uint8Array => (path === 'a.bin' ? BYTES.subarray(0, 6) : BYTES.subarray(6));

describe('readTfjsLayers', () => {
  it.each([
    ['side by side', shard, BYTES.buffer.byteLength],
    ['apart', (path: string) => Uint8Array.from(shard(path)), BYTES.length],
  ])('keeps float32 of shards that lie %s in one array, for who takes all of it', async (_, read, bytes) => {
    const { tensors } = await readTfjsLayers(MODEL, read, WHERE);
    const all = await readTfjsLayers(MODEL, read, WHERE, { takesAll: true });
    expect([...all.tensors]).toEqual([...tensors]);
    // What is no float32 has an array of its own.
    const [kernel, bias] = ['conv/kernel', 'conv/bias'].map((key) => all.tensors.get(key)!.data);
    expect([kernel!.buffer.byteLength, bias!.buffer.byteLength]).toEqual([bytes, 12]);
  });

  it('reads plain and quantized weights across shards', async () => {
    const { tensors, layers } = await readTfjsLayers(MODEL, shard, WHERE);
    expect([...tensors].map(([key, { data }]) => [key, ...data])).toEqual([
      ['conv/kernel', 1, -2],
      ['conv/bias', -1, -0.5, 126.5],
      ['body/bn/beta', 1],
      ['body/bn/gamma', 2001],
    ]);
    expect(layers).toEqual([
      {
        name: 'conv',
        weights: [
          { name: 'kernel', key: 'conv/kernel' },
          { name: 'bias', key: 'conv/bias' },
        ],
      },
      {
        name: 'body/bn',
        weights: [
          { name: 'beta', key: 'body/bn/beta' },
          { name: 'gamma', key: 'body/bn/gamma' },
        ],
      },
    ]);
  });

  it('reads a GraphModel, and passes over strings', async () => {
    const weights = [
      { name: 'labels', shape: [2], dtype: 'string' },
      { name: 'MobilenetV2/Conv/weights', shape: [1], dtype: 'float32' },
    ];
    const model = { format: 'graph-model', weightsManifest: [{ paths: ['a.bin'], weights }] };
    const bytes = Buffer.concat([
      Buffer.from([3, 0, 0, 0, ...Buffer.from('cat'), 1, 0, 0, 0, ...Buffer.from('x')]),
      Buffer.from(new Float32Array([2.5]).buffer),
    ]);
    const { format, tensors, layers } = await readTfjsLayers(model, () => bytes, WHERE);
    expect(format).toBe('tfjs-graph');
    expect([...tensors].map(([key, { data }]) => [key, ...data])).toEqual([
      ['MobilenetV2/Conv/weights', 2.5],
    ]);
    expect(layers!.map(({ name }) => name)).toEqual(['MobilenetV2/Conv']);
    await expect(readTfjsLayers(model, () => bytes.subarray(0, 9), WHERE)).rejects.toThrow(
      withMessage(
        'weights "model.json": expected 11 bytes for "labels", received 9. The file is damaged or of another kind: fetch it again.',
      ),
    );
  });

  it('refuses shards that are too short', async () => {
    await expect(readTfjsLayers(MODEL, () => BYTES.subarray(0, 5), WHERE)).rejects.toThrow(
      expect.objectContaining({
        code: 'weights',
        message:
          'weights "model.json": expected 3 bytes for "conv/bias", received 2. ' +
          'The file is damaged or of another kind: fetch it again.',
      }),
    );
  });

  it('refuses weights without any shard', async () => {
    const model = {
      weightsManifest: [{ paths: [], weights: [{ name: 'a/kernel', shape: [1], dtype: 'float32' }] }],
    };
    for (const takesAll of [false, true]) {
      await expect(readTfjsLayers(model, shard, WHERE, { takesAll })).rejects.toThrow(
        withMessage(
          'weights "model.json": expected 4 bytes for "a/kernel", received 0. The file is damaged or of another kind: fetch it again.',
        ),
      );
    }
  });

  it('reads no shard twice: a manifest of one shard 5,000 times would come to gigabytes', async () => {
    let reads = 0;
    const model = { weightsManifest: [{ paths: new Array(5000).fill('a.bin'), weights: [] }] };
    const counted = (path: string) => {
      reads++;
      return shard(path);
    };
    await expect(readTfjsLayers(model, counted, WHERE)).rejects.toThrow(
      withMessage(
        'weights "model.json": expected every shard once, received "a.bin" twice. ' +
          'The file is damaged or of another kind: fetch it again.',
      ),
    );
    expect(reads).toBe(1);
  });

  it('refuses a model without a manifest', async () => {
    await expect(readTfjsLayers({ modelTopology: {} }, shard, WHERE)).rejects.toThrow(
      withMessage(
        'weights "model.json": expected a "weightsManifest", received Invalid input: expected array, ' +
          'received undefined at "weightsManifest". The file is damaged or of another kind: fetch it again.',
      ),
    );
  });
});

describe('readTfjsModel, from the disk', () => {
  it('reads shards beside the model, and none from elsewhere', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      const path = join(folder, 'model.json');
      await writeFile(join(folder, 'a.bin'), BYTES.subarray(0, 6));
      await writeFile(join(folder, 'b.bin'), BYTES.subarray(6));
      await writeFile(path, JSON.stringify(MODEL));
      expect((await readTfjsModel(diskSource(path))).tensors.size).toBe(4);

      await writeFile(path, JSON.stringify(MODEL).replace('a.bin', '../a.bin'));
      await expect(readTfjsModel(diskSource(path))).rejects.toThrow(
        withMessage(
          'weights "model.json": expected shards beside the model, received "../a.bin". ' +
            'The file is damaged or of another kind: fetch it again.',
        ),
      );

      await writeFile(path, '{');
      await expect(readTfjsModel(diskSource(path))).rejects.toThrow(
        withMessage(
          'weights "model.json": expected a model in JSON, received something else. ' +
            'The file is damaged or of another kind: fetch it again.',
        ),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('follows no link out of the folder', async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'graft-test-')));
    try {
      await mkdir(join(folder, 'model'));
      const path = join(folder, 'model/model.json');
      await writeFile(path, JSON.stringify(MODEL));
      await writeFile(join(folder, 'secret'), BYTES);
      await symlink('../secret', join(folder, 'model/a.bin'));
      await writeFile(join(folder, 'model/b.bin'), BYTES);
      await expect(readTfjsModel(diskSource(path))).rejects.toThrow(
        withMessage(
          'weights "model.json": expected shards beside the model, ' +
            `received "a.bin", a link to ${JSON.stringify(join(folder, 'secret'))}. ` +
            'The file is damaged or of another kind: fetch it again.',
        ),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says that the model is not there', async () => {
    await expect(readTfjsModel(diskSource('no/model.json'))).rejects.toThrow(
      expect.objectContaining({
        code: 'file-not-found',
        message:
          'weights "model.json": expected the model and its shards, received no file at "no/model.json". Check the path.',
      }),
    );
  });

  it('reads a model of Teachable Machine', needs.file(TEACHABLE), async () => {
    const { tensors } = await readTfjsModel(diskSource(TEACHABLE));
    expect(tensors.size).toBe(263);
    expect(tensors.get('Conv1/kernel')!.shape).toEqual([3, 3, 3, 16]);
    // Variances: none is negative.
    expect(Math.min(...tensors.get('bn_Conv1/moving_variance')!.data)).toBeGreaterThanOrEqual(0);
  });
});
