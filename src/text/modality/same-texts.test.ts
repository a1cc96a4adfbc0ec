/** @file Texts that are the same are found, in their order. */

import { expect, it } from 'vitest';
import { repeatedTexts } from './same-texts.ts';

it('groups texts that are the same letter for letter, in the order of the first ones', () => {
  const texts = ['b', 'a', 'A', 'b', '', 'a ', 'a', 'b', '', '猫', '猫'].map((text) => ({ text }));
  expect(repeatedTexts(texts)).toEqual([
    [0, 3, 7],
    [1, 6],
    [4, 8],
    [9, 10],
  ]);
  expect(repeatedTexts([])).toEqual([]);
});

it('tells 50,000 texts apart that differ in a letter', () => {
  const texts = Array.from({ length: 50_000 }, (_, index) => ({ text: `text ${index % 49_999}` }));
  expect(repeatedTexts(texts)).toEqual([[0, 49_999]]);
});
