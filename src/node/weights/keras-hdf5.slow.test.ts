import fs, { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import expected from '../../../tests/golden/weights/keras_legacy.json' with { type: 'json' };
import { needs } from '../../../tests/support/needs.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { readKerasHdf5 } from './keras-hdf5.ts';

const FIXTURE = 'tests/golden/weights/keras_legacy.h5';
const SQUEEZENET = '../shared/weights/squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5';

// HDF5's WebAssembly tells its aborts to the console that it found when it was loaded.
vi.spyOn(console, 'error').mockImplementation(() => {});

const { File, ready } = await import('h5wasm/node');

describe('readKerasHdf5', () => {
  it('reads what Keras saved, of a model inside the model too', async () => {
    const file = await readKerasHdf5(FIXTURE);
    expect(file.where).toBe('weights "keras_legacy.h5"');
    expect([...file.tensors.keys()].sort()).toEqual(Object.keys(expected.weights).sort());
    for (const [key, { shape, sum, first, last }] of Object.entries(expected.weights)) {
      const tensor = file.tensors.get(key)!;
      expect(tensor.shape).toEqual(shape);
      expect([tensor.data[0], tensor.data.at(-1)]).toEqual([first, last].map(Math.fround));
      expect(tensor.data.reduce((total, value) => total + value, 0)).toBeAllClose(sum, {
        atol: 1e-4,
        rtol: 0,
      });
    }
  });

  it('lists the layers in order, with the weights of each', async () => {
    const { layers } = await readKerasHdf5(readFileSync(FIXTURE));
    expect(layers!.map(({ name, weights }) => [name, weights.map((weight) => weight.name)])).toEqual([
      ['Conv1', ['kernel']],
      ['bn_Conv1', ['gamma', 'beta', 'moving_mean', 'moving_variance']],
      ['depthwise', ['kernel', 'bias']],
      ['dense', ['kernel', 'bias']],
      ['out', ['kernel', 'bias']],
    ]);
  });

  it("reads Keras 3's own layout, whose weights have numbers for names", async () => {
    const legacy = await readKerasHdf5(FIXTURE);
    const file = await readKerasHdf5('tests/golden/weights/keras3.weights.h5');
    const byName = new Map(file.layers!.map((layer) => [layer.name, layer.weights]));
    expect([...byName.keys()].sort()).toEqual(['Conv1', 'bn_Conv1', 'dense', 'depthwise', 'out']);
    for (const { name, weights } of legacy.layers!) {
      for (const [index, { key }] of weights.entries()) {
        expect(byName.get(name)![index]!.name).toBe(`${index}`);
        expect(file.tensors.get(byName.get(name)![index]!.key)).toEqual(legacy.tensors.get(key));
      }
    }
  });

  it("reads a Normalization layer's count, an integer of 64 bits", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      await ready;
      const path = join(folder, 'normalization.weights.h5');
      const file = new File(path, 'w');
      const weights = file.create_group('normalization').create_group('vars');
      weights.create_attribute('name', 'normalization');
      weights.create_dataset({ name: '0', data: Float32Array.of(1, 2) });
      weights.create_dataset({ name: '1', data: 7n as never, dtype: '<q', shape: [] });
      file.close();
      const { tensors } = await readKerasHdf5(path);
      expect(tensors.get('normalization/1')).toEqual({
        dtype: 'float32',
        shape: [],
        data: Float32Array.of(7),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('reads lists that were split, and paths that go through a model inside the model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      const path = join(folder, 'a.h5');
      await ready;
      const file = new File(path, 'w');
      file.create_attribute('layer_names0', ['body']);
      file.create_attribute('layer_names1', ['a/b']);
      const body = file.create_group('body');
      body.create_attribute('weight_names', ['body/Conv1/kernel:0']);
      body
        .create_group('body')
        .create_group('Conv1')
        .create_dataset({ name: 'kernel:0', data: Float32Array.of(1) });
      const slashed = file.create_group('a').create_group('b');
      slashed.create_attribute('weight_names', ['a/b/kernel:0']);
      const inner = slashed.create_group('a').create_group('b');
      inner.create_dataset({ name: 'kernel:0', data: Float64Array.of(2), shape: [1] });
      file.close();
      const { tensors, layers } = await readKerasHdf5(path);
      expect(layers!.map(({ name }) => name)).toEqual(['Conv1', 'a/b']);
      expect([...tensors].map(([key, { data }]) => [key, ...data])).toEqual([
        ['Conv1/kernel', 1],
        ['a/b/kernel', 2],
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('keeps layers of one name in two models apart, and knows weights without a name of their own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      const path = join(folder, 'a.h5');
      await ready;
      const file = new File(path, 'w');
      file.create_attribute('layer_names', ['body', 'same']);
      file.create_attribute('model_config', JSON.stringify({ class_name: 'Sequential', config: [] }));
      const add = (layer: string, weight: string, number: number): void => {
        const group = file.create_group(layer);
        group.create_attribute('weight_names', [weight]);
        const [inner, name] = weight.split('/');
        group.create_group(inner!).create_dataset({ name: name!, data: Float32Array.of(number) });
      };
      // Keras 3 counts the factors of ConvNeXt's LayerScale through, as `variable_7`.
      add('body', 'same/variable_7', 1);
      add('same', 'same/kernel', 2);
      file.close();
      const { tensors, layers, inventory } = await readKerasHdf5(path);
      expect(layers).toEqual([
        { name: 'same', path: 'body/same', weights: [{ name: 'variable_7', key: 'same/variable_7' }] },
        { name: 'same', path: 'same', weights: [{ name: 'kernel', key: 'same/kernel' }] },
      ]);
      expect([...tensors].map(([key, { data }]) => [key, ...data])).toEqual([
        ['same/variable_7', 1],
        ['same/kernel', 2],
      ]);
      expect(inventory).toEqual(['body', 'same']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses a weight that claims to be larger than the file can hold', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      const path = join(folder, 'a.h5');
      await ready;
      const file = new File(path, 'w');
      file.create_attribute('layer_names', ['out']);
      const group = file.create_group('out');
      group.create_attribute('weight_names', ['kernel:0']);
      const data = Float32Array.of(1);
      // Chunks that were never written take no place.
      group.create_dataset({ name: 'kernel:0', data, maxshape: [null], chunks: [1] }).resize([1e9]);
      file.close();
      await expect(readKerasHdf5(path)).rejects.toThrow(
        withMessage(
          'weights "a.h5": expected at most 33.8 MB in a file of 8.2 KB, ' +
            'received 4.0 GB with "out/kernel" of shape [1000000000]. ' +
            'The file is damaged, or made to fill the memory: fetch it again.',
        ),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses HDF5 that no Keras wrote', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      const path = join(folder, 'a.h5');
      await ready;
      const file = new File(path, 'w');
      file.create_group('data').create_dataset({ name: 'x', data: Float32Array.of(1) });
      file.close();
      await expect(readKerasHdf5(path)).rejects.toThrow(
        withMessage(
          'weights "a.h5": expected an HDF5 file with the layers of a Keras model, received one without. ' +
            'The file is damaged or of another kind: fetch it again.',
        ),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('reads a file of Keras 1, with names of its own', needs.file(SQUEEZENET), async () => {
    const { layers, tensors } = await readKerasHdf5(SQUEEZENET);
    expect(layers).toHaveLength(25);
    expect(layers!.slice(0, 2)).toEqual([
      {
        name: 'conv1',
        path: 'conv1',
        weights: [
          { name: 'uniform1', key: 'conv1/uniform1' },
          { name: 'conv1_b', key: 'conv1/conv1_b' },
        ],
      },
      {
        name: 'fire2/squeeze1x1',
        path: 'fire2/squeeze1x1',
        weights: [
          { name: 'uniform2', key: 'fire2/squeeze1x1/uniform2' },
          { name: 'fire2/squeeze1x1_b', key: 'fire2/squeeze1x1/fire2/squeeze1x1_b' },
        ],
      },
    ]);
    const total = [...tensors.values()].reduce((sum, tensor) => sum + tensor.data.length, 0);
    // SqueezeNet 1.1's body.
    expect(total).toBe(722_496);
  });

  it.each([
    ['no HDF5', Buffer.from('no HDF5 at all')],
    ['an empty file', Buffer.alloc(0)],
    ['a truncated file', readFileSync(FIXTURE).subarray(0, 3000)],
  ])('refuses %s, and prints nothing', async (_, bytes) => {
    const write = vi.spyOn(fs, 'writeSync');
    await expect(readKerasHdf5(bytes, 'weights "a.h5"')).rejects.toThrow(
      expect.objectContaining({
        code: 'weights',
        message:
          'weights "a.h5": expected an HDF5 file, received one that HDF5 cannot read. ' +
          'The file is damaged or of another kind: fetch it again.',
      }),
    );
    // HDF5 writes its diagnosis to descriptor 2.
    expect(write.mock.calls.filter(([descriptor]) => descriptor === 2)).toEqual([]);
    write.mockRestore();
  });

  it('says that a file is not there', async () => {
    await expect(readKerasHdf5('no/base.h5')).rejects.toThrow(
      expect.objectContaining({
        code: 'file-not-found',
        message: 'weights "base.h5": expected a file, received no file at "no/base.h5". Check the path.',
      }),
    );
  });

  it('reads or refuses 60 damaged files, and reads a whole one afterwards', async () => {
    const random = createRandom(2);
    const wholes = [readFileSync(FIXTURE), readFileSync('tests/golden/weights/keras3.weights.h5')];
    const outcomes = { read: 0, refused: 0 };
    for (let round = 0; round < 60; round++) {
      const damaged = Buffer.from(wholes[round % 2]!);
      const edits = 1 + random.integer(30);
      for (let edit = 0; edit < edits; edit++) {
        damaged[random.integer(damaged.length)] = [0, 0x7f, 0xff, random.integer(256)][random.integer(4)]!;
      }
      try {
        await readKerasHdf5(damaged, 'weights "a.h5"');
        outcomes.read++;
      } catch (error) {
        if (!(error instanceof GraftError)) throw error;
        outcomes.refused++;
      }
    }
    expect(outcomes.read).toBeGreaterThan(5);
    expect(outcomes.refused).toBeGreaterThan(5);
    expect((await readKerasHdf5(FIXTURE)).tensors.size).toBe(11);
  });
});
