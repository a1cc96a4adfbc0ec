/** @file Texts from tables, and what is said about those that cannot be used. */

import { describe, expect, it } from 'vitest';
import { parseTexts, type TextFileOptions } from './parse-texts.ts';

const where = 'text file "t.csv"';
const parse = (text: string, options: TextFileOptions = {}) =>
  parseTexts(new TextEncoder().encode(text), { ...options, where, file: 't.csv' });

describe('a table of texts', () => {
  it('has classes by their names, and texts with separators and line ends in quotes', () => {
    const { kind, names, examples, skipped, warnings } = parse(
      'label,text\npos,"good, ""very""\ngood"\nneg,bad\npos,\npos,fine\n',
    );
    expect(kind).toBe('class');
    expect(names).toEqual(['neg', 'pos']);
    expect(examples.map(({ text, label, place, group }) => ({ text, label, place, group }))).toEqual([
      { text: 'good, "very"\ngood', label: 1, place: 't.csv, line 3', group: undefined },
      { text: 'bad', label: 0, place: 't.csv, line 4', group: undefined },
      { text: 'fine', label: 1, place: 't.csv, line 6', group: undefined },
    ]);
    expect(skipped).toEqual([{ file: 't.csv, line 5', reason: 'empty text' }]);
    expect(warnings).toEqual([]);
  });

  it('may be of JSON lines', () => {
    const { kind, names, examples } = parse(
      '{"text": "one two", "labels": ["a", "b"]}\n\n{"text": "three", "labels": []}\n',
    );
    expect([kind, names]).toEqual(['labels', ['a', 'b']]);
    expect(examples.map(({ place, target }) => [place, [...target!]])).toEqual([
      ['t.csv, line 1', [1, 1]],
      ['t.csv, line 3', [0, 0]],
    ]);
  });

  it('may have numbers to learn, and a text by another name', () => {
    const { kind, names, examples } = parse('Review Text;stars\nquite good;4,5\nbad;1,25\n');
    expect([kind, names]).toEqual(['values', ['stars']]);
    expect(examples.map(({ target }) => target![0])).toEqual([4.5, 1.25]);
  });

  it('has its texts where the cells are longest, if no name says it', () => {
    const { examples } = parse('what,label\nhow do I pay,a\nwhere is my card,b\n');
    expect(examples.map(({ text }) => text)).toEqual(['how do I pay', 'where is my card']);
  });

  it('takes columns that are named, and groups', () => {
    const { examples, warnings } = parse('title,says,user,label\nA,b c,u1,x\nD,e f,u2,y\n', {
      textColumn: 'says',
      groupColumn: 'user',
      targetColumns: ['label'],
    });
    expect(examples.map(({ text, group }) => [text, group])).toEqual([
      ['b c', 'u1'],
      ['e f', 'u2'],
    ]);
    expect(warnings).toEqual(['The column "title" is not used.']);
  });

  it('is read in other encodings', () => {
    const bytes = Uint8Array.from(Buffer.from('text,label\nna\xefve,a\ncaf\xe9,b\n', 'latin1'));
    const { examples, warnings } = parseTexts(bytes, { where, file: 't.csv' });
    expect(examples.map(({ text }) => text)).toEqual(['naïve', 'café']);
    expect(warnings).toEqual([
      'The file is not UTF-8 and was read as Windows-1252: check letters with accents.',
    ]);
  });

  it('is told of texts that repeat, and that contradict one another', () => {
    expect(parse('text,label\nx y,a\nx y,a\nz,a\nz,b\n').warnings).toEqual([
      '1 of 4 texts repeats an earlier one.',
      '1 of 4 texts stand elsewhere with another label: t.csv, line 5 as t.csv, line 4.',
    ]);
  });

  it.each([
    [
      '',
      'a line of column names, then one line for each text, received an empty file. Write "text,label" in the first line, and ""It works.",positive" below it.',
    ],
    [
      'a,b\nx,y\n',
      'a column "text" of texts, received "a", "b". Rename the column of the texts, or say which it is (--text).',
    ],
    [
      'I am still waiting on my card,card_arrival\nWhere is my other card,card_arrival\n',
      'names of columns in the first line, received "I am still waiting on my card". Write "text,label" as the first line.',
    ],
    [
      'text,label\nx,a\ny,a\n',
      'at least 2 classes in column "label", received 1 ("a"). Add texts of another class.',
    ],
    [
      'text,label\nx,Yes\ny,yes\n',
      'labels that differ in more than upper and lower case, received "yes", "Yes". Write one label the same way in all lines.',
    ],
  ])('is refused: %j', (text, what) => {
    expect(() => parse(text)).toThrow(`${where}: expected ${what}`);
  });

  it.each([
    ['{"text": "x"\n', 'an object in JSON, received something else'],
    [
      '{"text": {"en": "x"}, "label": "a"}\n',
      'a text, a number or a list of them as "text", received an object',
    ],
  ])('is refused where a line is none: %j', (text, what) => {
    expect(() => parse(text)).toThrow(
      `${where}, line 1: expected ${what}. Write {"text": "...", "label": "..."} for each text.`,
    );
  });

  it('is refused with a column that is not there', () => {
    expect(() => parse('text,label\nx,a\n', { textColumn: 'txet' })).toThrow(
      `${where}: expected a column "txet", received "text", "label". Did you mean "text"?`,
    );
  });
});
