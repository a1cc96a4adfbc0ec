/** @file Counts the files beside images that are no images, so that nothing is left out in silence. */

import { extname } from 'node:path';

/** Endings that are named one by one; the rest is counted together. */
const MAX_ENDINGS = 4;

export class LeftOutFiles {
  readonly #counts = new Map<string, number>();
  #first: string | undefined;

  /** @param name - Of the file, without its folder. */
  add(name: string): void {
    const ending = extname(name).toLowerCase();
    this.#counts.set(ending, (this.#counts.get(ending) ?? 0) + 1);
    this.#first ??= name;
  }

  get count(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** One sentence for the person; undefined if there are none. */
  note(): string | undefined {
    if (this.#first === undefined) return undefined;
    if (this.count === 1) return `1 file that is not an image is left out: "${this.#first}".`;
    const byCount = [...this.#counts].sort((a, b) => b[1] - a[1]);
    const named = byCount.slice(0, byCount.length > MAX_ENDINGS ? MAX_ENDINGS - 1 : MAX_ENDINGS);
    const rest = this.count - named.reduce((sum, [, count]) => sum + count, 0);
    const parts = named.map(([ending, count]) => `${count} ${ending === '' ? 'without an ending' : ending}`);
    if (rest > 0) parts.push(`${rest} others`);
    return `${this.count} files that are not images are left out: ${parts.join(', ')}; the first is "${this.#first}".`;
  }
}
