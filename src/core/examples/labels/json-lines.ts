/** @file A file of JSON objects, one a line, as a table. */

import { GraftError } from '../../errors/graft-error.ts';
import type { CsvRow, CsvTable, KeepRow } from './csv-table.ts';

/** Between the elements of a list, as between labels in a cell. */
const LIST_SEPARATOR = '|';
const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];

/**
 * Reads JSON lines. The columns are all keys that occur, in their order; what an object lacks is an empty cell.
 *
 * @param content - Bytes are UTF-8 without a mark.
 * @param keep - Puts another row of as many cells in the place of one that was read, as of `parseCsvTable`. It is told the columns so far.
 * @param where - For messages: `text file "reviews.jsonl"`.
 * @throws {GraftError} `dataset`, if a line is no object, or holds objects itself; if there are none.
 */
export function parseJsonLines(
  content: string | Uint8Array,
  where: string,
  keep: KeepRow = (row) => row,
): CsvTable {
  const columns: string[] = [];
  const indexOf = new Map<string, number>();
  const rows: CsvRow[] = [];
  let header: CsvRow = { line: 0, cells: [] };
  let number = 0;
  for (const line of linesOf(content)) {
    number++;
    if (line.trim() === '') continue;
    const values = parseLine(line, number, where);
    for (const key of values.keys()) {
      if (indexOf.has(key)) continue;
      indexOf.set(key, columns.length);
      columns.push(key);
    }
    if (header.cells.length < columns.length) header = { line: 0, cells: columns.map((name) => name.trim()) };
    const cells = columns.map((column) => values.get(column) ?? '');
    rows.push(keep({ line: number, cells }, header));
  }
  if (rows.length === 0) {
    throw new GraftError('dataset', {
      where,
      expected: 'an object in JSON on each line',
      received: 'an empty file',
      advice: 'Write {"text": "...", "label": "..."} for each text.',
    });
  }
  return {
    separator: ',',
    columns: columns.map((name) => name.trim().normalize('NFC')),
    rows: rows.map((row) => filledUp(row, columns.length)),
  };
}

/** Keys that came later are empty in the rows before. */
function filledUp(row: CsvRow, width: number): CsvRow {
  const { line, cells } = row;
  if (cells.length === width) return row;
  return { line, cells: [...cells, ...new Array<string>(width - cells.length).fill('')] };
}

function* linesOf(content: string | Uint8Array): Generator<string> {
  if (typeof content === 'string') {
    yield* content.split(/\r?\n/);
    return;
  }
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let start = 0; start <= content.length; ) {
    const found = content.indexOf(LINE_FEED, start);
    const end = found < 0 ? content.length : found;
    const isPair = found > start && content[found - 1] === CARRIAGE_RETURN;
    yield decoder.decode(content.subarray(start, isPair ? end - 1 : end));
    start = end + 1;
  }
}

function parseLine(line: string, number: number, where: string): Map<string, string> {
  const refuse = (expected: string, received: string, cause?: unknown): GraftError =>
    new GraftError(
      'dataset',
      {
        where: `${where}, line ${number}`,
        expected,
        received,
        advice: 'Write {"text": "...", "label": "..."} for each text.',
      },
      { cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw refuse('an object in JSON', 'something else', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse('an object in JSON', 'another value');
  }
  return new Map(
    Object.entries(value).map(([key, held]): [string, string] => {
      const list: readonly unknown[] = Array.isArray(held) ? held : [held ?? ''];
      if (list.some((each) => typeof each === 'object' && each !== null)) {
        throw refuse(`a text, a number or a list of them as "${key}"`, 'an object');
      }
      return [key, list.map((each) => String(each).trim()).join(LIST_SEPARATOR)];
    }),
  );
}
