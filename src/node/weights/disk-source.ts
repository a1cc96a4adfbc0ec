/** @file A file of weights on this machine's disk, and readers that bound what it may take. */

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { brokenFile, describeFile } from '../../core/weights/weight-file.ts';
import type { WeightSource } from '../../core/weights/weight-format.ts';
import type { WeightReaders } from '../../core/weights/weight-readers.ts';
import { openZip } from './bounded-zip.ts';
import { findBeside } from './file-beside.ts';
import { readHdf5InThread } from './keras-hdf5.ts';

/** HDF5 in a thread that is ended, archives entry by entry. */
export const boundedReaders: WeightReaders = { readHdf5: readHdf5InThread, openZip };

/** @param where - For messages. Default: from the path. */
export function diskSource(path: string, where: string = describeFile(path)): WeightSource {
  const read = async (file: string): Promise<Uint8Array> => {
    try {
      return await readFile(file);
    } catch (cause) {
      throw new GraftError(
        'file-not-found',
        {
          where,
          expected: 'the model and its shards',
          received: `no file at "${file}"`,
          advice: 'Check the path.',
        },
        { cause },
      );
    }
  };
  return {
    path,
    where,
    bytes: () => read(path),
    beside: async (name) => {
      const found = findBeside(path, name);
      if ('path' in found) return read(found.path);
      if (found.problem === 'elsewhere') throw brokenFile(where, 'shards beside the model', found.received);
      return read(join(dirname(path), name));
    },
    readers: boundedReaders,
  };
}
