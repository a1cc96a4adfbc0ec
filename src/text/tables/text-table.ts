/**
 * @file A table of texts in little memory: from the row on by which its column of texts is known, texts go into a pool of bytes as they
 * are read, and rows that say the same beside their text share that.
 */

import {
  type CsvRow,
  type CsvTable,
  type KeepRow,
  parseCsvTable,
  type TableWords,
} from '../../core/examples/labels/csv-table.ts';
import { parseJsonLines } from '../../core/examples/labels/json-lines.ts';
import { findTextColumn, LOOKED_AT_ROWS } from '../../core/examples/labels/text-columns.ts';
import { TextPool } from './text-pool.ts';

export interface TextTable {
  /** Cells of texts may be empty where the texts are not: they are in the pool. */
  readonly table: CsvTable;
  /** The column of the texts. */
  readonly column: number;
  /** The text of each row, at the row's index. */
  readonly pool: TextPool;
}

export interface TextTableOptions {
  /** For messages. */
  readonly where: string;
  /** What places are called after. */
  readonly file: string;
  readonly isJson: boolean;
  readonly words: TableWords;
  readonly textColumn: string | undefined;
  /** Columns that something else is read of. */
  readonly otherColumns: readonly string[];
}

/** @param bytes - UTF-8 without a mark. @throws {GraftError} `dataset`, as `parseCsvTable`, `parseJsonLines` and `findTextColumn`. */
export function parseTextTable(bytes: Uint8Array, options: TextTableOptions): TextTable {
  const { where, words, isJson, textColumn } = options;
  const parse = (keep?: KeepRow): CsvTable =>
    isJson ? parseJsonLines(bytes, where, keep) : parseCsvTable(bytes, where, words, keep);
  const pooled = new PooledRows(bytes, options);
  const table = parse(pooled.keep);
  const column = findTextColumn(table, textColumn, where);
  if (pooled.column === column) return { table, column, pool: pooled.pool };
  // Few rows, a text that is a label as well, or JSON whose later lines have a key that fits better.
  const whole = pooled.column === undefined ? table : parse();
  const pool = new TextPool(options.file, bytes);
  for (const { line, cells } of whole.rows) pool.append(cells[column]!, line);
  return { table: whole, column, pool };
}

/** Rows that are kept alike are few: classes, or sets of labels. */
const MAX_SHARED = 4096;

class PooledRows {
  readonly pool: TextPool;
  /** Of the texts; undefined as long as all rows are kept whole. */
  column: number | undefined;
  readonly #options: TextTableOptions;
  /** The first rows, which tell the column; empty when they have. */
  #first: CsvRow[] = [];
  #isWhole = false;
  readonly #shared = new Map<string, readonly string[]>();

  constructor(bytes: Uint8Array, options: TextTableOptions) {
    this.pool = new TextPool(options.file, bytes);
    this.#options = options;
  }

  readonly keep: KeepRow = (row, header) => {
    if (header === undefined || this.#isWhole) return row;
    if (this.column === undefined) {
      if (this.#first.length < LOOKED_AT_ROWS) {
        this.#first.push(row);
        return row;
      }
      this.#begin(header);
      if (this.column === undefined) return row;
    }
    const text = row.cells[this.column];
    // A row that is too short ends it all, in words.
    if (text === undefined) return row;
    this.pool.append(text, row.line);
    return { line: row.line, cells: this.#without(row.cells, this.column) };
  };

  #begin({ cells }: CsvRow): void {
    const { textColumn, where, otherColumns } = this.#options;
    const columns = cells.map((name) => name.normalize('NFC'));
    const first = this.#first;
    this.#first = [];
    this.#isWhole = true;
    if (first.some((row) => row.cells.length < columns.length)) return;
    const column = columnOrNone(() => findTextColumn({ columns, rows: first }, textColumn, where));
    if (column === undefined || otherColumns.some((name) => name.normalize('NFC') === columns[column]))
      return;
    this.#isWhole = false;
    this.column = column;
    for (const { line, cells: own } of first) this.pool.append(own[column]!, line);
  }

  #without(cells: readonly string[], column: number): readonly string[] {
    const others = cells.map((cell, index) => (index === column ? '' : cell));
    const key = others.join('\0');
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    if (this.#shared.size < MAX_SHARED) this.#shared.set(key, others);
    return others;
  }
}

/** Who reads the whole table says what is wrong with it. */
function columnOrNone(find: () => number): number | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
