import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraftError } from './graft-error.ts';
import { visible, visibleJson, visibleLines } from './visible-text.ts';

describe('visible', () => {
  it.each([
    ['sets the clipboard', 'a\x1b]52;c;ZXZpbA==\x07b', 'a\\u001b]52;c;ZXZpbA==\\u0007b'],
    ['sets the title', '\x1b]0;title\x1b\\', '\\u001b]0;title\\u001b\\'],
    ['clears the screen', '\x1b[2J', '\\u001b[2J'],
    ['is a C1 control', '\x9b31m\x85', '\\u009b31m\\u0085'],
    ['returns to the beginning of the line', 'a\rb\tc\nd', 'a\\rb\\tc\\nd'],
    ['deletes', 'a\x7fb\x08c\x00', 'a\\u007fb\\u0008c\\u0000'],
    ['reorders', 'photo\u202egpj.exe \u2066\u2069', 'photo\\u202egpj.exe \\u2066\\u2069'],
    ['has no width', 'a\u200bb\u2060c\ufeffd\u00ad', 'a\\u200bb\\u2060c\\ufeffd\\u00ad'],
    ['breaks lines', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
    ['is a tag', 'a\u{e0041}', 'a\\u{e0041}'],
    ['fills', 'a\u3164b', 'a\\u3164b'],
    ['joins what is not joined', 'a\u200db\u200c', 'a\\u200db\\u200c'],
    ['varies a letter', 'a\ufe0fb\u{e0101}', 'a\\ufe0fb\\u{e0101}'],
  ])('shows what %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it.each([
    'Füße/école/naïve',
    'e\u0301 decomposed',
    '日本語 葛\u{e0100}',
    'می\u200cخواهم',
    'क्\u200dष',
    'ไทย',
    '👨\u200d👩\u200d👧 👩🏽\u200d🚀 ❤\ufe0f 🏳\ufe0f\u200d🌈 1\ufe0f⃣',
    'C:\\photos\\new',
  ])('leaves %s as it is', (text) => {
    expect(visible(text)).toBe(text);
  });

  it('leaves nothing that a terminal obeys, and changes nothing twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = visible(text);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
        expect(shown).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/);
        expect(visible(shown)).toBe(shown);
      }),
    );
  });
});

it('visibleLines leaves line feeds', () => {
  expect(visibleLines('a\n\x1b[2Jb\r\n')).toBe('a\n\\u001b[2Jb\\r\n');
});

it('visibleJson means the same', () => {
  expect(visibleJson('{"a":"\u009b\u202e\u{e0041}"}\n')).toBe('{"a":"\\u009b\\u202e\\udb40\\udc41"}\n');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(JSON.parse(visibleJson(JSON.stringify({ [text]: text })))).toEqual({ [text]: text });
    }),
  );
});

it('a message of GraftError is one line of text, its parts are as they were', () => {
  const parts = { where: 'image "a\x1b[2J\n.jpg"', expected: 'x', received: 'y\u202e', advice: 'Z.' };
  const error = new GraftError('image', parts);
  expect(error.message).toBe('image "a\\u001b[2J\\n.jpg": expected x, received y\\u202e. Z.');
  expect(error.parts).toBe(parts);
});
