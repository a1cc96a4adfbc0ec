/** @file What identifies a picture whatever its name: the hash of its bytes. */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Sample } from './sample.ts';

/** Bytes of a hash: SHA-256. */
export const HASH_BYTES = 32;

/** Pictures that are read at once. */
const READERS = 8;

/** Hashes of some pictures, and what tells whether a file was changed since. */
export interface PictureHashes {
  /** `[N, 32]`; zeros for a file that cannot be read: whoever decodes it will say why. */
  readonly hashes: Uint8Array;
  /** `[N, 2]`: time of the last change in milliseconds, and size in bytes. */
  readonly stamps: Float64Array;
}

export function emptyHashes(count: number): PictureHashes {
  return { hashes: new Uint8Array(count * HASH_BYTES), stamps: new Float64Array(count * 2) };
}

/**
 * SHA-256 of the pictures from `start` to `end`, into their places. Those that were hashed before are left as they are.
 *
 * @throws The signal's reason, if it aborts.
 */
export async function hashPictures(
  samples: readonly Pick<Sample, 'file'>[],
  start: number,
  end: number,
  { hashes, stamps }: PictureHashes,
  signal?: AbortSignal,
): Promise<void> {
  let next = start;
  const readSome = async (): Promise<void> => {
    while (next < end) {
      signal?.throwIfAborted();
      const index = next++;
      if (isHashed(hashes, index)) continue;
      const { file } = samples[index]!;
      try {
        const stats = await stat(file);
        // A pipe or a device might never end; the decoder refuses them.
        if (!stats.isFile()) continue;
        const { mtimeMs, size } = stats;
        const bytes = await readFile(file);
        hashes.set(createHash('sha256').update(bytes).digest(), index * HASH_BYTES);
        stamps.set([mtimeMs, size], index * 2);
      } catch {
        hashes.fill(0, index * HASH_BYTES, (index + 1) * HASH_BYTES);
      }
    }
  };
  await Promise.all(Array.from({ length: READERS }, readSome));
}

function isHashed(hashes: Uint8Array, index: number): boolean {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES).some((byte) => byte !== 0);
}

/** The hash of one picture. */
export function hashAt({ hashes }: PictureHashes, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

/** Whether a file is still the one that was hashed. False for one that could not be read. */
export async function isUnchanged(file: string, index: number, of: PictureHashes): Promise<boolean> {
  if (hashAt(of, index).every((byte) => byte === 0)) return false;
  const now = await stat(file).catch(() => undefined);
  return now?.mtimeMs === of.stamps[index * 2] && now?.size === of.stamps[index * 2 + 1];
}
