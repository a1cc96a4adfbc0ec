/** @file Bytes that are read by ranges, so that a file larger than the memory can be read: a file, or an array. */

/** A file, by ranges. */
export interface ByteSource {
  /** For messages: `weights "model.gguf"`. */
  readonly where: string;
  readonly byteLength: number;
  /**
   * The bytes from `start` on; fewer than `length` only at the end. They are the caller's to read, not to change.
   */
  read(start: number, length: number): Promise<Uint8Array>;
}

/** Bytes that are there. */
export function bytesSource(bytes: Uint8Array, where: string): ByteSource {
  return {
    where,
    byteLength: bytes.length,
    read: (start, length) => Promise.resolve(bytes.subarray(start, Math.min(start + length, bytes.length))),
  };
}
