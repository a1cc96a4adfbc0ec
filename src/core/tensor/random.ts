/** @file Seeded random numbers: the same seed gives the same numbers on every machine. */

import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** The next number, uniform in [0, 1), a multiple of 2^-24. */
  uniform(): number;
  /** The next number of the standard normal distribution (Box-Muller). */
  normal(): number;
  /** The next integer in [0, bound). */
  integer(bound: number): number;
  /** Shuffles in place (Fisher-Yates) and returns its argument. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T;
  /** An independent stream, the same for the same seed and label whatever was drawn before. */
  fork(label: string): Random;
}

/** Starts a stream. @param seed - Any integer. */
export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed | 0);
  // The first numbers of neighboring seeds resemble each other.
  for (let i = 0; i < 16; i++) generator.next();
  const bits = (): number => generator.next() >>> 0;
  const uniform = (): number => (bits() >>> 8) * 2 ** -24;
  const integer = (bound: number): number => Math.floor((bits() / 2 ** 32) * bound);
  return {
    uniform,
    integer,
    normal(): number {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
    shuffle(items) {
      for (let last = items.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        const kept = items[last];
        items[last] = items[other];
        items[other] = kept;
      }
      return items;
    },
    fork(label: string): Random {
      return createRandom(hash(label, seed));
    },
  };
}

/** FNV-1a over the label's code units, started from the seed. */
function hash(label: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let i = 0; i < label.length; i++) {
    value = Math.imul(value ^ label.charCodeAt(i), 0x01000193);
  }
  return value ^ (value >>> 15);
}
