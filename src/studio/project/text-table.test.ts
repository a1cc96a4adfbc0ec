import { describe, expect, it } from 'vitest';
import { TextTable } from './text-table.ts';

/** The table with the label of a row changed, as bytes. */
function relabeled(bytes: Uint8Array, file: string, at: number, label: string): Buffer {
  const table = new TextTable(bytes, file);
  const rows = table.rows.map((row, index) => (index === at ? table.labeled(row, label) : row));
  // A part is good until the next one.
  return Buffer.concat(Array.from(table.encode(rows), (part) => Uint8Array.from(part)));
}

describe('a table of texts', () => {
  it.each([
    [
      'quotes, line breaks in cells, columns and blank lines',
      'id, text ,label,by\r\n1,"a ""great"" film,\r\nreally" , good ,me\r\n\r\n2,dull and long,bad,"you"\r\n3,fine by me,good,\r\n',
      0,
      'id, text ,label,by\r\n1,"a ""great"" film,\r\nreally" , fair ,me\r\n\r\n2,dull and long,bad,"you"\r\n3,fine by me,good,\r\n',
    ],
    [
      'a separator that is said, and no line break at the end',
      'sep=;\ntext;label\n"dull; long";"bad"\nso good;good',
      0,
      'sep=;\ntext;label\n"dull; long";"fair"\nso good;good',
    ],
    ['tabs', 'text\tlabel\nso good\tgood\nso bad\tbad\n', 1, 'text\tlabel\nso good\tgood\nso bad\tfair\n'],
  ])('changes a label and nothing beside it: %s', (_, before, at, after) => {
    expect(relabeled(Buffer.from(before), 'a.csv', at, 'fair').toString()).toBe(after);
  });

  it('changes a label of JSON lines, and keeps every digit and blank beside it', () => {
    const before =
      '{"id": 12345678901234567890, "text" : "so \\"good\\"", "label":"good",  "x": 1.0}\n\n{"text":"so bad","label": "bad"}';
    expect(relabeled(Buffer.from(before), 'a.jsonl', 0, 'fair').toString()).toBe(
      before.replace('"label":"good"', '"label":"fair"'),
    );
  });

  it('keeps numbers that are labels of JSON lines as numbers, and adds the key where it is missing', () => {
    const before = '{"text": "so good", "label": 1}\n{"text": "so bad", "label": 0}\n{"text": "well"}\n';
    expect(relabeled(Buffer.from(before), 'a.jsonl', 0, '0').toString()).toBe(
      before.replace('"label": 1', '"label": 0'),
    );
    expect(relabeled(Buffer.from(before), 'a.jsonl', 2, '1').toString()).toBe(
      before.replace('{"text": "well"}', '{"text": "well", "label": "1"}'),
    );
  });

  it.each([
    ['UTF-8 with a mark', Buffer.from('\ufefftext,label\nsehr schön,gut\nübel das,schlecht\n')],
    ['UTF-16', Buffer.from('\ufefftext,label\nsehr schön,gut\nübel das,schlecht\n', 'utf16le')],
    [
      'UTF-16, the high byte first',
      Buffer.from('\ufefftext,label\nsehr schön,gut\nübel,schlecht\n', 'utf16le').swap16(),
    ],
    ['Windows-1252', Buffer.from('text,label\nsehr sch\xf6n \x80,gut\n\xfcbel das,schlecht\n', 'latin1')],
  ])('keeps the encoding: %s', (_, bytes) => {
    expect(relabeled(relabeled(bytes, 'a.csv', 0, 'besser'), 'a.csv', 0, 'gut').equals(bytes)).toBe(true);
  });

  it('changes a label of a table of several megabytes, with letters of several bytes', () => {
    const rows = Array.from(
      { length: 520 },
      (_, index) => `${'schöne Grüße 👋 '.repeat(100)}${index},gut\r\n`,
    );
    const before = `text,label\r\n${rows.join('')}ohne Umbruch,gut`;
    const after = `text,label\r\n${rows.join('')}ohne Umbruch,schlecht`;
    expect(relabeled(Buffer.from(before), 'a.csv', 520, 'schlecht').equals(Buffer.from(after))).toBe(true);
    const first = relabeled(Buffer.from(before), 'a.csv', 0, 'schlecht');
    expect(first.equals(Buffer.from(before.replace(',gut', ',schlecht')))).toBe(true);
  });

  it('takes a separator of several bytes that is said', () => {
    const before = 'SEP=§\ntext§label\nso good§good\nso bad§bad\n';
    expect(relabeled(Buffer.from(before), 'a.csv', 1, 'fair').toString()).toBe(
      before.replace('so bad§bad', 'so bad§fair'),
    );
  });

  it('quotes a label that needs it, and refuses a letter that the encoding does not have', () => {
    const bytes = Buffer.from('text,label\nsehr sch\xf6n,gut\n\xfcbel das,schlecht\n', 'latin1');
    expect(relabeled(bytes, 'a.csv', 0, 'gut, "sehr"').toString('latin1')).toBe(
      'text,label\nsehr sch\xf6n,"gut, ""sehr"""\n\xfcbel das,schlecht\n',
    );
    expect(() => relabeled(bytes, 'a.csv', 0, '好')).toThrow(
      'letter "好": expected one that the table’s encoding has (Windows-1252), received another one. Give another name, or save the table as UTF-8 first.',
    );
  });

  it('tells in which lines rows end, as reports do', () => {
    const table = new TextTable(
      Buffer.from('text,label\n"two\nlines",good\n\nso bad,bad\nso good,good\n'),
      'a.csv',
    );
    expect(table.lines(table.rows)).toEqual([3, 5, 6]);
  });

  it('takes rows without a label, and refuses what has no class for each text', () => {
    const table = new TextTable(Buffer.from('text,label\nso good,\nso bad,bad\n'), 'a.csv');
    expect(table.rows.map(({ label }) => label)).toEqual(['', 'bad']);
    expect(() => new TextTable(Buffer.from('text,tags\nso good,a;b\nso bad,a\n'), 'a.csv')).toThrow(
      'text file "a.csv": expected one class for each text, for the studio, received any number of labels. Use graft train and graft evaluate from the command line.',
    );
  });
});
