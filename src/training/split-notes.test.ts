import { expect, it } from 'vitest';
import { overlapNotes, unmatchedNotes } from './split-notes.ts';

it('counts file names that a group pattern does not match', () => {
  const rest = 'each such picture is a group of its own.';
  expect([0, 1, 2].map(unmatchedNotes)).toEqual([
    [],
    [`The group pattern does not match 1 file name: ${rest}`],
    [`The group pattern does not match 2 file names: ${rest}`],
  ]);
});

it('counts pictures that are on both sides', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((file) => ({ file }));
  const rest = 'both trained on and validated on: the figures will look too good.';
  expect(overlapNotes([a!], [b!])).toEqual([]);
  expect(overlapNotes([a!, b!], [b!, c!])).toEqual([`1 picture is ${rest}`]);
  expect(overlapNotes([a!, b!], [a!, b!])).toEqual([`2 pictures are ${rest}`]);
});
