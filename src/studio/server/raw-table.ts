/**
 * @file A table as the characters that it is made of: one record for each row, of which a cell can be changed while all else stays as
 * it was, to the letter. So what changes in a person's file is what was edited, and nothing beside it.
 */

import { jsonSpan } from './json-span.ts';

/** How records are written. */
export interface RowFormat {
  /** The cell's own characters in a record; undefined where it has none. */
  span(raw: string, column: number, name: string): readonly [start: number, end: number] | undefined;
  /** What a cell's characters say. */
  read(cell: string): string;
  /** A value as a cell of its own. @param before - What stands there. */
  cell(value: string, before: string): string;
  /** A record without the line break. */
  record(values: ReadonlyMap<string, string>, columns: readonly string[]): string;
}

const QUOTE = '"';

/** Comma-separated values. */
export function csvFormat(separator: string): RowFormat {
  const needsQuotes = (value: string): boolean =>
    value.includes(separator) || /["\r\n]/.test(value) || value.trim() !== value;
  const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
  return {
    span: (raw, column) => cellsOf(raw, separator)[column],
    read: (cell) => (cell.startsWith(QUOTE) ? cell.slice(1, -1).replaceAll('""', QUOTE) : cell).trim(),
    cell: (value, before) => (needsQuotes(value) || before.startsWith(QUOTE) ? quoted(value) : value),
    record: (values, columns) =>
      columns
        .map((name) => values.get(name) ?? '')
        .map((value) => (needsQuotes(value) ? quoted(value) : value))
        .join(separator),
  };
}

/** JSON lines. */
export const JSON_FORMAT: RowFormat = {
  span: (raw, _, name) => jsonSpan(raw, name),
  read: (cell) => String((JSON.parse(cell) as unknown) ?? '').trim(),
  // What was a number stays one.
  cell: (value, before) => (/^-?[\d.]/.test(before) && isNumber(value) ? value : JSON.stringify(value)),
  record: (values) => JSON.stringify(Object.fromEntries(values)),
};

/** Splits a table of comma-separated values: what stands before its rows, and its rows. Lines with nothing in them go with the row before. */
export function splitCsv(
  text: string,
  separator: string,
): { readonly head: string; readonly rows: string[] } {
  const said = /^sep=.\r?\n/i.exec(text)?.[0] ?? '';
  const records: string[] = [];
  let start = said.length;
  while (start < text.length) {
    const end = endOfRecord(text, start, separator);
    const raw = text.slice(start, end);
    start = end;
    if (isBlank(raw, separator) && records.length > 0) records[records.length - 1] += raw;
    else records.push(raw);
  }
  const [head = '', ...rows] = records;
  return { head: said + head, rows };
}

/** Splits JSON lines. */
export function splitJsonLines(text: string): { readonly head: string; readonly rows: string[] } {
  const rows: string[] = [];
  let head = '';
  for (const [line] of text.matchAll(/[^\n]*\n|[^\n]+$/g)) {
    if (line.trim() !== '') rows.push(line);
    else if (rows.length === 0) head += line;
    else rows[rows.length - 1] += line;
  }
  return { head, rows };
}

/** Where the line break behind a record begins. */
export function bodyEnd(raw: string): number {
  let end = raw.length;
  while (end > 0 && (raw[end - 1] === '\n' || raw[end - 1] === '\r')) end--;
  return end;
}

/** Behind the line break. */
function endOfRecord(text: string, start: number, separator: string): number {
  let place = start;
  for (;;) {
    place = endOfCell(text, place, separator);
    if (text.startsWith(separator, place)) place += separator.length;
    else if (text.startsWith('\r\n', place)) return place + 2;
    else return Math.min(place + 1, text.length);
  }
}

/** Where the separator or the line break behind a cell stands. */
function endOfCell(text: string, start: number, separator: string): number {
  let place = start;
  while (text[place] === ' ' || (text[place] === '\t' && separator !== '\t')) place++;
  if (text[place] === QUOTE) {
    place++;
    for (;;) {
      const end = text.indexOf(QUOTE, place);
      if (end < 0) return text.length;
      place = end + 1;
      if (text[place] !== QUOTE) break;
      place++;
    }
  }
  while (place < text.length && text[place] !== '\n' && text[place] !== '\r') {
    if (text.startsWith(separator, place)) break;
    place++;
  }
  return place;
}

/** Cells of a record, without the blanks around them. */
function cellsOf(raw: string, separator: string): (readonly [start: number, end: number])[] {
  const body = raw.slice(0, bodyEnd(raw));
  const found: [number, number][] = [];
  for (let start = 0; ; ) {
    const end = endOfCell(body, start, separator);
    let [from, to] = [start, end];
    while (from < to && /\s/.test(body[from]!)) from++;
    while (to > from && /\s/.test(body[to - 1]!)) to--;
    found.push([from, to]);
    if (end >= body.length) return found;
    start = end + separator.length;
  }
}

function isBlank(raw: string, separator: string): boolean {
  return raw.split(separator).every((cell) => cell.replaceAll(QUOTE, '').trim() === '');
}

function isNumber(value: string): boolean {
  return value.trim() === value && value !== '' && String(Number(value)) === value;
}
