/** @file The thread in which HDF5 runs: one request after the other, see keras-hdf5.ts. */

import { readlinkSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { GraftError } from '../../core/errors/graft-error.ts';
import { type FirstWord, ownThread } from './bounded-thread.ts';
import { type Hdf5Request, loadHdf5 } from './hdf5-layers.ts';
import type { Hdf5Answer } from './keras-hdf5.ts';
import { libraryMemoryBytes } from './library-memory.ts';

const begun = loadHdf5().then(
  (read) => {
    parentPort?.on('message', (request: Hdf5Request) => serve(read, request));
    return { thread: ownThread(() => readlinkSync('/proc/thread-self')) };
  },
  (error: unknown) => ({ failure: String(error) }),
);
void begun.then((word: FirstWord) => parentPort?.postMessage(word));

function serve(read: Awaited<ReturnType<typeof loadHdf5>>, request: Hdf5Request): void {
  try {
    const layers = read(request);
    const buffers = [...layers.tensors.values()].map(({ data }) => data.buffer as ArrayBuffer);
    answer({ layers, libraryBytes: libraryMemoryBytes() }, buffers);
  } catch (error) {
    if (!(error instanceof GraftError)) throw error;
    answer({
      code: error.code,
      parts: error.parts,
      cause: String(error.cause),
      aborted: (error.cause as Error | undefined)?.name === 'RuntimeError',
      libraryBytes: libraryMemoryBytes(),
    });
  }
}

function answer(message: Hdf5Answer, handedOver: ArrayBuffer[] = []): void {
  // Tensors that share memory are copied.
  const apart = new Set(handedOver).size === handedOver.length;
  parentPort?.postMessage(message, apart ? handedOver : []);
}
