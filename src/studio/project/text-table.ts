/** @file A table of texts and their classes, as `graft train` reads it, of which labels and rows can be changed and nothing else is. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { readCsvUtf8 } from '../../core/examples/labels/csv-text.ts';
import { chooseTargets } from '../../core/examples/labels/label-columns.ts';
import { TEXT_TABLE_WORDS } from '../../core/examples/labels/text-columns.ts';
import { isJsonTable } from '../../text/tables/parse-texts.ts';
import { parseTextTable } from '../../text/tables/text-table.ts';
import { bodyEnd, csvFormat, JSON_FORMAT, type RowFormat, splitCsv, splitJsonLines } from './raw-table.ts';
import { tableBytes } from './table-bytes.ts';
import { startsWithMark, type TableEncoding } from './table-encoding.ts';
import { RelabeledRow, RowOfFile, type RowPool, type TableRow } from './table-row.ts';
import { hashOfText } from './text-hash.ts';

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
/** What JSON lines begin with. */
const BRACE = /^\s*\{/;

export class TextTable {
  readonly rows: readonly TableRow[];
  readonly #head: string;
  readonly #encoding: TableEncoding;
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
    const { bytes: utf8, encoding } = readCsvUtf8(bytes, where);
    const isJson = isJsonTable(file) || BRACE.test(UTF8.decode(utf8.subarray(0, 1000)));
    const { table, column, pool } = parseTextTable(utf8, {
      where,
      file,
      isJson,
      words: TEXT_TABLE_WORDS,
      textColumn: undefined,
      otherColumns: [],
    });
    const textAt = (row: number): string => pool.textAt(row);
    this.#text = column;
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
    const { head, rows } = isJson ? splitJsonLines(utf8) : splitCsv(utf8, table.separator);
    if (rows.length !== table.rows.length) throw unwritable(where);
    this.#head = UTF8.decode(utf8.subarray(0, head));
    const rowPool: RowPool = { bytes: utf8, ends: Float64Array.from(rows), head, textAt };
    // Of a class there is one name, and not one for each of its rows.
    const labels = new Map<string, string>();
    this.rows = table.rows.map(({ cells }, index) => {
      const label = cells[this.#label]!.normalize('NFC');
      if (!labels.has(label)) labels.set(label, label);
      return new RowOfFile(rowPool, index, {
        hash: hashOfText(textAt(index)),
        label: labels.get(label)!,
      });
    });
    if (!this.#isWhole(bytes)) throw unwritable(where);
  }

  /** Where rows stand, as reports have it: the lines in which they end, from 1. */
  lines(rows: readonly TableRow[]): number[] {
    let line = breaksIn(this.#head) + 1;
    return rows.map((row) => {
      // Empty lines behind a row are counted with it, but it ends before them.
      const { own, all } = row instanceof RowOfFile ? row.breaks : breaksOf(row.raw);
      const last = line + own;
      line += all;
      return last;
    });
  }

  /** A row with another label. */
  labeled(row: TableRow, label: string): TableRow {
    const { raw } = row;
    const name = this.#columns[this.#label]!;
    const span = this.#format.span(raw, this.#label, name);
    if (span === undefined) return new RelabeledRow(row, withKey(raw, name, label), label);
    const [start, end] = span;
    const cell = this.#format.cell(label, raw.slice(start, end));
    return new RelabeledRow(row, raw.slice(0, start) + cell + raw.slice(end), label);
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

  /** The bytes of the table with other rows, see {@link tableBytes}. */
  encode(rows: readonly TableRow[]): Iterable<Uint8Array> {
    const head = (this.#hasMark ? '\ufeff' : '') + this.#head;
    return tableBytes(rows, { encoding: this.#encoding, head, lineBreak: this.#lineBreak() });
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
    return areRead && areEqual(bytes, this.encode(this.rows));
  }
}

/** An object in JSON that has no such key, with it. */
function withKey(raw: string, name: string, value: string): string {
  const end = raw.lastIndexOf('}');
  const comma = /\{\s*$/.test(raw.slice(0, end)) ? '' : ', ';
  return `${raw.slice(0, end)}${comma}${JSON.stringify(name)}: ${JSON.stringify(value)}${raw.slice(end)}`;
}

function areEqual(bytes: Uint8Array, parts: Iterable<Uint8Array>): boolean {
  let at = 0;
  for (const part of parts) {
    for (let place = 0; place < part.length; place++) if (part[place] !== bytes[at + place]) return false;
    at += part.length;
  }
  return at === bytes.length;
}

function breaksOf(raw: string): RowOfFile['breaks'] {
  return { own: breaksIn(raw.slice(0, bodyEnd(raw))), all: breaksIn(raw) };
}

function breaksIn(text: string): number {
  let breaks = 0;
  for (let place = text.indexOf('\n'); place >= 0; place = text.indexOf('\n', place + 1)) breaks++;
  return breaks > 0 ? breaks : (text.match(/\r/g)?.length ?? 0);
}

function unwritable(where: string): GraftError {
  return new GraftError('dataset', {
    where,
    expected: 'a table of which a cell can be changed and all else left as it is',
    received: 'quotes, line breaks or bytes that can be read in more than one way',
    advice: 'Save it as CSV (UTF-8) with a spreadsheet, and open that.',
  });
}
