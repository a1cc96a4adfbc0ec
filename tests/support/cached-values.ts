/** @file Keys and values for tests of the feature cache: both follow from a number, so that every byte read can be told right. */

import { createHash } from 'node:crypto';
import type { CacheSpace } from '../../src/node/feature-cache/cache-space.ts';

export const SPACE_KEY = 'ab'.repeat(32);

export function keysOf(ids: readonly number[]): Uint8Array {
  return Buffer.concat(ids.map((id) => createHash('sha256').update(String(id)).digest()));
}

/** `bytes` bytes that differ from those of any other number. */
export function valuesOf(ids: readonly number[], bytes: number): Uint8Array {
  const values = Buffer.alloc(ids.length * bytes);
  ids.forEach((id, at) => {
    let state = id + 1;
    for (let i = 0; i < bytes; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      values[at * bytes + i] = state >>> 24;
    }
  });
  return values;
}

/** What a space has of these numbers: which it found and read, which it has not. Wrong bytes throw. */
export function readBack(space: CacheSpace, ids: readonly number[]): { found: number[]; lost: number[] } {
  const { bytesPerEntry } = space;
  const target = new Uint8Array(ids.length * bytesPerEntry).fill(0xee);
  const rows = Uint32Array.from(ids.keys());
  const bad = new Set(space.read(space.locate(keysOf(ids)), rows, target));
  const found: number[] = [];
  const lost: number[] = [];
  ids.forEach((id, at) => {
    const read = target.subarray(at * bytesPerEntry, (at + 1) * bytesPerEntry);
    const expected = bad.has(at) ? Buffer.alloc(bytesPerEntry) : valuesOf([id], bytesPerEntry);
    if (Buffer.compare(read, expected) !== 0) throw new Error(`wrong values of entry ${id}`);
    (bad.has(at) ? lost : found).push(id);
  });
  return { found, lost };
}

export function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
