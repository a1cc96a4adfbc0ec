/**
 * @file A store of rows that are put together of several stores' rows: what joined networks give lies in the spaces of the single ones, where
 * each finds its own.
 */

import { HASH_BYTES } from '../examples/content-hashes.ts';
import type { FeatureStore, Locations } from '../runtime/feature-store.ts';

/** A part of each row, and where it is kept. */
export interface StoredPart {
  readonly store: FeatureStore;
  readonly bytesPerEntry: number;
}

/** @param parts - In the order in which they stand in a row. */
export function joinStores(parts: readonly StoredPart[]): FeatureStore {
  return new JoinedStore(parts);
}

class JoinedStore implements FeatureStore {
  readonly #parts: readonly StoredPart[];
  readonly #bytesPerEntry: number;
  /** By its location here, where each part of an entry lies. */
  readonly #places: number[][] = [];

  constructor(parts: readonly StoredPart[]) {
    this.#parts = parts;
    this.#bytesPerEntry = parts.reduce((sum, { bytesPerEntry }) => sum + bytesPerEntry, 0);
  }

  locate(keys: Uint8Array): Locations {
    return this.#placesOf(this.#parts.map(({ store }) => store.locate(keys)));
  }

  /** Parts that are known already are not kept twice. */
  async put(keys: Uint8Array, values: Uint8Array): Promise<Locations | undefined> {
    const size = keys.length / HASH_BYTES;
    const located: Locations[] = [];
    let offset = 0;
    for (const { store, bytesPerEntry } of this.#parts) {
      const found = store.locate(keys);
      const lacking = Uint32Array.from(found.keys()).filter((entry) => found[entry]! < 0);
      const some = new Uint8Array(lacking.length * HASH_BYTES);
      const own = new Uint8Array(lacking.length * bytesPerEntry);
      lacking.forEach((entry, index) => {
        some.set(keys.subarray(entry * HASH_BYTES, (entry + 1) * HASH_BYTES), index * HASH_BYTES);
        const start = entry * this.#bytesPerEntry + offset;
        own.set(values.subarray(start, start + bytesPerEntry), index * bytesPerEntry);
      });
      const kept = lacking.length === 0 ? new Int32Array(0) : await store.put(some, own);
      if (kept === undefined) return undefined;
      const all = new Int32Array(size);
      all.set(found);
      lacking.forEach((entry, index) => {
        all[entry] = kept[index]!;
      });
      located.push(all);
      offset += bytesPerEntry;
    }
    return this.#placesOf(located);
  }

  async flush(): Promise<void> {
    for (const { store } of this.#parts) await store.flush();
  }

  read(locations: Locations, rows: Uint32Array, target: Uint8Array): readonly number[] {
    const lost = new Set<number>();
    const wanted = Uint32Array.from(rows.keys());
    let offset = 0;
    for (const [part, { store, bytesPerEntry }] of this.#parts.entries()) {
      const own = Int32Array.from(rows, (row) => this.#places[locations[row]!]?.[part] ?? -1);
      const values = new Uint8Array(rows.length * bytesPerEntry);
      for (const position of store.read(own, wanted, values)) lost.add(position);
      for (const position of wanted) {
        const entry = values.subarray(position * bytesPerEntry, (position + 1) * bytesPerEntry);
        target.set(entry, position * this.#bytesPerEntry + offset);
      }
      offset += bytesPerEntry;
    }
    for (const position of lost)
      target.fill(0, position * this.#bytesPerEntry, (position + 1) * this.#bytesPerEntry);
    return [...lost].sort((a, b) => a - b);
  }

  /** @param located - Of each part. */
  #placesOf(located: readonly Locations[]): Locations {
    return located[0]!.map((_, entry) => {
      const places = located.map((each) => each[entry]!);
      return places.every((place) => place >= 0) ? this.#places.push(places) - 1 : -1;
    });
  }
}
