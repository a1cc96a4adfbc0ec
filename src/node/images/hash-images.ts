/** @file Hashes image files, and tells whether one was changed since. */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Sample } from '../../core/examples/sample.ts';
import { HASH_BYTES, hashAt, type ImageHashes, isHashed } from '../../vision/images/image-hash.ts';
import { inTurns } from './in-turns.ts';

/**
 * SHA-256 of the images from `start` to `end`, into their places. Those that were hashed before are left as they are.
 *
 * @throws The signal's reason, if it aborts.
 */
export async function hashImages(
  samples: readonly Pick<Sample, 'file'>[],
  start: number,
  end: number,
  { hashes, stamps }: ImageHashes,
  signal?: AbortSignal,
): Promise<void> {
  await inTurns(start, end, signal, async (index) => {
    if (isHashed(hashes, index)) return;
    const { file } = samples[index]!;
    try {
      // Of a file that was changed since it was stamped, the hash is one that the stamp does not vouch for.
      if (!isStamped(stamps, index)) await stampImage(file, index, stamps);
      const bytes = await readFile(file);
      hashes.set(createHash('sha256').update(bytes).digest(), index * HASH_BYTES);
    } catch {
      hashes.fill(0, index * HASH_BYTES, (index + 1) * HASH_BYTES);
    }
  });
}

/**
 * Time and size of all images, which hashing needs too; zeros for a file that is not there. Nothing is read.
 *
 * @throws The signal's reason, if it aborts.
 */
export async function stampImages(
  samples: readonly Pick<Sample, 'file'>[],
  { stamps }: ImageHashes,
  signal?: AbortSignal,
): Promise<void> {
  await inTurns(0, samples.length, signal, async (index) => {
    if (isStamped(stamps, index)) return;
    await stampImage(samples[index]!.file, index, stamps).catch(() => undefined);
  });
}

/** Whether a file is still the one that was hashed. False for one that could not be read. */
export async function isUnchanged(file: string, index: number, of: ImageHashes): Promise<boolean> {
  if (hashAt(of, index).every((byte) => byte === 0)) return false;
  const now = await stat(file).catch(() => undefined);
  return now?.mtimeMs === of.stamps[index * 2] && now?.size === of.stamps[index * 2 + 1];
}

async function stampImage(file: string, index: number, stamps: Float64Array): Promise<void> {
  const stats = await stat(file);
  // A pipe or a device might never end; the decoder refuses them.
  if (!stats.isFile()) throw new Error('no regular file');
  const { mtimeMs, size } = stats;
  stamps[index * 2] = mtimeMs;
  stamps[index * 2 + 1] = size;
}

function isStamped(stamps: Float64Array, index: number): boolean {
  return stamps[index * 2] !== 0;
}
