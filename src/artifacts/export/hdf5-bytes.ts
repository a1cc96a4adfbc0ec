/** @file Makes an HDF5 file and gives its bytes. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { File, Group } from 'h5wasm/node';
import { GraftError } from '../../errors/graft-error.ts';
import type { Weight } from '../../layers/layer.ts';

/** HDF5 writes to paths only: the file is made among the temporary ones and removed. */
export async function hdf5Bytes(fill: (root: Group) => void): Promise<Uint8Array> {
  const h5wasm = await import('h5wasm/node');
  const module = await h5wasm.ready;
  // Otherwise HDF5 prints its errors to the console and goes on.
  module.activate_throwing_error_handler();
  const folder = await mkdtemp(join(tmpdir(), 'graft-'));
  const path = join(folder, 'export.h5');
  try {
    let file: File | undefined;
    try {
      file = new h5wasm.File(path, 'w');
      fill(file);
    } finally {
      file?.close();
    }
    return await readFile(path);
  } catch (cause) {
    const [told] = String(cause instanceof Error ? cause.message : cause).split('\n');
    throw new GraftError(
      'file-write',
      {
        where: `temporary file "${path}"`,
        expected: 'an HDF5 file to be written',
        received: `"${told}"`,
        advice: 'Make room there, or set TMPDIR to a folder on another disk.',
      },
      { cause },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A dataset of float32 with a weight's numbers, in Keras' shape. */
export function putWeight(group: Group, name: string, weight: Weight): void {
  group.create_dataset({ name, data: weight.value, shape: [...weight.spec.shape], dtype: '<f' });
}
