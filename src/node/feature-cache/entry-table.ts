/** @file Which key's values lie where: a hash table in typed arrays, since a space may have a million entries. */

/** Where an entry of a table does not exist. */
export const ABSENT = -1;

/** 32-bit words in a key. */
export const KEY_WORDS = 8;

/** Entries come in blocks, so that a table that grows does not copy and leave what it had as garbage. */
const BLOCK_BITS = 13;
const BLOCK_ENTRIES = 2 ** BLOCK_BITS;
const MIN_SLOTS = 128;
/** Fuller, and keys are looked for at many places. */
const MAX_FILL = 0.8;

interface Block {
  readonly keys: Uint32Array;
  readonly segments: Int32Array;
  readonly rows: Uint32Array;
  readonly checksums: Uint32Array;
  /** `[2 * entries]`: offset and length, where entries differ in length. */
  readonly places: Uint32Array | undefined;
}

/** Where an entry lies: which row of which segment; and in which bytes of it, where entries differ in length. */
export interface TablePlace {
  readonly segment: number;
  readonly row: number;
  readonly checksum: number;
  readonly offset: number;
  readonly length: number;
}

/** Entries are numbered in the order in which they come. A key that comes again gets a new number; the old one stays. */
export class EntryTable {
  readonly #bytesPerEntry: number | undefined;
  #size = 0;
  readonly #blocks: Block[] = [];
  /** Entry numbers, by hash; open addressing, at most four fifths full. */
  #slots = new Int32Array(MIN_SLOTS).fill(ABSENT);

  /** @param bytesPerEntry - Undefined where entries differ in length. */
  constructor(bytesPerEntry: number | undefined) {
    this.#bytesPerEntry = bytesPerEntry;
  }

  get size(): number {
    return this.#size;
  }

  /** @param words - The key is `words[at..at + 8]`. */
  add(words: Uint32Array, at: number, place: TablePlace): number {
    this.reserve(this.#size + 1);
    const entry = this.#size++;
    if (entry % BLOCK_ENTRIES === 0) this.#blocks.push(emptyBlock(this.#bytesPerEntry === undefined));
    const { keys, segments, rows, checksums, places } = this.#blockOf(entry);
    const index = entry % BLOCK_ENTRIES;
    for (let i = 0; i < KEY_WORDS; i++) keys[index * KEY_WORDS + i] = words[at + i]!;
    segments[index] = place.segment;
    rows[index] = place.row;
    checksums[index] = place.checksum;
    if (places !== undefined) {
      places[2 * index] = place.offset;
      places[2 * index + 1] = place.length;
    }
    this.#slots[this.#slotOf(words, at)] = entry;
    return entry;
  }

  /** The newest entry of a key, or ABSENT. */
  find(words: Uint32Array, at: number): number {
    return this.#slots[this.#slotOf(words, at)]!;
  }

  /** The segment of an entry, or ABSENT for one that is forgotten or never was. */
  segmentOf(entry: number): number {
    return entry >= 0 && entry < this.#size ? this.#blockOf(entry).segments[entry % BLOCK_ENTRIES]! : ABSENT;
  }

  rowOf(entry: number): number {
    return this.#blockOf(entry).rows[entry % BLOCK_ENTRIES]!;
  }

  /** Where its values begin, in bytes. */
  offsetOf(entry: number): number {
    const { places } = this.#blockOf(entry);
    return places?.[2 * (entry % BLOCK_ENTRIES)] ?? this.rowOf(entry) * this.#bytesPerEntry!;
  }

  /** Bytes of its values; 0 for one that never was. */
  lengthOf(entry: number): number {
    if (entry < 0 || entry >= this.#size) return 0;
    return this.#bytesPerEntry ?? this.#blockOf(entry).places![2 * (entry % BLOCK_ENTRIES) + 1]!;
  }

  checksumOf(entry: number): number {
    return this.#blockOf(entry).checksums[entry % BLOCK_ENTRIES]!;
  }

  /** The entry has no values from now on. */
  forget(entry: number): void {
    this.#blockOf(entry).segments[entry % BLOCK_ENTRIES] = ABSENT;
  }

  /** Makes room to find so many entries in all. */
  reserve(entries: number): void {
    if (entries <= this.#slots.length * MAX_FILL) return;
    let slots = this.#slots.length;
    while (entries > slots * MAX_FILL) slots *= 2;
    const newest = this.#slots.filter((entry) => entry !== ABSENT);
    this.#slots = new Int32Array(slots).fill(ABSENT);
    for (const entry of newest) {
      const { keys } = this.#blockOf(entry);
      this.#slots[this.#slotOf(keys, (entry % BLOCK_ENTRIES) * KEY_WORDS)] = entry;
    }
  }

  #blockOf(entry: number): Block {
    return this.#blocks[entry >>> BLOCK_BITS]!;
  }

  /** The slot that holds a key, or else the free one where it belongs. */
  #slotOf(words: Uint32Array, at: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    let hash = 0;
    for (let i = 0; i < KEY_WORDS; i++) hash = Math.imul(hash ^ words[at + i]!, 0x9e3779b1);
    let slot = (hash ^ (hash >>> 15)) & last;
    for (;;) {
      const entry = slots[slot]!;
      if (entry === ABSENT) return slot;
      const { keys } = this.#blockOf(entry);
      const start = (entry % BLOCK_ENTRIES) * KEY_WORDS;
      let same = 0;
      while (same < KEY_WORDS && keys[start + same] === words[at + same]) same++;
      if (same === KEY_WORDS) return slot;
      slot = (slot + 1) & last;
    }
  }
}

function emptyBlock(isRagged: boolean): Block {
  return {
    keys: new Uint32Array(BLOCK_ENTRIES * KEY_WORDS),
    segments: new Int32Array(BLOCK_ENTRIES),
    rows: new Uint32Array(BLOCK_ENTRIES),
    checksums: new Uint32Array(BLOCK_ENTRIES),
    places: isRagged ? new Uint32Array(2 * BLOCK_ENTRIES) : undefined,
  };
}

/** Keys as words: a view where their place in memory allows it, else a copy. */
export function keyWords(keys: Uint8Array): Uint32Array {
  const aligned = keys.byteOffset % 4 === 0 ? keys : new Uint8Array(keys);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / 4));
}
