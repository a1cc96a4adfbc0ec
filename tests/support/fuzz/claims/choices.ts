/** @file What all makers of lying files choose from; the same seed gives the same choices. */

import { createRandom, type Random } from '../../../../src/core/tensor/random.ts';

/** The largest file that is made. */
export const MAX_BYTES = 1_000_000;

export class Choices {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return this.#random.integer(Math.max(1, Math.floor(limit)));
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  maybe(): boolean {
    return this.below(2) === 0;
  }

  /** From 1 to `most`, any order of magnitude as likely as any other: few files are large. */
  scale(max: number): number {
    return Math.max(1, Math.floor(max ** this.#random.uniform()));
  }

  /** A size that no honest file has, or has now and then. */
  size(): number {
    return this.one([
      0,
      1,
      2,
      3,
      7,
      64,
      1000,
      65_536,
      2 ** 20,
      2 ** 24,
      2 ** 28,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      2 ** 40,
    ]);
  }

  /** Sizes whose product may be anything. */
  shape(): number[] {
    return Array.from({ length: this.below(6) }, () => this.size());
  }

  /** Bytes that compress to almost nothing, or not at all. */
  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    if (this.maybe()) for (let i = 0; i < count; i++) bytes[i] = this.below(256);
    return bytes;
  }

  name(): string {
    return this.one(['a', 'conv/kernel', 'x'.repeat(this.scale(10_000)), '', '__proto__', '\u0000', '../a']);
  }
}
