/** @file Rows that are taken apart without the library are those that the library reads. */

import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type PlainRow, readPlainRows } from '../../src/core/examples/labels/plain-rows.ts';

const cell = fc.oneof(
  fc.constantFrom('', 'cat', '12', ' cat ', '\u00a0ä\u2003', '\ufeff', 'two words', '\t', '日本'),
  fc.constantFrom(
    '""',
    '"cat"',
    '" cat "',
    '"a, b; c\td"',
    '"say ""cat"""',
    '""""',
    '"two\nlines"',
    '"\r\n"',
  ),
  fc.constantFrom(' "cat"', '"cat" ', '5"', '"a"b', '"', '\r'),
);
const usual = fc.constantFrom('', 'cat', ' cat ', '"a, b"', '"say ""cat"""', '"two\nlines"', 'ä');
const tableOf = (cells: fc.Arbitrary<string>) =>
  fc
    .record({
      separator: fc.constantFrom(',', ';', '\t'),
      rows: fc.array(fc.array(cells, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
      end: fc.constantFrom('\n', '\r\n', '\r'),
      last: fc.boolean(),
    })
    .map(({ separator, rows, end, last }) => ({
      separator,
      text: rows.map((cells) => cells.join(separator)).join(end) + (last ? end : ''),
    }));

function readByLibrary(text: string, separator: string): PlainRow[] {
  const rows: PlainRow[] = [];
  try {
    parse(text, {
      delimiter: separator,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      on_record: (cells, { lines }) => {
        rows.push({ line: lines, cells });
        return null;
      },
    });
  } catch {
    // What it read until then counts.
  }
  return rows;
}

const isEmpty = ({ cells }: PlainRow): boolean => cells.every((cell) => cell === '');

it('has the cells and lines of the library, as far as it comes', () => {
  let whole = 0;
  fc.assert(
    fc.property(fc.oneof(tableOf(cell), tableOf(usual)), ({ separator, text }) => {
      const bytes = new TextEncoder().encode(text);
      const rows: PlainRow[] = [];
      const { start, lines } = readPlainRows(bytes, separator, (row) => rows.push(row));
      const some = rows.filter((row) => !isEmpty(row));
      const expected = readByLibrary(text, separator).filter((row) => !isEmpty(row));
      expect(some).toEqual(expected.slice(0, some.length));
      expect(lines).toBe(rows.at(-1)?.line ?? 0);
      if (start < bytes.length) return;
      expect(some).toHaveLength(expected.length);
      whole++;
    }),
    { numRuns: 1500 },
  );
  // Not by giving up at once.
  expect(whole).toBeGreaterThan(400);
});

it('leaves the row that it cannot take apart, and all behind it', () => {
  const bytes = new TextEncoder().encode('a,b\r\n"x\ny",1\r\n5" pipe,2\r\nc,d\r\n');
  const rows: PlainRow[] = [];
  const rest = readPlainRows(bytes, ',', (row) => rows.push(row));
  expect(rows).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 3, cells: ['x\ny', '1'] },
  ]);
  expect(rest).toEqual({ start: 14, lines: 3, lineEnd: '\r\n' });
});
