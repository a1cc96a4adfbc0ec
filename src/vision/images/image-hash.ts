/** @file What identifies an image whatever its name: the hash of its bytes. */

/** Bytes of a hash: SHA-256. */
export const HASH_BYTES = 32;

/** Hashes of some images, and what tells whether a file was changed since. */
export interface ImageHashes {
  /** `[N, 32]`; zeros for a file that cannot be read: whoever decodes it will say why. */
  readonly hashes: Uint8Array;
  /** `[N, 2]`: time of the last change in milliseconds, and size in bytes. */
  readonly stamps: Float64Array;
}

export function emptyHashes(count: number): ImageHashes {
  return { hashes: new Uint8Array(count * HASH_BYTES), stamps: new Float64Array(count * 2) };
}

/** False for an image that was not hashed yet, or cannot be read. */
export function isHashed(hashes: Uint8Array, index: number): boolean {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES).some((byte) => byte !== 0);
}

/** The hash of one image. */
export function hashAt({ hashes }: Pick<ImageHashes, 'hashes'>, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}
