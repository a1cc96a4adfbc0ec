/** @file Tensors of a safetensors file by ranges of its bytes, and of several such files as one. */

import { readSafetensorsHeader } from '../../core/weights/safetensors.ts';
import { type TensorReader, type TensorSource, tensorSource } from '../../core/weights/tensor-source.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import type { ByteSource } from './byte-source.ts';

const LENGTH_BYTES = 8;

/**
 * Opens a safetensors file; each tensor is read when it is asked for.
 *
 * @throws {GraftError} `weights`, if the file is damaged.
 */
export async function openSafetensors(source: ByteSource): Promise<TensorSource> {
  const { where, byteLength } = source;
  const head = await source.read(0, LENGTH_BYTES);
  const { length, parse } = readSafetensorsHeader(head, byteLength, where);
  const entries = parse(await source.read(LENGTH_BYTES, length));
  const readers = new Map<string, TensorReader>();
  for (const { name, shape, start, end, decode } of entries) {
    const place = LENGTH_BYTES + length + start;
    readers.set(name, { shape, read: async () => decode(await source.read(place, end - start)) });
  }
  return tensorSource(where, readers);
}

/**
 * Several files as one.
 *
 * @throws {GraftError} `weights`, if two have a tensor of one name.
 */
export function joinSources(where: string, sources: readonly TensorSource[]): TensorSource {
  const readers = new Map<string, TensorReader>();
  for (const source of sources) {
    for (const [name, shape] of source.shapes) {
      if (readers.has(name)) throw brokenFile(source.where, 'tensors that no other part has', `"${name}"`);
      readers.set(name, { shape, read: async () => (await source.read(name)).data });
    }
  }
  return tensorSource(where, readers);
}
