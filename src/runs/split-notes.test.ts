import { describe, expect, it } from 'vitest';
import type { Sample } from '../core/examples/sample.ts';
import { absentNotes, fractionOfClasses, unmatchedNotes } from './split-notes.ts';

/** So many images of each class. */
const samples = (...counts: readonly number[]): Sample[] =>
  counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ file: `/${label}/${i}.jpg`, label })),
  );

describe('notes on a split', () => {
  it('tell of names that the group pattern does not match', () => {
    expect(unmatchedNotes(0)).toEqual([]);
    expect(unmatchedNotes(1)).toEqual([
      'The group pattern does not match 1 file name: each such image is a group of its own.',
    ]);
    expect(unmatchedNotes(3)).toEqual([
      'The group pattern does not match 3 file names: each such image is a group of its own.',
    ]);
  });

  it('tell of classes without images', () => {
    expect(absentNotes('The folder "val"', samples(1, 1), ['cats', 'dogs'])).toEqual([]);
    expect(absentNotes('The folder "val"', samples(0, 2), ['cats', 'dogs', 'owls'])).toEqual([
      'The folder "val" has no images of "cats", "owls": nothing tells how well that is recognized.',
    ]);
  });
});

describe('the part of each class that validates', () => {
  it.each([
    [0.2, [80, 40], [20, 10], '20% of each class'],
    [0.125, [70, 7], [10, 1], '13% of each class'],
    [0.2, [10, 4], [2, 1], '20% of each class'],
    [0.2, [1, 1], [1, 1], '50% of each class, as near to 20% as images and groups allow'],
    [0.2, [80, 1], [20, 1], '20% to 50% of each class, as near to 20% as images and groups allow'],
  ])('of %d is %j and %j: %s', (asked, train, validation, text) => {
    const split = { train: samples(...train), validation: samples(...validation) };
    expect(fractionOfClasses(asked, split)).toBe(text);
  });
});
