/** Damaged files are read or refused with a message, in bounded time and memory. At length: tools/fuzz-parsers.ts. */

import { describe, expect, it } from 'vitest';
import { fuzz } from '../support/fuzz/fuzz.ts';
import { CLAIMED, PARSERS } from '../support/fuzz/parsers.ts';

describe('a parser meets damage with nothing but a message', () => {
  it.each(Object.keys(PARSERS))('%s', async (parser) => {
    const result = await fuzz({ parser, count: 200 });
    expect(result.faults).toEqual([]);
    expect(result.read + result.refused).toBe(200);
    // Both happen, or the damage is too little or too much to say anything.
    expect(Math.min(result.read, result.refused)).toBeGreaterThan(0);
  });
});

describe('a file that lies about what is in it takes no more than 512 MB and 10 s of processor time', () => {
  it.each(Object.keys(CLAIMED))(
    '%s',
    async (parser) => {
      const result = await fuzz({ parser, count: 60 });
      expect(result.faults).toEqual([]);
      expect(result.read + result.refused).toBe(60);
      expect(Math.min(result.read, result.refused)).toBeGreaterThan(0);
    },
    300_000,
  );
});
