import { describe, expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { HammingIndex, MAX_HASH_DISTANCE } from './hamming-index.ts';

function bits(word: number): number {
  return [...(word >>> 0).toString(2)].filter((digit) => digit === '1').length;
}

describe('an index of hashes', () => {
  it('finds all that are near, and no others, each once', () => {
    const random = createRandom(7);
    const word = (): number => Math.floor(random.uniform() * 2 ** 24) ^ (random.integer(256) << 24);
    const hashes = new Uint32Array(600);
    for (let i = 0; i < 600; i += 2) {
      // Every other one is a neighbor of the one before, up to 16 bits away.
      hashes[i] = i % 4 === 0 ? word() : hashes[i - 2]! ^ (2 ** (i % 17) - 1);
      hashes[i + 1] = i % 4 === 0 ? word() : hashes[i - 1]!;
    }
    const index = new HammingIndex(hashes);
    for (let i = 0; i < 600; i += 2) {
      const found: number[] = [];
      index.within(hashes[i]!, hashes[i + 1]!, MAX_HASH_DISTANCE, (place) => found.push(place));
      const expected = [...Array(300).keys()].filter(
        (place) =>
          bits(hashes[i]! ^ hashes[place * 2]!) + bits(hashes[i + 1]! ^ hashes[place * 2 + 1]!) <=
          MAX_HASH_DISTANCE,
      );
      expect(found.toSorted((a, b) => a - b)).toEqual(expected);
    }
  });
});
