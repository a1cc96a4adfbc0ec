import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { File, ready } from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { zipOf } from '../../../tests/support/zip-file.ts';
import { boundedReaders } from '../../node/weights/disk-source.ts';
import { readWeights } from '../../node/weights/read-weights.ts';
import { readKerasArchive } from './keras-archive.ts';

const ARCHIVE = 'tests/golden/weights/archive.keras';
const WHERE = 'weights "a.keras"';
const DAMAGED = 'The file is damaged or of another kind: fetch it again.';

/** HDF5 as early versions of Keras 3 wrote it: without names. */
async function namelessWeights(): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
  try {
    await ready;
    const path = join(folder, 'a.h5');
    const file = new File(path, 'w');
    const top = file.create_group('layers');
    const add = (parent: typeof top, name: string, ...numbers: number[]): typeof top => {
      const group = parent.create_group(name);
      const vars = group.create_group('vars');
      numbers.forEach((number, i) => {
        vars.create_dataset({ name: `${i}`, data: Float32Array.of(number) });
      });
      return group;
    };
    add(top, 'conv2d', 1);
    add(top, 'conv2d_1', 2);
    add(add(top, 'functional').create_group('layers'), 'dense', 3);
    // States of random numbers are no weights.
    add(add(top, 'dropout'), 'seed_generator', 9);
    file.close();
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const layer = (class_name: string, name: string, layers?: unknown) => ({
  class_name,
  config: { name, layers },
});

describe('readKerasArchive', () => {
  it('reads what Keras wrote, without the optimizer', async () => {
    const { sums } = JSON.parse(readFileSync('tests/golden/weights/archive.json', 'utf8')) as {
      sums: Record<string, number[]>;
    };
    const { format, layers, tensors } = await readWeights(ARCHIVE);
    expect(format).toBe('keras-archive');
    const read = Object.fromEntries(
      layers!.map(({ name, weights }) => [
        name,
        weights.map(({ key }) => tensors.get(key)!.data.reduce((sum, value) => sum + value, 0)),
      ]),
    );
    expect(Object.keys(read).sort()).toEqual(Object.keys(sums).sort());
    for (const [name, values] of Object.entries(sums)) {
      expect(read[name]).toHaveLength(values.length);
      for (const [i, value] of values.entries()) expect(read[name]![i]).toBeCloseTo(value, 5);
    }
  });

  it('takes names from the configuration where the weights have none', async () => {
    const weights = await namelessWeights();
    const config = {
      class_name: 'Functional',
      config: {
        layers: [
          layer('Conv2D', 'stem'),
          layer('ReLU', 'relu'),
          layer('Functional', 'body', [layer('Dense', 'out')]),
          layer('Conv2D', 'second'),
          layer('Dropout', 'dropout'),
        ],
      },
    };
    const { layers } = await readKerasArchive(
      zipOf([
        { name: 'config.json', data: JSON.stringify(config) },
        { name: 'model.weights.h5', data: weights },
      ]),
      WHERE,
      boundedReaders,
    );
    expect(layers!.map(({ name }) => name)).toEqual(['stem', 'second', 'out']);
  });

  it.each([
    [Buffer.from('PK\x03\x04 and no more'), 'a .keras archive, received a zip archive that cannot be read'],
    [zipOf([{ name: 'config.json', data: '{}' }]), 'a file "model.weights.h5" in the archive, received none'],
    [
      zipOf([
        { name: 'model.weights.h5', data: 'x' },
        { name: 'config.json', data: '{' },
      ]),
      'a .keras archive, received a zip archive that cannot be read',
    ],
    [
      zipOf([
        { name: 'model.weights.h5', data: 'x' },
        { name: 'config.json', data: '{}' },
      ]),
      'an HDF5 file, received one that HDF5 cannot read',
    ],
  ])('refuses a damaged archive %#', async (bytes, complaint) => {
    await expect(readKerasArchive(bytes, WHERE, boundedReaders)).rejects.toThrow(
      withMessage(`${WHERE}: expected ${complaint}. ${DAMAGED}`),
    );
  });

  it('refuses what is larger than an archive of its size can hold, before it unpacks it', async () => {
    const archive = zipOf([{ name: 'model.weights.h5', data: 'x', declaredBytes: 4e9 }]);
    await expect(readKerasArchive(archive, WHERE, boundedReaders)).rejects.toThrow(
      withMessage(
        `${WHERE}: expected at most 33.6 MB in a file of 133 bytes, received 4.0 GB with "model.weights.h5". ` +
          'The file is damaged, or made to fill the memory: fetch it again.',
      ),
    );
  });
});
