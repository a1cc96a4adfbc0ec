/** @file Reads GGUF, the files of llama.cpp: their metadata, and tensors as float32, each by its own range of bytes. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { computeSize } from '../../core/tensor/tensor.ts';
import { type TensorReader, type TensorSource, tensorSource } from '../../core/weights/tensor-source.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import type { ByteSource } from './byte-source.ts';
import { GGUF_KIND_NAMES, ggufKind, nameOfKind } from './gguf-blocks.ts';
import { type GgufTensor, type GgufValue, readGgufHeader } from './gguf-header.ts';

export type { GgufValue } from './gguf-header.ts';

export interface GgufFile {
  readonly where: string;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** By llama.cpp's names: `blk.0.attn_q.weight`. */
  readonly tensors: TensorSource;
}

/**
 * Opens a GGUF file: reads its beginning, and each tensor when it is asked for.
 *
 * @throws {GraftError} `weights`, if it is damaged, or stores a tensor in a kind that is not read.
 */
export async function readGguf(source: ByteSource): Promise<GgufFile> {
  const { where } = source;
  const { metadata, tensors } = await readGgufHeader(source);
  const readers = new Map<string, TensorReader>();
  const places: { readonly name: string; readonly start: number; readonly end: number }[] = [];
  for (const tensor of tensors) {
    const { name, shape, start } = tensor;
    const { bytes, decode } = storageOf(tensor, where);
    // Sizes may be absurd, and then the product is no number.
    if (!(start + bytes <= source.byteLength)) {
      const left = Math.max(0, source.byteLength - start);
      throw brokenFile(where, `${bytes} bytes for "${name}" of shape [${shape.join(', ')}]`, `${left}`);
    }
    if (bytes > 0) places.push({ name, start, end: start + bytes });
    readers.set(name, { shape, read: async () => decode(await source.read(start, bytes)) });
  }
  places.sort((a, b) => a.start - b.start);
  places.forEach(({ name, start }, index) => {
    const before = places[index - 1];
    if (before === undefined || start >= before.end) return;
    throw brokenFile(where, 'every number in one tensor', `"${name}" over "${before.name}"`);
  });
  return { where, metadata, tensors: tensorSource(where, readers) };
}

function storageOf(
  { name, shape, type }: GgufTensor,
  where: string,
): { readonly bytes: number; readonly decode: (bytes: Uint8Array) => Float32Array } {
  const kind = ggufKind(type);
  if (kind === undefined) {
    throw new GraftError('weights', {
      where,
      expected: `tensors stored as ${GGUF_KIND_NAMES}`,
      received: `${nameOfKind(type)} ("${name}")`,
      advice: 'Take the file of the same model in Q8_0 or F16.',
    });
  }
  const blocks = computeSize(shape) / kind.block;
  if ((shape.at(-1) ?? 1) % kind.block !== 0) {
    throw brokenFile(where, `rows of a multiple of ${kind.block} in "${name}"`, `[${shape.join(', ')}]`);
  }
  return { bytes: blocks * kind.bytes, decode: kind.decode };
}
