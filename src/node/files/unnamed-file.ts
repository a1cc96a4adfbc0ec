/** @file Temporary files without a name, for what would lie in memory for long: nobody else finds them, and they go with the process. */

import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { readFully } from './read-fully.ts';

/** Files are closed when nobody reads them any more. */
const unused = new FinalizationRegistry<number>(closeSync);

/** Bytes that were written once. */
export class UnnamedFile {
  readonly #descriptor: number;
  readonly #holds: string;

  private constructor(descriptor: number, holds: string) {
    this.#descriptor = descriptor;
    this.#holds = holds;
  }

  /**
   * Writes arrays one behind the other.
   *
   * @param holds - What is in it, for messages: `a table`.
   * @returns Undefined where no such file can be written; nothing is left then.
   */
  static write(arrays: readonly Uint8Array[], holds: string): UnnamedFile | undefined {
    const path = join(tmpdir(), `graft-${randomUUID()}`);
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      for (const bytes of arrays) {
        for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
      }
      const file = new UnnamedFile(descriptor, holds);
      unused.register(file, descriptor);
      return file;
    } catch {
      if (descriptor !== undefined) {
        closeSync(descriptor);
        rmSync(path, { force: true });
      }
      return undefined;
    }
  }

  /**
   * Reads into an array from a byte on; less where the file ends.
   *
   * @param least - Bytes that must be there. Default: as many as the array has.
   * @returns The bytes read.
   * @throws {GraftError} `runtime`, if fewer are left.
   */
  read(target: Uint8Array, start: number, least: number = target.length): number {
    const read = readFully(this.#descriptor, target, start);
    if (read >= least) return read;
    throw new GraftError('runtime', {
      where: `temporary file of ${this.#holds}`,
      expected: 'the bytes that were written into it',
      received: 'fewer',
      advice: `Look whether the disk of ${tmpdir()} is whole, and start again.`,
    });
  }
}
