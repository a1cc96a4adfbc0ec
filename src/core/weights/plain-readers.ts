/** @file Readers of HDF5 and zip archives in this thread, for any machine. */

import { unzipSync } from 'fflate';
import { loadHdf5 } from './hdf5-layers.ts';
import type { WeightReaders, ZipContents } from './weight-readers.ts';

let library: ReturnType<typeof loadHdf5> | undefined;

/**
 * All at once in the caller's thread: a hostile file may take as long as it likes, and leave the HDF5 library broken for all
 * that follow. Whoever reads files of strangers does it in a worker, and ends that.
 */
export const plainReaders: WeightReaders = {
  async readHdf5(file, { where, names, fileBytes }) {
    if ('path' in file) throw new Error('a path, where there is no disk');
    const source = await file.bytes();
    library ??= loadHdf5();
    const read = await library;
    return read({ source, sourceBytes: source.length, fileBytes: fileBytes ?? source.length, where, names });
  },

  async openZip(bytes, maxEntries): Promise<ZipContents | number> {
    const sizes = new Map<string, number>();
    let count = 0;
    unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (++count <= maxEntries) sizes.set(name, originalSize);
        return false;
      },
    });
    if (count > maxEntries) return count;
    return {
      sizes,
      read: async (name) => {
        let isFound = false;
        const unpacked = unzipSync(bytes, {
          // Memory of the stated size is all that it writes to, once: names may stand there twice.
          filter: (entry) => {
            const isIt = !isFound && entry.name === name && entry.originalSize === sizes.get(name);
            isFound ||= isIt;
            return isIt;
          },
        });
        return unpacked[name]!;
      },
    };
  },
};
