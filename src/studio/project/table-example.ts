/** @file A text of a table as pages know it: where it stands, and what it says, which its row has in little memory. */

import type { IndexedImage } from '../project/image-index.ts';
import type { TableRow } from './table-row.ts';

export class TableExample implements IndexedImage {
  readonly id: number;
  readonly part: null = null;
  className: string | null;
  hash: string | null | undefined = undefined;
  stamp = '';
  /** Of the table, or `bin`. */
  file = '';
  /** Where it ends, from 1; in the bin, which of them it is. */
  line = 0;
  readonly #row: TableRow;

  /** @param row - What it says; its label may be another by now. */
  constructor(id: number, row: TableRow) {
    this.id = id;
    this.className = row.label;
    this.#row = row;
  }

  get path(): string {
    return this.className === null ? `bin, ${this.line}` : `${this.file}, line ${this.line}`;
  }

  get text(): string {
    return this.#row.text;
  }
}
