import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
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

  it('finds a class in the other Unicode form, and tells what else a name differs in', () => {
    const own = ['Ka\u0308se', 'Wurst', 'wurst '];
    expect(relabel('x', [{ file: '/a', label: 0 }], own, ['Wurst', 'K\u00e4se'])).toEqual([
      { file: '/a', label: 1 },
    ]);
    expect(() => relabel('x', [{ file: '/a', label: 2 }], own, ['Wurst', 'K\u00e4se'])).toThrow(
      withMessage(
        'x: expected classes among "Wurst", "K\u00e4se", received "wurst ". "wurst " differs from "Wurst" in blanks and upper and lower case: name the folders as the classes that were trained.',
      ),
    );
  });

  it('refuses images of a class that is not known', () => {
    expect(() =>
      relabel('image folder "more"', samples, ['cats', 'cows', 'dogs'], ['cats', 'birds']),
    ).toThrow(
      withMessage(
        'image folder "more": expected classes among "cats", "birds", received "dogs". Name the folders as the classes that were trained (upper and lower case count).',
      ),
    );
  });
});
