/** @file Texts in a pool are the texts that went in. */

import { describe, expect, it } from 'vitest';
import { poolTexts, TextPool } from './text-pool.ts';

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

describe('a pool beside a file', () => {
  it('has the texts that stand in it, and those that do not: quoted, far behind, of other bytes', () => {
    const far = 'x'.repeat(40_000);
    const texts = ['first', 'a "b" c', '', 'second', '猫 😀', far, 'third', 'not there', 'second', 'last'];
    const file = `first,0\n"a ""b"" c",1\n,0\nsecond,1\n猫 😀,0\n${far},1\n${far}third,1\nsecond,0\nlast,1\n`;
    const pool = new TextPool('a.csv', new TextEncoder().encode(file));
    for (const [index, text] of texts.entries()) expect(pool.append(text, index + 2)).toBe(index);
    expect(texts.map((_, index) => pool.textAt(index))).toEqual(texts);
    expect(texts.map((_, index) => pool.isEmptyAt(index))).toEqual(texts.map((text) => text === ''));
    expect(pool.placeAt(3)).toBe('a.csv, line 5');
  });
});
