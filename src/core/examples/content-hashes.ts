/** @file What identifies an example whatever its name: the hash of its content. */

/** Bytes of a hash: SHA-256. */
export const HASH_BYTES = 32;

/** Hashes of some examples, and what tells whether their files were changed since. */
export interface ContentHashes {
  /** `[N, 32]`; zeros for what cannot be read: whoever decodes it will say why. */
  readonly hashes: Uint8Array;
  /** `[N, 2]`: time of the last change in milliseconds, and size in bytes; zeros for what is no file. */
  readonly stamps: Float64Array;
}

export function emptyHashes(count: number): ContentHashes {
  return { hashes: new Uint8Array(count * HASH_BYTES), stamps: new Float64Array(count * 2) };
}

/** False for an example that was not hashed yet, or cannot be read. */
export function isHashed(hashes: Uint8Array, index: number): boolean {
  // A loop: this is asked of every example, several times.
  const end = (index + 1) * HASH_BYTES;
  for (let at = index * HASH_BYTES; at < end; at++) if (hashes[at] !== 0) return true;
  return false;
}

/** The hash of one example. */
export function hashAt({ hashes }: Pick<ContentHashes, 'hashes'>, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}
