/** What an HDF5 file says of other files is refused: a file of weights reads nothing else on the disk. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { zipOf } from '../../../tests/support/zip-file.ts';
import { readKerasArchive } from '../../core/weights/keras-archive.ts';
import { boundedReaders } from './disk-source.ts';
import { readKerasHdf5 } from './keras-hdf5.ts';

const FOLDER = 'tests/golden/weights/elsewhere';
const ONE_FILE = 'Save the model again as one file: model.save("model.h5") in Keras writes no references.';

describe('numbers that are not in the file itself', () => {
  it.each([
    [
      'external_storage',
      `expected "out/kernel" in the file itself, received a reference to another file, "package.json". ${ONE_FILE}`,
    ],
    [
      'virtual',
      `expected "out/out/kernel:0" in the file itself, received a reference to another file, "other.h5". ${ONE_FILE}`,
    ],
    [
      'external_link',
      `expected "out/out/kernel:0" in the file itself, received a reference to another file, "other.h5". ${ONE_FILE}`,
    ],
    [
      'external_group',
      `expected "layers/dense" in the file itself, received a reference to another file, "other.h5". ${ONE_FILE}`,
    ],
    [
      'soft_link',
      'expected "out/out/kernel:0" in the file, received a link to "/not/there", which is not. ' +
        'The file is damaged or of another kind: fetch it again.',
    ],
  ])('%s', async (name, complaint) => {
    const path = `${FOLDER}/${name}.h5`;
    await expect(readKerasHdf5(path)).rejects.toThrow(withMessage(`weights "${name}.h5": ${complaint}`));
    const archive = zipOf([
      { name: 'config.json', data: '{}' },
      { name: 'model.weights.h5', data: await readFile(path) },
    ]);
    await expect(readKerasArchive(archive, 'weights "a.keras"', boundedReaders)).rejects.toThrow(
      withMessage(`weights "a.keras": ${complaint}`),
    );
  });

  it('is refused where the other file is there, beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      const path = join(folder, 'a.h5');
      await writeFile(path, await readFile(`${FOLDER}/virtual.h5`));
      await writeFile(join(folder, 'other.h5'), await readFile(`${FOLDER}/external_storage.h5`));
      await expect(readKerasHdf5(path)).rejects.toThrow(
        withMessage(
          'weights "a.h5": expected "out/out/kernel:0" in the file itself, ' +
            `received a reference to another file, "other.h5". ${ONE_FILE}`,
        ),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
