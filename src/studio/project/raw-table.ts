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
const LINE_FEED = 0x0a;
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
/** One letter for each byte, and ASCII as it is. */
const LETTERS = new TextDecoder('windows-1252');
/** Of a large table not all at once: its letters would take as much memory again. */
const LOOKED_AT_BYTES = 1 << 18;

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

/** Where the parts of a table end, in bytes. */
export interface RecordEnds {
  /** Of what stands before the rows. */
  readonly head: number;
  /** Of each row. */
  readonly rows: readonly number[];
}

/**
 * Splits a table of comma-separated values. Lines with nothing in them go with the row before.
 *
 * @param bytes - UTF-8 without a mark.
 */
export function splitCsv(bytes: Uint8Array, separator: string): RecordEnds {
  const between = LETTERS.decode(new TextEncoder().encode(separator));
  const ends: number[] = [];
  let letters = lettersFrom(bytes, 0, LOOKED_AT_BYTES);
  let start = endOfSaid(letters, between);
  /** Where the letters begin in the file. */
  let from = 0;
  while (start < bytes.length) {
    let end = from + endOfRecord(letters, start - from, between);
    // Only where more letters come can it be told whether a record has ended.
    for (let size = LOOKED_AT_BYTES; end === from + letters.length && end < bytes.length; size *= 2) {
      from = start;
      letters = lettersFrom(bytes, from, size);
      end = from + endOfRecord(letters, 0, between);
    }
    if (ends.length > 0 && isBlank(UTF8.decode(bytes.subarray(start, end)), separator)) ends.pop();
    ends.push(end);
    start = end;
  }
  const [head = start, ...rows] = ends;
  return { head, rows };
}

/** A letter for each byte: what tells records apart is ASCII, and places in it are places in the file. */
function lettersFrom(bytes: Uint8Array, start: number, size: number): string {
  return LETTERS.decode(bytes.subarray(start, start + size));
}

/** Behind the line by which Excel says the separator, if there is one. */
function endOfSaid(text: string, separator: string): number {
  const line = /^sep=(.+?)\r?\n/i.exec(text);
  return line?.[1] === separator ? line[0].length : 0;
}

/** Splits JSON lines. @param bytes - UTF-8 without a mark. */
export function splitJsonLines(bytes: Uint8Array): RecordEnds {
  const rows: number[] = [];
  let head = 0;
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, start) + 1 || bytes.length;
    const isEmpty = UTF8.decode(bytes.subarray(start, end)).trim() === '';
    if (isEmpty && rows.length === 0) head = end;
    else {
      if (isEmpty) rows.pop();
      rows.push(end);
    }
    start = end;
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
