/** @file Of all rows of a set the nearest others, by cosine: exact, a block against a block, in memory for two blocks. */

import { RowProducts, type RowProductsOptions } from './row-products.ts';
import { BLOCK_ROWS, type RowSource, unitRows } from './row-source.ts';

export interface NearestRowsOptions extends RowProductsOptions {
  readonly k: number;
  readonly signal?: AbortSignal | undefined;
  /** Hears of pairs of rows that were compared. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** For each row its nearest others, the nearest first. */
export interface NearestRows {
  /** At most as asked: there are only so many others. */
  readonly k: number;
  /** `[rows, k]` */
  readonly indices: Uint32Array;
  /** `[rows, k]`: cosines, -1 to 1. */
  readonly cosines: Float32Array;
}

/**
 * Compares all rows with all others: `rows^2 x width / 2` products, by the runtime.
 *
 * @throws The signal's reason.
 */
export async function nearestRows(source: RowSource, options: NearestRowsOptions): Promise<NearestRows> {
  const { signal, onProgress } = options;
  const { size, width } = source;
  const k = Math.max(0, Math.min(options.k, size - 1));
  const found = new BestOfEach(size, k);
  if (k === 0) return found;
  const rows = await unitRows(source);
  const products = await RowProducts.create(width, options);
  const total = (size * (size - 1)) / 2;
  let done = 0;
  try {
    for (let start = 0; start < size; start += BLOCK_ROWS) {
      const end = Math.min(start + BLOCK_ROWS, size);
      const queries = Float32Array.from(await rows.read(start, end));
      for (let other = start; other < size; other += BLOCK_ROWS) {
        signal?.throwIfAborted();
        const otherEnd = Math.min(other + BLOCK_ROWS, size);
        const others = await rows.read(other, otherEnd);
        const cosines = await products.of(queries, others);
        found.add(cosines, start, end, other, otherEnd);
        const pairs = (end - start) * (otherEnd - other);
        done = Math.min(total, done + (other === start ? pairs / 2 : pairs));
        onProgress?.(done, total);
      }
    }
    return found;
  } finally {
    await products.dispose();
  }
}

class BestOfEach implements NearestRows {
  readonly k: number;
  readonly indices: Uint32Array;
  readonly cosines: Float32Array;
  /** `[rows]`: what another row must be nearer than, side by side: it is asked for every pair. */
  readonly #worst: Float32Array;

  constructor(size: number, k: number) {
    this.k = k;
    this.#worst = new Float32Array(size).fill(Number.NEGATIVE_INFINITY);
    this.indices = new Uint32Array(size * k);
    this.cosines = new Float32Array(size * k).fill(Number.NEGATIVE_INFINITY);
  }

  /** Both ways, but of a block with itself. */
  add(cosines: Float32Array, start: number, end: number, other: number, otherEnd: number): void {
    const worst = this.#worst;
    const columns = otherEnd - other;
    const isSame = start === other;
    for (let row = start; row < end; row++) {
      const from = (row - start) * columns;
      let limit = worst[row]!;
      for (let column = 0; column < columns; column++) {
        const cosine = cosines[from + column]!;
        const second = other + column;
        if (cosine > limit && second !== row) {
          this.#insert(row, second, cosine);
          limit = worst[row]!;
        }
        if (!isSame && cosine > worst[second]!) this.#insert(second, row, cosine);
      }
    }
  }

  #insert(row: number, other: number, cosine: number): void {
    const { k, indices, cosines } = this;
    let place = row * k + k - 1;
    while (place > row * k && cosines[place - 1]! < cosine) {
      cosines[place] = cosines[place - 1]!;
      indices[place] = indices[place - 1]!;
      place--;
    }
    cosines[place] = cosine;
    indices[place] = other;
    this.#worst[row] = cosines[row * k + k - 1]!;
  }
}
