/** @file Letters of several tokens come whole. */

import { expect, it } from 'vitest';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import { TextStream } from './text-stream.ts';

/** A token for each byte. */
const BYTES = {
  decode: (ids: readonly number[]) => new TextDecoder().decode(Uint8Array.from(ids)),
} as unknown as TextTokenizer;

function pieces(text: string, last?: number): string[] {
  const stream = new TextStream(BYTES, [...new TextEncoder().encode('before')]);
  const ids = [...new TextEncoder().encode(text)].slice(0, last);
  return [...ids.map((id) => stream.push(id)), stream.end()];
}

it('tells a letter when its last byte has come', () => {
  expect(pieces('aß🌊b')).toEqual(['a', '', 'ß', '', '', '', '🌊', 'b', '']);
});

it('tells at the end what never became a letter', () => {
  expect(pieces('a🌊', 3)).toEqual(['a', '', '', '\ufffd']);
});

it('goes on for as long as there are tokens', () => {
  const text = 'grün '.repeat(40);
  expect(pieces(text).join('')).toBe(text);
});
