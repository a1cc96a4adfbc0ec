/** @file Which key's values lie where: a hash table in typed arrays, since a space may have a million entries. */

/** Where an entry of a table does not exist. */
export const ABSENT = -1;

/** 32-bit words in a key. */
export const KEY_WORDS = 8;

const LEAST_CAPACITY = 64;

/** Entries are numbered in the order in which they come. A key that comes again gets a new number; the old one stays. */
export class EntryTable {
  #size = 0;
  #keys = new Uint32Array(LEAST_CAPACITY * KEY_WORDS);
  #segments = new Int32Array(LEAST_CAPACITY);
  #rows = new Uint32Array(LEAST_CAPACITY);
  #checksums = new Uint32Array(LEAST_CAPACITY);
  /** Entry numbers, by hash; open addressing, at most half full. */
  #slots = new Int32Array(LEAST_CAPACITY * 2).fill(ABSENT);

  get size(): number {
    return this.#size;
  }

  /** @param words - The key is `words[at..at + 8]`. */
  add(words: Uint32Array, at: number, place: { segment: number; row: number; checksum: number }): number {
    if (this.#size === this.#rows.length) this.reserve(this.#size + 1);
    const entry = this.#size++;
    for (let i = 0; i < KEY_WORDS; i++) this.#keys[entry * KEY_WORDS + i] = words[at + i]!;
    this.#segments[entry] = place.segment;
    this.#rows[entry] = place.row;
    this.#checksums[entry] = place.checksum;
    this.#slots[this.#slotOf(words, at)] = entry;
    return entry;
  }

  /** The newest entry of a key, or ABSENT. */
  find(words: Uint32Array, at: number): number {
    return this.#slots[this.#slotOf(words, at)]!;
  }

  /** The segment of an entry, or ABSENT for one that is forgotten or never was. */
  segmentOf(entry: number): number {
    return entry >= 0 && entry < this.#size ? this.#segments[entry]! : ABSENT;
  }

  rowOf(entry: number): number {
    return this.#rows[entry]!;
  }

  checksumOf(entry: number): number {
    return this.#checksums[entry]!;
  }

  /** The entry has no values from now on. */
  forget(entry: number): void {
    this.#segments[entry] = ABSENT;
  }

  /** Makes room for so many entries in all. */
  reserve(entries: number): void {
    if (entries <= this.#rows.length) return;
    let capacity = this.#rows.length;
    while (capacity < entries) capacity *= 2;
    this.#keys = grown(this.#keys, new Uint32Array(capacity * KEY_WORDS));
    this.#segments = grown(this.#segments, new Int32Array(capacity));
    this.#rows = grown(this.#rows, new Uint32Array(capacity));
    this.#checksums = grown(this.#checksums, new Uint32Array(capacity));
    const newest = this.#slots.filter((entry) => entry !== ABSENT);
    this.#slots = new Int32Array(capacity * 2).fill(ABSENT);
    for (const entry of newest) this.#slots[this.#slotOf(this.#keys, entry * KEY_WORDS)] = entry;
  }

  /** The slot that holds a key, or else the free one where it belongs. */
  #slotOf(words: Uint32Array, at: number): number {
    const keys = this.#keys;
    const slots = this.#slots;
    const last = slots.length - 1;
    let hash = 0;
    for (let i = 0; i < KEY_WORDS; i++) hash = Math.imul(hash ^ words[at + i]!, 0x9e3779b1);
    let slot = (hash ^ (hash >>> 15)) & last;
    for (;;) {
      const entry = slots[slot]!;
      if (entry === ABSENT) return slot;
      let same = 0;
      while (same < KEY_WORDS && keys[entry * KEY_WORDS + same] === words[at + same]) same++;
      if (same === KEY_WORDS) return slot;
      slot = (slot + 1) & last;
    }
  }
}

/** Keys as words: a view where their place in memory allows it, else a copy. */
export function keyWords(keys: Uint8Array): Uint32Array {
  const aligned = keys.byteOffset % 4 === 0 ? keys : new Uint8Array(keys);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / 4));
}

function grown<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
