import { describe, expect, it } from 'vitest';
import { saying } from '../../tests/support/saying.ts';
import { relabel } from './relabel.ts';

describe('relabel', () => {
  const samples = [
    { file: '/a', label: 0 },
    { file: '/b', label: 2 },
  ];

  it('follows the names, not the positions', () => {
    expect(relabel('x', samples, ['cats', 'cows', 'dogs'], ['dogs', 'cats'])).toEqual([
      { file: '/a', label: 1 },
      { file: '/b', label: 0 },
    ]);
  });

  it('refuses pictures of a class that is not known', () => {
    expect(() =>
      relabel('image folder "more"', samples, ['cats', 'cows', 'dogs'], ['cats', 'birds']),
    ).toThrow(
      saying(
        'image folder "more": expected classes among "cats", "birds", received "dogs". Name the folders as the classes that were trained (upper and lower case count).',
      ),
    );
  });
});
