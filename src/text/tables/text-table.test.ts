/** @file A table whose texts lie in a pool says what the same table says as a whole, from however many rows on. */

import { describe, expect, it } from 'vitest';
import { parseCsvTable } from '../../core/examples/labels/csv-table.ts';
import { parseJsonLines } from '../../core/examples/labels/json-lines.ts';
import { findTextColumn, TEXT_TABLE_WORDS } from '../../core/examples/labels/text-columns.ts';
import { parseTextTable, type TextTableOptions } from './text-table.ts';

const where = 'text file "t.csv"';
/** More than tell the column. */
const ROWS = 1300;
const OPTIONS: TextTableOptions = {
  where,
  file: 't.csv',
  isJson: false,
  words: TEXT_TABLE_WORDS,
  textColumn: undefined,
  otherColumns: [],
};

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What each row has: its line, its text, and the cells beside it. */
function rowsOf(content: string, options: Partial<TextTableOptions> = {}): unknown[] {
  const { table, column, pool } = parseTextTable(bytesOf(content), { ...OPTIONS, ...options });
  return table.rows.map(({ line, cells }, row) => [
    line,
    pool.textAt(row),
    pool.placeAt(row),
    cells.filter((_, index) => index !== column),
  ]);
}

function wholeRowsOf(
  content: string,
  { isJson = false, textColumn }: Partial<TextTableOptions> = {},
): unknown[] {
  const table = isJson ? parseJsonLines(content, where) : parseCsvTable(content, where, TEXT_TABLE_WORDS);
  const column = findTextColumn(table, textColumn, where);
  return table.rows.map(({ line, cells }) => [
    line,
    cells[column],
    `t.csv, line ${line}`,
    cells.filter((_, index) => index !== column),
  ]);
}

const csvOf = (row: (index: number) => string): string =>
  `id,text,label\n${Array.from({ length: ROWS }, (_, index) => row(index)).join('\n')}\n`;

describe('parseTextTable', () => {
  it('has the texts of the rows, in any script, with quotes, separators and line ends, and empty ones', () => {
    const texts = ['plain words', '"of ""two"" lines,\nand more"', '猫と😀', '', '"  blanks  "'];
    const content = csvOf((index) => `${index % 3},${texts[index % texts.length]},${index % 2}`);
    expect(rowsOf(content)).toEqual(wholeRowsOf(content));
    // So that it is seen to say something.
    expect(rowsOf(content)[1201]).toEqual([
      1444,
      'of "two" lines,\nand more',
      't.csv, line 1444',
      ['1', '1'],
    ]);
  });

  it('keeps cells too many out, and refuses rows that are too short', () => {
    const content = csvOf((index) => `${index},some text,a${index === 1200 ? ',,' : ''}`);
    expect(rowsOf(content)).toEqual(wholeRowsOf(content));
    const short = csvOf((index) => (index === 1200 ? '7' : `${index},some text,a`));
    expect(() => rowsOf(short)).toThrow(
      `${where}, line 1202: expected 3 cells, as many as there are column names, received 1. Put cells that contain the separator into double quotes.`,
    );
  });

  it('keeps a column of texts that something else is read of, too', () => {
    const content = csvOf((index) => `${index},text ${index % 2},a`);
    const { table } = parseTextTable(bytesOf(content), { ...OPTIONS, otherColumns: ['text'] });
    expect(table.rows[1201]).toEqual({ line: 1203, cells: ['1201', 'text 1', 'a'] });
  });

  it('reads JSON lines, whichever keys come late', () => {
    const lines = Array.from({ length: ROWS }, (_, index) => ({
      review: `it works ${index}`,
      label: index % 2 ? 'a' : 'b',
      ...(index > 1250 ? { more: 'é' } : {}),
    }));
    const content = lines.map((line) => JSON.stringify(line)).join('\r\n');
    expect(rowsOf(content, { isJson: true })).toEqual(wholeRowsOf(content, { isJson: true }));
    // A name that goes before the others.
    const late = `${content}\n{"text": "at last", "label": "a"}\n`;
    expect(rowsOf(late, { isJson: true })).toEqual(wholeRowsOf(late, { isJson: true }));
  });
});
