import { describe, expect, it } from 'vitest';
import { matchNames } from './match-names.ts';

describe('matchNames', () => {
  it('takes the first capture group, else the whole match, of every name', () => {
    expect(matchNames(/^([a-z]+)[0-9]+/, ['horse01-0.png', 'HORSE.png', 'dog7.jpg'])).toEqual([
      'horse',
      undefined,
      'dog',
    ]);
    expect(matchNames(/^[a-z]+[0-9]+/, ['horse01-0.png'])).toEqual(['horse01']);
    expect(matchNames(/(x)?a/, ['a.jpg'])).toEqual(['a']);
  });

  it('begins every name anew with global and sticky expressions', () => {
    expect(matchNames(/a+/g, ['aa.jpg', 'baa.jpg'])).toEqual(['aa', 'aa']);
    expect(matchNames(/a+/y, ['aa.jpg', 'baa.jpg'])).toEqual(['aa', undefined]);
  });

  it('keeps the order of more names than are matched at once', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `n${index}.jpg`);
    expect(matchNames(/\d+/, names)).toEqual(names.map((_, index) => String(index)));
  });

  it('ends an expression that takes exponential time, and names the file', () => {
    const name = `${'a'.repeat(40)}x.jpg`;
    expect(() => matchNames(/^(a+)+$/, ['b.jpg', name])).toThrow(
      `group "^(a+)+$": expected an expression that decides on a file name within a second, received one that does not on "${name}". Repetitions inside repetitions, such as "(a+)+", take that long: write it without them.`,
    );
  });
});
