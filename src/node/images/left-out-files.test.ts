import { describe, expect, it } from 'vitest';
import { LeftOutFiles } from './left-out-files.ts';

const noteOf = (...names: readonly string[]): string | undefined => {
  const leftOut = new LeftOutFiles();
  for (const name of names) leftOut.add(name);
  return leftOut.note();
};

describe('LeftOutFiles', () => {
  it('says nothing of nothing, and names a single file', () => {
    expect(noteOf()).toBeUndefined();
    expect(noteOf('notes.txt')).toBe('1 file that is not an image is left out: "notes.txt".');
  });

  it('counts by ending, the most frequent first', () => {
    expect(noteOf('list', 'a.txt', 'b.TXT', 'c.txt', 'a.json')).toBe(
      '5 files that are not images are left out: 3 .txt, 1 without an ending, 1 .json; the first is "list".',
    );
    expect(noteOf('a.a', 'a.b', 'a.b', 'a.c', 'a.d', 'a.e')).toBe(
      '6 files that are not images are left out: 2 .b, 1 .a, 1 .c, 2 others; the first is "a.a".',
    );
  });
});
