/** @file A large table's bytes in a temporary file: it would lie in memory beside the network, from beginning to end. */

import type { ByteSource } from '../../text/tables/text-pool.ts';
import { UnnamedFile } from '../files/unnamed-file.ts';

/** Fewer stay in memory. */
const MIN_BYTES = 4 * 1024 * 1024;
/** Texts are mostly read one after another. */
const BLOCK_BYTES = 64 * 1024;

/**
 * Puts bytes into a file without a name, which goes with the process, however that ends.
 *
 * @returns Undefined for few bytes, and where no such file can be written: they stay where they are.
 */
export function keepInFile(bytes: Uint8Array): ByteSource | undefined {
  const file = bytes.length < MIN_BYTES ? undefined : UnnamedFile.write([bytes], 'a table');
  return file && new FileBytes(file);
}

class FileBytes implements ByteSource {
  readonly #file: UnnamedFile;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  /** What the block holds. */
  #start = 0;
  #end = 0;

  constructor(file: UnnamedFile) {
    this.#file = file;
  }

  read(start: number, end: number): Uint8Array {
    if (end - start > BLOCK_BYTES) {
      const bytes = new Uint8Array(end - start);
      this.#file.read(bytes, start);
      return bytes;
    }
    if (start < this.#start || end > this.#end) {
      // What a failed read leaves in the block is nothing.
      this.#end = this.#start;
      this.#end = start + this.#file.read(this.#block, start, end - start);
      this.#start = start;
    }
    return this.#block.subarray(start - this.#start, end - this.#start);
  }
}
