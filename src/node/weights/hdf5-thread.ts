/** @file The thread in which HDF5 runs: one request after the other, see keras-hdf5.ts. */

import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { OpenFile } from '../../core/weights/hdf5-file-system.ts';
import { loadHdf5 } from '../../core/weights/hdf5-layers.ts';
import { libraryMemoryBytes } from '../../core/weights/library-memory.ts';
import { type FirstWord, ownThread } from './bounded-thread.ts';
import type { Hdf5Answer, Hdf5ThreadRequest } from './keras-hdf5.ts';

const begun = loadHdf5().then(
  (read) => {
    parentPort?.on('message', (request: Hdf5ThreadRequest) => serve(read, request));
    return { thread: ownThread(() => readlinkSync('/proc/thread-self')) };
  },
  (error: unknown) => ({ failure: String(error) }),
);
void begun.then((word: FirstWord) => parentPort?.postMessage(word));

function serve(read: Awaited<ReturnType<typeof loadHdf5>>, request: Hdf5ThreadRequest): void {
  const { source } = request;
  try {
    const layers = read({ ...request, source: typeof source === 'string' ? openFile(source) : source });
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

function openFile(path: string): OpenFile {
  const descriptor = openSync(path, 'r');
  return {
    read: (target, position) => readSync(descriptor, target, 0, target.length, position),
    close: () => closeSync(descriptor),
  };
}
