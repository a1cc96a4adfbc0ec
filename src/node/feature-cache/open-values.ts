/** @file Values of segments: files that stay open. */

import { closeSync, openSync } from 'node:fs';
import { VALUES } from './segment-files.ts';

interface OpenFile {
  readonly descriptor: number;
  /** By the clock of all reads. */
  usedAt: number;
}

/** Files of values that are kept open, up to a number; the one unused for longest is closed. */
export class OpenValues {
  readonly #max: number;
  /**
   * Entries stay where they are: a map in which they move to the end at every read becomes a chain of tables, each with
   * a link to the next, that V8 collects late: 50 MB in a million reads.
   */
  readonly #open = new Map<string, OpenFile>();
  #clock = 0;

  constructor(max = 128) {
    this.#max = max;
  }

  /** The descriptor of a segment's values, or undefined where they are gone. */
  get(base: string): number | undefined {
    let file = this.#open.get(base);
    if (file === undefined) {
      try {
        file = { descriptor: openSync(base + VALUES, 'r'), usedAt: 0 };
      } catch {
        return undefined;
      }
      if (this.#open.size >= this.#max) this.close(this.#unusedForLongest());
      this.#open.set(base, file);
    }
    file.usedAt = this.#clock++;
    return file.descriptor;
  }

  close(base: string): void {
    const file = this.#open.get(base);
    this.#open.delete(base);
    if (file !== undefined) closeSync(file.descriptor);
  }

  closeAll(): void {
    for (const base of [...this.#open.keys()]) this.close(base);
  }

  #unusedForLongest(): string {
    const [first, ...others] = this.#open;
    return others.reduce((oldest, other) => (other[1].usedAt < oldest[1].usedAt ? other : oldest), first!)[0];
  }
}
