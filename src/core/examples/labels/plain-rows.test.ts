/** @file What is taken apart here and what is left to the library are together what the library alone reads. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '#csv-parse';
import { readPlainRows } from './plain-rows.ts';

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

const OPTIONS = { relax_column_count: true, skip_empty_lines: true, trim: true } as const;
const isFilled = ({ cells }: Row): boolean => cells.some((cell) => cell !== '');

function byLibrary(bytes: Uint8Array, separator: string, lineEnd?: string, before = 0): Row[] | 'refused' {
  const rows: Row[] = [];
  try {
    parse(bytes, {
      ...OPTIONS,
      delimiter: separator,
      ...(lineEnd === undefined ? {} : { record_delimiter: lineEnd }),
      on_record: (cells: string[], { lines }) => {
        rows.push({ line: lines + before, cells });
        return null;
      },
    });
  } catch {
    return 'refused';
  }
  return rows.filter(isFilled);
}

function byBoth(bytes: Uint8Array, separator: string): Row[] | 'refused' {
  const rows: Row[] = [];
  const { start, lines, lineEnd } = readPlainRows(bytes, separator, (row) => rows.push(row));
  const rest = start === bytes.length ? [] : byLibrary(bytes.subarray(start), separator, lineEnd, lines);
  return rest === 'refused' ? rest : [...rows.filter(isFilled), ...rest];
}

const SEPARATORS = [',', ';', '\t'] as const;
const pieces = fc.constantFrom(
  'a',
  'é',
  ' ',
  '\u00a0',
  '"',
  '""',
  ',',
  ';',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '"b, c"',
  ',"d"',
  '\n"',
);
/** Mostly sound tables, so that what is plain is long. */
const cell = fc.oneof(
  fc.constantFrom('', 'a', ' b ', 'two words', 'naïve 🙂', '\u00a0c'),
  fc.constantFrom('"quoted"', '"a, b"', '"say ""x"""', '"two\nlines"', '""', '" kept "'),
);

describe('plain rows', () => {
  it.each(SEPARATORS)('of anything, separated by %j, are as the library reads them', (separator) => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 24 }), (parts) => {
        const bytes = new TextEncoder().encode(parts.join(''));
        expect(byBoth(bytes, separator)).toEqual(byLibrary(bytes, separator));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['\n', '\r\n'])(
    'of sound tables with lines that end with %j leave nothing to the library',
    (lineEnd) => {
      fc.assert(
        fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (rows) => {
          const text = rows.map((cells) => cells.join(',')).join(lineEnd);
          const bytes = new TextEncoder().encode(text);
          expect(byBoth(bytes, ',')).toEqual(byLibrary(bytes, ','));
          expect(readPlainRows(bytes, ',', () => {}).start).toBe(bytes.length);
        }),
        { numRuns: 1000 },
      );
    },
  );
});
