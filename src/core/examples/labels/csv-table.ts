/** @file A CSV file's columns and lines, whatever separator a spreadsheet chose for it. */

import { CsvError, parse } from '#csv-parse';
import { GraftError } from '../../errors/graft-error.ts';
import { type RestOfRows, readPlainRows } from './plain-rows.ts';

/** The separators that are told apart, in the order that decides between equally frequent ones. */
const SEPARATORS = [',', ';', '\t'] as const;

/** How a table of examples looks, for messages. */
export interface TableWords {
  /** `image` */
  readonly example: string;
  /** A first line: `file,label`. */
  readonly header: string;
  /** A line below it: `photo1.jpg,cat`. */
  readonly line: string;
  /** How many columns it needs. Default 2: one of examples, one of what is to be learned of them. */
  readonly minColumns?: number | undefined;
}

const OF_IMAGES: TableWords = { example: 'image', header: 'file,label', line: 'photo1.jpg,cat' };

export interface CsvRow {
  /** In the file, from 1; of a row over several lines the last. */
  readonly line: number;
  /** As many as there are columns; without blanks around them. */
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly separator: string;
  /** Names from the first line, without blanks around them; all different, except that several may be empty. */
  readonly columns: readonly string[];
  /** Lines with nothing in them are left out. At least 1. */
  readonly rows: readonly CsvRow[];
}

/** What is kept of a row as soon as it is read, see {@link parseCsvTable}. @param header - Undefined of the first line itself. */
export type KeepRow = (row: CsvRow, header: CsvRow | undefined) => CsvRow;

/**
 * Reads a table by RFC 4180. The separator is whichever of comma, semicolon and tab the first lines have most of, or
 * what Excel's line `sep=;` says.
 *
 * @param content - The table; bytes are UTF-8 without a mark.
 * @param keep - Puts another row of as many cells in the place of one that was read, so that of a large table not all cells need
 *   lie in memory as strings. Default: rows as they are.
 * @param where - For messages: `label file "labels.csv"`.
 * @throws {GraftError} `dataset`, if it is empty, has no lines below the first, one column only, two of one name, quotes
 *   that do not end, or a line with another number of cells.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function parseCsvTable(
  content: string | Uint8Array,
  where: string,
  words: TableWords = OF_IMAGES,
  keep: KeepRow = (row) => row,
): CsvTable {
  const beginning = beginningOf(content);
  const said = /^sep=(.)\r?\n/i.exec(beginning);
  const first = said?.[0] ?? '';
  const separator = said?.[1] ?? detectSeparator(beginning);
  const encoder = new TextEncoder();
  const body =
    typeof content === 'string'
      ? encoder.encode(content.slice(first.length))
      : content.subarray(encoder.encode(first).length);
  const rows = parseRows(body, separator, said ? 1 : 0, where, keep);
  const header = rows[0];
  if (header === undefined) throw unusable(where, 'an empty file', words);
  const columns = header.cells.map((cell) => cell.normalize('NFC'));
  if (columns.length < (words.minColumns ?? 2)) {
    throw new GraftError('dataset', {
      where,
      expected: 'at least 2 columns, separated by comma, semicolon or tab',
      received: `1 ("${shorten(columns[0] ?? '')}")`,
      advice: `The first line names the columns: "${words.header}".`,
    });
  }
  requireDifferent(columns, where);
  if (rows.length === 1) throw unusable(where, 'the line of column names alone', words);
  return { separator, columns, rows: rows.slice(1).map((row) => fitted(row, columns.length, where)) };
}

/** Letters that tell the separator. */
const LOOKED_AT = 10_000;

function beginningOf(content: string | Uint8Array): string {
  if (typeof content === 'string') return content.slice(0, LOOKED_AT);
  // A letter has at most 3 bytes for each half of a pair; one that is cut off at the end is left out.
  return new TextDecoder('utf-8', { ignoreBOM: true })
    .decode(content.subarray(0, 3 * LOOKED_AT), { stream: true })
    .slice(0, LOOKED_AT);
}

/** Counted outside of quotes, in each of the first lines; where one of them has none, in the first alone. */
function detectSeparator(text: string): string {
  const unquoted = text.replace(/"[^"]*"/g, '');
  const lines = unquoted.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
  const scores = SEPARATORS.map((separator) => {
    const counts = lines.slice(0, 10).map((line) => line.split(separator).length - 1);
    return Math.min(...counts) * 1e6 + (counts[0] ?? 0);
  });
  return SEPARATORS[scores.indexOf(Math.max(...scores))]!;
}

const WHOLE: RestOfRows = { start: 0, lines: 0, lineEnd: undefined };

function parseRows(
  content: Uint8Array,
  separator: string,
  offset: number,
  where: string,
  keep: KeepRow,
): CsvRow[] {
  const rows: CsvRow[] = [];
  // One object for each line is kept; of a large table, those that come and go are most of the memory.
  const add = ({ line, cells }: CsvRow): void => {
    if (cells.every((cell) => cell === '')) return;
    rows.push(keep({ line: line + offset, cells }, rows[0]));
  };
  const isUsual = SEPARATORS.some((each) => each === separator);
  const rest = isUsual ? readPlainRows(content, separator, add) : WHOLE;
  const before = rest.lines + offset;
  if (rest.start === content.length) return rows;
  try {
    parse(content.subarray(rest.start), {
      delimiter: separator,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      ...(rest.lineEnd === undefined ? {} : { record_delimiter: rest.lineEnd }),
      on_record: (cells, { lines }) => {
        add({ line: lines + rest.lines, cells });
        return null;
      },
    });
    return rows;
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = Number(cause['lines'] ?? 1) + before;
    const received =
      cause.code === 'CSV_QUOTE_NOT_CLOSED'
        ? `a quote that never ends, noticed in line ${line}`
        : `a quote out of place in line ${line}`;
    throw new GraftError(
      'dataset',
      {
        where,
        expected: 'cells in double quotes to begin and end with one',
        received,
        advice: 'Write a quote inside a cell twice: "5"" pipe".',
      },
      { cause },
    );
  }
}

/** Spreadsheets write separators behind the last column: empty cells too many are cut off. */
function fitted(row: CsvRow, width: number, where: string): CsvRow {
  const { line, cells } = row;
  if (cells.length === width) return row;
  if (cells.length > width && cells.slice(width).every((cell) => cell === '')) {
    return { line, cells: cells.slice(0, width) };
  }
  throw new GraftError('dataset', {
    where: `${where}, line ${line}`,
    expected: `${width} cells, as many as there are column names`,
    received: String(cells.length),
    advice: 'Put cells that contain the separator into double quotes.',
  });
}

function requireDifferent(columns: readonly string[], where: string): void {
  const int8Model = columns.find((name, index) => name !== '' && columns.indexOf(name) !== index);
  if (int8Model === undefined) return;
  throw new GraftError('dataset', {
    where,
    expected: 'columns of different names',
    received: `"${int8Model}" twice`,
    advice: 'Rename one of them.',
  });
}

function unusable(where: string, received: string, { example, header, line }: TableWords): GraftError {
  return new GraftError('dataset', {
    where,
    expected: `a line of column names, then one line for each ${example}`,
    received,
    advice: `Write "${header}" in the first line, and "${line}" below it.`,
  });
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 57)}...` : name;
}
