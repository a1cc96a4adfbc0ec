/** @file A map whose values are made when they are asked for, and are not kept. */

export class LazyMap<V> implements ReadonlyMap<string, V> {
  readonly #readers: ReadonlyMap<string, () => V>;

  constructor(readers: ReadonlyMap<string, () => V>) {
    this.#readers = readers;
  }

  get size(): number {
    return this.#readers.size;
  }

  get(key: string): V | undefined {
    return this.#readers.get(key)?.();
  }

  has(key: string): boolean {
    return this.#readers.has(key);
  }

  keys(): MapIterator<string> {
    return this.#readers.keys();
  }

  *values(): MapIterator<V> {
    for (const read of this.#readers.values()) yield read();
  }

  *entries(): MapIterator<[string, V]> {
    for (const [key, read] of this.#readers) yield [key, read()];
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }
}
