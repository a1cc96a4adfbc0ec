/** @file Values of segments: files that stay open, and reading from them. */

import { closeSync, openSync, readSync } from 'node:fs';
import { VALUES } from './segment-files.ts';

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

/** Files of values that are kept open, up to a number; the one unused for longest is closed. */
export class OpenValues {
  readonly #most: number;
  /** Least recently used first. */
  readonly #open = new Map<string, number>();

  constructor(most = 128) {
    this.#most = most;
  }

  /** The descriptor of a segment's values, or undefined where they are gone. */
  get(base: string): number | undefined {
    let descriptor = this.#open.get(base);
    if (descriptor === undefined) {
      try {
        descriptor = openSync(base + VALUES, 'r');
      } catch {
        return undefined;
      }
    }
    this.#open.delete(base);
    this.#open.set(base, descriptor);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= this.#most) break;
      this.close(oldest);
    }
    return descriptor;
  }

  close(base: string): void {
    const descriptor = this.#open.get(base);
    this.#open.delete(base);
    if (descriptor !== undefined) closeSync(descriptor);
  }

  closeAll(): void {
    for (const base of [...this.#open.keys()]) this.close(base);
  }
}
