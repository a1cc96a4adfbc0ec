/** @file The thread in which HDF5 runs: one request after the other, see keras-hdf5.ts. */

import { parentPort } from 'node:worker_threads';
import { GraftError } from '../errors/graft-error.ts';
import { type Hdf5Request, readHdf5Layers } from './hdf5-layers.ts';
import type { Hdf5Answer } from './keras-hdf5.ts';

parentPort?.on('message', (request: Hdf5Request) => {
  readHdf5Layers(request).then(
    (layers) =>
      answer(
        { layers },
        [...layers.tensors.values()].map(({ data }) => data.buffer as ArrayBuffer),
      ),
    (error: unknown) => {
      if (!(error instanceof GraftError)) throw error;
      answer({
        code: error.code,
        parts: error.parts,
        cause: String(error.cause),
        aborted: (error.cause as Error | undefined)?.name === 'RuntimeError',
      });
    },
  );
});

function answer(message: Hdf5Answer, handedOver: ArrayBuffer[] = []): void {
  // Tensors that share memory are copied.
  const apart = new Set(handedOver).size === handedOver.length;
  parentPort?.postMessage(message, apart ? handedOver : []);
}
