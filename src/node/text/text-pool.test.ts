/** @file Texts in a pool are the texts that went in. */

import { describe, expect, it } from 'vitest';
import { poolTexts } from './text-pool.ts';

describe('poolTexts', () => {
  it('gives back what went in', () => {
    const target = Float32Array.of(0, 1);
    const examples = [
      { text: 'a\u0000b', place: 'a.csv, line 2', label: 1 },
      { text: '', place: 'a.csv, line 4', label: 0, group: 'x' },
      { text: '\ufeff日本語 and 😀', place: 'neg/7.txt', label: 0, target },
    ];
    const pooled = poolTexts(examples, 'a.csv');
    expect(
      pooled.map(({ text, place, file, label, target: of, group }) => [text, place, file, label, of, group]),
    ).toEqual([
      ['a\u0000b', 'a.csv, line 2', 'a.csv, line 2', 1, undefined, undefined],
      ['', 'a.csv, line 4', 'a.csv, line 4', 0, undefined, 'x'],
      ['\ufeff日本語 and 😀', 'neg/7.txt', 'neg/7.txt', 0, target, undefined],
    ]);
  });

  it('reads half a character as tokenizers do', () => {
    expect(poolTexts([{ text: 'a\ud800b', place: 'p', label: 0 }], 'a.csv')[0]!.text).toBe('a\ufffdb');
  });
});
