/** @file Makes an HDF5 file and gives its bytes. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { File, Group } from 'h5wasm/node';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { Weight } from '../../core/layers/layer.ts';
import { writeError } from '../files/write-file.ts';

/**
 * HDF5 writes to paths only: the file is made among the temporary ones and removed.
 *
 * @throws {GraftError} `file-write`, if there is no place for it.
 */
export async function hdf5Bytes(fill: (root: Group) => void): Promise<Uint8Array> {
  const h5wasm = await import('h5wasm/node');
  const module = await h5wasm.ready;
  // Otherwise HDF5 prints its errors to the console and goes on.
  module.activate_throwing_error_handler();
  const folder = await mkdtemp(join(tmpdir(), 'graft-')).catch((cause: unknown) => {
    throw temporaryError(tmpdir(), cause);
  });
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
    throw temporaryError(path, cause);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function temporaryError(path: string, cause: unknown): GraftError {
  return new GraftError(
    'file-write',
    {
      where: `temporary file "${path}"`,
      expected: 'an HDF5 file to be written',
      received: reasonOf(path, cause),
      advice: 'Make room there, or set TMPDIR to a folder on another disk.',
    },
    { cause },
  );
}

/** HDF5 tells the whole way to a fault; what the system said stands at its end, what failed in its first line. */
function reasonOf(path: string, cause: unknown): string {
  const { received } = writeError(path, cause).parts;
  const said = /error message = '([^']+)'/.exec(received) ?? /\(\): (.+)/.exec(received);
  return said === null ? received : `"${said[1]}"`;
}

/** A dataset of float32 with a weight's numbers, in Keras' shape. */
export function putWeight(group: Group, name: string, weight: Weight): void {
  group.create_dataset({ name, data: weight.value, shape: [...weight.spec.shape], dtype: '<f' });
}
