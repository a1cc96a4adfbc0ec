/** @file Bytes in a temporary file that nobody else sees: a large table would lie in memory beside the network, from beginning to end. */

import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { ByteSource } from '../../text/tables/text-pool.ts';
import { readFully } from '../files/read-fully.ts';

/** Fewer stay in memory. */
const MIN_BYTES = 4 * 1024 * 1024;
/** Texts are mostly read one after another. */
const BLOCK_BYTES = 64 * 1024;

/** Files are closed when nobody reads them any more. */
const unused = new FinalizationRegistry<number>(closeSync);

/**
 * Puts bytes into a file without a name, which goes with the process, however that ends.
 *
 * @returns Undefined for few bytes, and where no such file can be written: they stay where they are.
 */
export function keepInFile(bytes: Uint8Array): ByteSource | undefined {
  if (bytes.length < MIN_BYTES) return undefined;
  const path = join(tmpdir(), `graft-${randomUUID()}`);
  let file: number | undefined;
  try {
    file = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    const kept = new FileBytes(file);
    unused.register(kept, file);
    return kept;
  } catch {
    if (file !== undefined) {
      closeSync(file);
      rmSync(path, { force: true });
    }
    return undefined;
  }
}

class FileBytes implements ByteSource {
  readonly #file: number;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  /** What the block holds. */
  #start = 0;
  #end = 0;

  constructor(file: number) {
    this.#file = file;
  }

  read(start: number, end: number): Uint8Array {
    if (end - start > BLOCK_BYTES) {
      const bytes = new Uint8Array(end - start);
      if (readFully(this.#file, bytes, start) < bytes.length) throw lostBytes();
      return bytes;
    }
    if (start < this.#start || end > this.#end) {
      this.#start = start;
      this.#end = start + readFully(this.#file, this.#block, start);
      if (end > this.#end) throw lostBytes();
    }
    return this.#block.subarray(start - this.#start, end - this.#start);
  }
}

function lostBytes(): GraftError {
  return new GraftError('runtime', {
    where: 'temporary file of a table',
    expected: 'the bytes that were written into it',
    received: 'fewer',
    advice: `Look whether the disk of ${tmpdir()} is whole, and start again.`,
  });
}
