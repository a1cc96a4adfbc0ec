/** @file The file of a table of texts: read again when another program has changed it, and written whole. */

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { writeWhole } from '../../node/files/write-file.ts';
import type { TableRow } from '../project/table-row.ts';
import { TextTable } from '../project/text-table.ts';

/** Of a file that is copied. */
const PART_BYTES = 1 << 20;

export class TableFile {
  readonly #path: string;
  /** The studio's own folder for it. */
  readonly #own: string;
  #table: TextTable;
  #hash: string;
  /** Time of change, size and place on the disk. */
  #stamp: string;

  private constructor(path: string, own: string, read: ReadTable) {
    this.#path = path;
    this.#own = own;
    ({ table: this.#table, hash: this.#hash, stamp: this.#stamp } = read);
  }

  /**
   * @param own - The studio's own folder for it.
   * @throws {GraftError} `dataset`, if it is no table of texts with one class each. The file system's own error.
   */
  static async open(path: string, own: string): Promise<TableFile> {
    return new TableFile(path, own, await readTable(path));
  }

  /** As it was read last: how its rows are written. */
  get table(): TextTable {
    return this.#table;
  }

  /** SHA-256 of what is in it. */
  get hash(): string {
    return this.#hash;
  }

  /** Reads it again, if another program has changed it. @returns Whether one has. @throws As {@link open}. */
  async refresh(): Promise<boolean> {
    if ((await stampOf(this.#path)) === this.#stamp) return false;
    ({ table: this.#table, hash: this.#hash, stamp: this.#stamp } = await readTable(this.#path));
    return true;
  }

  /**
   * Writes it with other rows. What it was before a studio changed it first is kept.
   *
   * @throws {GraftError} `file-write`: the table is as it was; `argument`, if its encoding does not have a letter.
   */
  async write(rows: readonly TableRow[]): Promise<void> {
    // A letter that the encoding does not have is told before anything is written.
    const hash = hashOf(this.#table.encode(rows));
    const { mode } = await stat(this.#path);
    const first = join(this.#own, `original${extname(this.#path)}`);
    if ((await stat(first).catch(() => undefined)) === undefined)
      await writeWhole(first, partsOf(this.#path), { replace: false, mode });
    await writeWhole(this.#path, this.#table.encode(rows), { mode });
    [this.#hash, this.#stamp] = [hash, await stampOf(this.#path)];
  }

  /** Writes some rows of it to a file of the studio's own, as readable as it is. @returns The path. @throws {GraftError} As {@link write}. */
  async copy(name: string, rows: readonly TableRow[]): Promise<string> {
    const path = join(this.#own, `${name}${extname(this.#path)}`);
    const { mode } = await stat(this.#path);
    await writeWhole(path, this.#table.encode(rows), { mode });
    return path;
  }
}

interface ReadTable {
  readonly table: TextTable;
  readonly hash: string;
  readonly stamp: string;
}

async function readTable(path: string): Promise<ReadTable> {
  const stamp = await stampOf(path);
  const bytes = await readFile(path);
  return { table: new TextTable(bytes, basename(path)), hash: hashOf([bytes]), stamp };
}

/** What is in a file, part by part; each is good until the next one is asked for. */
function* partsOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    const part = Buffer.allocUnsafeSlow(PART_BYTES);
    for (let size = readSync(file, part); size > 0; size = readSync(file, part)) yield part.subarray(0, size);
  } finally {
    closeSync(file);
  }
}

function hashOf(parts: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${mtimeMs} ${size} ${ino}`;
}
