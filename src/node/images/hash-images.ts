/** @file Hashes images, and tells whether a file was changed since. */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type ContentHashes, HASH_BYTES, hashAt, isHashed } from '../../core/examples/content-hashes.ts';
import { countChannels, type ImageContent } from '../../core/examples/image-content.ts';
import type { Sample } from '../../core/examples/sample.ts';
import { inTurns } from '../../core/runtime/in-turns.ts';

/** What is hashed: a file, or an image in memory. */
type HashedSample = Pick<Sample, 'file' | 'content'>;

/**
 * SHA-256 of the images from `start` to `end`, into their places. Those that were hashed before are left as they are.
 *
 * @throws The signal's reason, if it aborts.
 */
export async function hashImages(
  samples: readonly HashedSample[],
  start: number,
  end: number,
  { hashes, stamps }: ContentHashes,
  signal?: AbortSignal,
): Promise<void> {
  await inTurns(start, end, signal, async (index) => {
    if (isHashed(hashes, index)) return;
    const sample = samples[index]!;
    try {
      // Of a file that was changed since it was stamped, the hash is one that the stamp does not vouch for.
      if (!isStamped(stamps, index)) await stampImage(sample, index, stamps);
      hashes.set(await digestOf(sample), index * HASH_BYTES);
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
  samples: readonly HashedSample[],
  { stamps }: ContentHashes,
  signal?: AbortSignal,
): Promise<void> {
  await inTurns(0, samples.length, signal, async (index) => {
    if (isStamped(stamps, index)) return;
    await stampImage(samples[index]!, index, stamps).catch(() => undefined);
  });
}

/** Whether an image is still the one that was hashed. False for one that could not be read. */
export async function isUnchanged(
  { file, content }: HashedSample,
  index: number,
  of: ContentHashes,
): Promise<boolean> {
  if (hashAt(of, index).every((byte) => byte === 0)) return false;
  if (content !== undefined) return true;
  const now = await stat(file).catch(() => undefined);
  return now?.mtimeMs === of.stamps[index * 2] && now?.size === of.stamps[index * 2 + 1];
}

/** What identifies an image in memory has no time. Not zero, which stands for what is not known. */
const NO_TIME = 1;

async function stampImage(
  { file, content }: HashedSample,
  index: number,
  stamps: Float64Array,
): Promise<void> {
  if (content !== undefined) {
    stamps.set([NO_TIME, bytesOf(content).length], index * 2);
    return;
  }
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

/** Bytes of a file have the same digest in memory. */
async function digestOf({ file, content }: HashedSample): Promise<Uint8Array> {
  const digest = createHash('sha256');
  if (content === undefined) return digest.update(await readFile(file)).digest();
  if (!(content instanceof Uint8Array)) {
    digest.update(`pixels ${content.width} x ${content.height} x ${countChannels(content)}\n`);
  }
  return digest.update(bytesOf(content)).digest();
}

function bytesOf(content: ImageContent): Uint8Array | Uint8ClampedArray {
  return content instanceof Uint8Array ? content : content.data;
}
