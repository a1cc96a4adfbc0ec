import { describe, expect, it } from 'vitest';
import { HASH_BYTES } from '../examples/content-hashes.ts';
import type { FeatureStore, Locations } from '../runtime/feature-store.ts';
import { joinStores } from './joined-store.ts';

/** Entries in memory, by the first byte of their key. */
class MemoryStore implements FeatureStore {
  readonly entries: { readonly key: number; readonly value: Uint8Array }[] = [];
  readonly #bytes: number;
  /** As a store that keeps no more. */
  isFull = false;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  locate(keys: Uint8Array): Locations {
    return Int32Array.from({ length: keys.length / HASH_BYTES }, (_, i) =>
      this.entries.findIndex(({ key }) => key === keys[i * HASH_BYTES]),
    );
  }

  async put(keys: Uint8Array, values: Uint8Array): Promise<Locations | undefined> {
    if (this.isFull) return undefined;
    return Int32Array.from({ length: keys.length / HASH_BYTES }, (_, i) => {
      const value = values.slice(i * this.#bytes, (i + 1) * this.#bytes);
      return this.entries.push({ key: keys[i * HASH_BYTES]!, value }) - 1;
    });
  }

  async flush(): Promise<void> {}

  read(locations: Locations, rows: Uint32Array, target: Uint8Array): readonly number[] {
    const lost: number[] = [];
    rows.forEach((row, position) => {
      const entry = this.entries[locations[row]!];
      if (entry === undefined) lost.push(position);
      else target.set(entry.value, position * this.#bytes);
    });
    return lost;
  }
}

const keysOf = (...keys: readonly number[]): Uint8Array => {
  const all = new Uint8Array(keys.length * HASH_BYTES);
  keys.forEach((key, index) => {
    all[index * HASH_BYTES] = key;
  });
  return all;
};

function joined(): { readonly one: MemoryStore; readonly other: MemoryStore; readonly store: FeatureStore } {
  const [one, other] = [new MemoryStore(1), new MemoryStore(2)];
  const parts = [
    { store: one, bytesPerEntry: 1 },
    { store: other, bytesPerEntry: 2 },
  ];
  return { one, other, store: joinStores(parts) };
}

describe('joinStores', () => {
  it('puts each part where it belongs, and reads rows together again', async () => {
    const { one, other, store } = joined();
    const locations = await store.put(keysOf(7, 8), Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(one.entries.map(({ value }) => [...value])).toEqual([[1], [4]]);
    expect(other.entries.map(({ value }) => [...value])).toEqual([
      [2, 3],
      [5, 6],
    ]);
    const target = new Uint8Array(6);
    expect(store.read(locations!, Uint32Array.of(1, 0), target)).toEqual([]);
    expect([...target]).toEqual([4, 5, 6, 1, 2, 3]);
    expect(store.read(store.locate(keysOf(8)), Uint32Array.of(0), target)).toEqual([]);
    expect([...target.subarray(0, 3)]).toEqual([4, 5, 6]);
  });

  it('finds what all parts have, and keeps no part twice', async () => {
    const { one, other, store } = joined();
    await one.put(keysOf(7), Uint8Array.of(1));
    expect([...store.locate(keysOf(7))]).toEqual([-1]);
    const locations = await store.put(keysOf(7), Uint8Array.of(9, 2, 3));
    expect([one.entries.length, other.entries.length]).toEqual([1, 1]);
    const target = new Uint8Array(3);
    store.read(locations!, Uint32Array.of(0), target);
    expect([...target]).toEqual([1, 2, 3]);
  });

  it('says which rows are lost, and leaves zeros for them', async () => {
    const { other, store } = joined();
    const locations = await store.put(keysOf(7, 8), Uint8Array.of(1, 2, 3, 4, 5, 6));
    other.entries.pop();
    const target = new Uint8Array(6).fill(9);
    expect(store.read(locations!, Uint32Array.of(0, 1), target)).toEqual([1]);
    expect([...target]).toEqual([1, 2, 3, 0, 0, 0]);
  });

  it('keeps nothing more where a part keeps nothing more', async () => {
    const { other, store } = joined();
    other.isFull = true;
    expect(await store.put(keysOf(7), Uint8Array.of(1, 2, 3))).toBeUndefined();
  });
});
