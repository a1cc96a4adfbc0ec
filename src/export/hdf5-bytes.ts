/** @file Makes an HDF5 file in memory and gives its bytes. */

import type { File, Group } from 'h5wasm';
import type { Weight } from '../core/layers/layer.ts';
import { encodeHex } from '../core/tensor/hex.ts';

/** The part of Emscripten's file system that is used. */
interface MemoryFiles {
  readFile(path: string): Uint8Array<ArrayBuffer>;
  unlink(path: string): void;
}

/** Loads HDF5, a library of 4 MB, which knows the time: of each array, the file has the second in which it was made. */
export async function hdf5Bytes(fill: (root: Group) => void): Promise<Uint8Array<ArrayBuffer>> {
  const h5wasm = await import('h5wasm');
  const module = await h5wasm.ready;
  // Otherwise HDF5 prints its errors to the console and goes on.
  module.activate_throwing_error_handler();
  const files = module.FS as unknown as MemoryFiles;
  const path = `/${encodeHex(crypto.getRandomValues(new Uint8Array(16)))}.h5`;
  let file: File | undefined;
  try {
    // Never one that is there: who reads files of strangers in the same library lets it open no others.
    file = new h5wasm.File(path, 'x');
    fill(file);
    file.close();
    return files.readFile(path);
  } finally {
    files.unlink(path);
  }
}

/** A dataset of float32 with a weight's numbers, in Keras' shape. */
export function putWeight(group: Group, name: string, weight: Weight): void {
  group.create_dataset({ name, data: weight.value, shape: [...weight.spec.shape], dtype: '<f' });
}
