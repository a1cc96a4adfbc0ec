/** @file Reads of an open file that give all that was asked for. */

import { readSync } from 'node:fs';

/** Reads until `target` is full or the file ends. @returns The bytes read. */
export function readFully(descriptor: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const read = readSync(descriptor, target, done, target.length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
