/** @file A table of texts and their classes, as `graft train` reads it, of which labels and rows can be changed and nothing else is. */

import { extname } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { parseCsvTable } from '../../core/examples/labels/csv-table.ts';
import { type CsvText, decodeCsvText } from '../../core/examples/labels/csv-text.ts';
import { chooseTargets } from '../../core/examples/labels/label-columns.ts';
import { parseJsonLines } from '../../node/text/json-lines.ts';
import { findTextColumn } from '../../node/text/text-columns.ts';
import { TEXT_TABLE_WORDS } from '../../node/text/text-files.ts';
import { bodyEnd, csvFormat, JSON_FORMAT, type RowFormat, splitCsv, splitJsonLines } from './raw-table.ts';
import { hashOfText } from './text-content.ts';

/** A text of a table. */
export interface TableRow {
  /** Its characters, with the line break. */
  readonly raw: string;
  /** Without blanks around it. */
  readonly text: string;
  /** SHA-256 of it. */
  readonly hash: string;
  /** Empty where there is none. */
  readonly label: string;
}

const JSON_ENDINGS = ['.jsonl', '.ndjson'];

export class TextTable {
  readonly rows: readonly TableRow[];
  readonly #head: string;
  readonly #encoding: CsvText['encoding'];
  readonly #hasMark: boolean;
  readonly #format: RowFormat;
  readonly #columns: readonly string[];
  readonly #text: number;
  readonly #label: number;

  /**
   * Reads a table.
   *
   * @param file - Its name, of which the ending counts; messages have it.
   * @throws {GraftError} `dataset`, if it is none of texts with one class each, or could not be written back as it is.
   */
  constructor(bytes: Uint8Array, file: string) {
    const where = `text file "${file}"`;
    const { text, encoding } = decodeCsvText(bytes, where);
    const isJson = JSON_ENDINGS.includes(extname(file).toLowerCase()) || /^\s*\{/.test(text);
    const table = isJson ? parseJsonLines(text, where) : parseCsvTable(text, where, TEXT_TABLE_WORDS);
    this.#text = findTextColumn(table, undefined, where);
    const { kind, targets } = chooseTargets(table, this.#text, {}, where);
    if (kind !== 'class') {
      throw new GraftError('dataset', {
        where,
        expected: 'one class for each text, for the studio',
        received: kind === 'labels' ? 'any number of labels' : 'values',
        advice: 'Use graft train and graft evaluate from the command line.',
      });
    }
    this.#label = targets[0]!;
    this.#columns = table.columns;
    this.#encoding = encoding;
    this.#hasMark = startsWithMark(bytes);
    this.#format = isJson ? JSON_FORMAT : csvFormat(table.separator);
    const { head, rows } = isJson ? splitJsonLines(text) : splitCsv(text, table.separator);
    this.#head = head;
    this.rows = table.rows.map(({ cells }, index) => {
      const own = cells[this.#text]!;
      const label = cells[this.#label]!.normalize('NFC');
      return { raw: rows[index] ?? '', text: own, hash: hashOfText(own), label };
    });
    if (rows.length !== table.rows.length || !this.#isWhole(bytes)) throw unwritable(where);
  }

  /** Where rows stand, as reports have it: the lines in which they end, from 1. */
  lines(rows: readonly TableRow[]): number[] {
    let line = breaksIn(this.#head) + 1;
    return rows.map(({ raw }) => {
      // Empty lines behind a row are counted with it, but it ends before them.
      const last = line + breaksIn(raw.slice(0, bodyEnd(raw)));
      line += breaksIn(raw);
      return last;
    });
  }

  /** A row with another label. */
  labeled(row: TableRow, label: string): TableRow {
    const { raw } = row;
    const name = this.#columns[this.#label]!;
    const span = this.#format.span(raw, this.#label, name);
    if (span === undefined) return { ...row, raw: withKey(raw, name, label), label };
    const [start, end] = span;
    const cell = this.#format.cell(label, raw.slice(start, end));
    return { ...row, raw: raw.slice(0, start) + cell + raw.slice(end), label };
  }

  /** A new row, whose other columns are empty. */
  row(text: string, label: string): TableRow {
    const values = new Map([
      [this.#columns[this.#text]!, text],
      [this.#columns[this.#label]!, label],
    ]);
    const raw = this.#format.record(values, this.#columns) + this.#lineBreak();
    return { raw, text, hash: hashOfText(text), label };
  }

  /**
   * The bytes of the table with other rows.
   *
   * @throws {GraftError} `argument`, if the file's encoding does not have a letter.
   */
  encode(rows: readonly TableRow[]): Buffer {
    const parts = [this.#head];
    for (const { raw } of rows) {
      // Of what was the last row of a file, there may be no line break.
      if (!/[\r\n]$/.test(parts.at(-1)!) && parts.at(-1) !== '') parts.push(this.#lineBreak());
      parts.push(raw);
    }
    return encode(parts.join(''), this.#encoding, this.#hasMark);
  }

  #lineBreak(): string {
    const [first] = this.rows;
    return /\r\n|\n|\r/.exec(this.#head)?.[0] ?? /\r\n|\n|\r/.exec(first?.raw ?? '')?.[0] ?? '\n';
  }

  /** Whether what was split is the file, to the byte, and each row has its own label and text where it should. */
  #isWhole(bytes: Uint8Array): boolean {
    const areRead = this.rows.every(({ raw, label }) => {
      const span = this.#format.span(raw, this.#label, this.#columns[this.#label]!);
      return (span === undefined ? '' : this.#format.read(raw.slice(...span)).normalize('NFC')) === label;
    });
    return areRead && this.encode(this.rows).equals(bytes);
  }
}

/** An object in JSON that has no such key, with it. */
function withKey(raw: string, name: string, value: string): string {
  const end = raw.lastIndexOf('}');
  const comma = /\{\s*$/.test(raw.slice(0, end)) ? '' : ', ';
  return `${raw.slice(0, end)}${comma}${JSON.stringify(name)}: ${JSON.stringify(value)}${raw.slice(end)}`;
}

function breaksIn(text: string): number {
  let breaks = 0;
  for (let place = text.indexOf('\n'); place >= 0; place = text.indexOf('\n', place + 1)) breaks++;
  return breaks > 0 ? breaks : (text.match(/\r/g)?.length ?? 0);
}

function startsWithMark([first, second, third]: Uint8Array): boolean {
  if (first === 0xef) return second === 0xbb && third === 0xbf;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function encode(text: string, encoding: CsvText['encoding'], hasMark: boolean): Buffer {
  const marked = hasMark ? `\ufeff${text}` : text;
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(marked, 'utf8');
    case 'utf-16le':
      return Buffer.from(marked, 'utf16le');
    case 'utf-16be':
      return Buffer.from(marked, 'utf16le').swap16();
    case 'windows-1252':
      return Buffer.from(Uint8Array.from(text, byteOf));
  }
}

/** Of Windows-1252, from 0x80 to 0x9f; where nothing is, the control of that number. */
const HIGH: ReadonlyMap<string, number> = new Map(
  [
    ...new TextDecoder('windows-1252').decode(
      Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index),
      { stream: true },
    ),
  ].map((letter, index) => [letter, 0x80 + index]),
);

function byteOf(letter: string): number {
  const code = HIGH.get(letter) ?? letter.charCodeAt(0);
  if (code < 256 && letter.length === 1) return code;
  throw new GraftError('argument', {
    where: `letter "${letter}"`,
    expected: 'one that the table’s encoding has (Windows-1252)',
    received: 'another one',
    advice: 'Give another name, or save the table as UTF-8 first.',
  });
}

function unwritable(where: string): GraftError {
  return new GraftError('dataset', {
    where,
    expected: 'a table of which a cell can be changed and all else left as it is',
    received: 'quotes, line breaks or bytes that can be read in more than one way',
    advice: 'Save it as CSV (UTF-8) with a spreadsheet, and open that.',
  });
}
