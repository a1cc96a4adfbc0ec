/**
 * @file Hashes of 64 bits that differ from another one in few bits, without comparing it with all: two hashes that differ in at
 * most 11 bits differ in at most 2 bits of one of their four quarters.
 *
 * @see Norouzi, Punjani, Fleet, Fast Search in Hamming Space with Multi-Index Hashing, 2012
 */

/** The largest distance that is found for certain. */
export const MAX_HASH_DISTANCE = 11;

const QUARTER_BITS = 16;
const BUCKETS = 1 << QUARTER_BITS;

/** All numbers of 16 bits with at most two bits set: what a quarter may differ in. */
const DIFFERENCES: readonly number[] = [
  0,
  ...Array.from({ length: QUARTER_BITS }, (_, bit) => 1 << bit),
  ...Array.from({ length: QUARTER_BITS }, (_, bit) =>
    Array.from({ length: bit }, (__, other) => (1 << bit) | (1 << other)),
  ).flat(),
];

export class HammingIndex {
  /** `[N, 2]`: two words a hash. */
  readonly #hashes: Uint32Array;
  /** For each quarter the places of the hashes, ordered by it, and where each of its values begins. */
  readonly #quarters: readonly { readonly places: Uint32Array; readonly starts: Uint32Array }[];
  /** The last query that looked at a place. */
  readonly #seen: Uint32Array;
  #query = 0;

  /** @param hashes - `[N, 2]` */
  constructor(hashes: Uint32Array) {
    this.#hashes = hashes;
    const size = hashes.length / 2;
    this.#seen = new Uint32Array(size);
    this.#quarters = [0, 1, 2, 3].map((quarter) => {
      const starts = new Uint32Array(BUCKETS + 1);
      for (let place = 0; place < size; place++) starts[this.#valueOf(place, quarter) + 1]!++;
      for (let value = 0; value < BUCKETS; value++) starts[value + 1]! += starts[value]!;
      const next = starts.slice();
      const places = new Uint32Array(size);
      for (let place = 0; place < size; place++) places[next[this.#valueOf(place, quarter)]!++] = place;
      return { places, starts };
    });
  }

  /** Calls `visit` once with each place whose hash differs in at most `radius` bits, 0 to 11. */
  within(high: number, low: number, radius: number, visit: (place: number) => void): void {
    this.#query++;
    this.#quarters.forEach(({ places, starts }, quarter) => {
      const own = quarterOf(high, low, quarter);
      for (const difference of DIFFERENCES) {
        const value = own ^ difference;
        for (let i = starts[value]!; i < starts[value + 1]!; i++) {
          const place = places[i]!;
          if (this.#seen[place] === this.#query) continue;
          this.#seen[place] = this.#query;
          const distance =
            bitsOf(high ^ this.#hashes[place * 2]!) + bitsOf(low ^ this.#hashes[place * 2 + 1]!);
          if (distance <= radius) visit(place);
        }
      }
    });
  }

  #valueOf(place: number, quarter: number): number {
    return quarterOf(this.#hashes[place * 2]!, this.#hashes[place * 2 + 1]!, quarter);
  }
}

function quarterOf(high: number, low: number, quarter: number): number {
  const word = quarter < 2 ? high : low;
  return quarter % 2 === 0 ? word >>> QUARTER_BITS : word & (BUCKETS - 1);
}

/** Bits that are set in a word of 32. */
function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24) & 0x3f;
}
