import { describe, expect, it } from 'vitest';
import { requireClassName } from './class-name.ts';

describe('the name of a class', () => {
  it.each([
    ['cat', 'cat'],
    ['  my   mug ', 'my mug'],
    ['Äpfel & Birnen', 'Äpfel & Birnen'],
    ['A\u0308pfel', 'Äpfel'],
  ])('%j becomes the folder %j', (given, expected) => {
    expect(requireClassName(given, [])).toBe(expected);
  });

  it.each([
    ['', 'class "": expected a name for a folder, received none. Give another name.'],
    [
      '../secret',
      'class "../secret": expected a name for a folder, received one with a character that no folder has everywhere. Give another name.',
    ],
    [
      '<img>',
      'class "<img>": expected a name for a folder, received one with a character that no folder has everywhere. Give another name.',
    ],
    [
      '.graft',
      'class ".graft": expected a name for a folder, received one that begins with a dot. Give another name.',
    ],
    [
      'con',
      'class "con": expected a name for a folder, received one that means something else. Give another name.',
    ],
    [
      'Cat',
      'class "Cat": expected a name for a folder, received one that differs from "cat" in upper and lower case alone. Give a name that can be told from it.',
    ],
  ])('%j is refused', (given, message) => {
    expect(() => requireClassName(given, ['cat', 'dog'])).toThrow(message);
  });
});
