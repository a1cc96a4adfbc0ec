/** @file The rows of a table as pages know them: each has an example with an id, which it keeps when the table changes. */

import { compareNaturally } from '../../core/examples/sample.ts';
import { ImageIndex } from '../project/image-index.ts';
import { TableExample } from './table-example.ts';
import type { TableRow } from './table-row.ts';
import type { Held, TableContent } from './table-steps.ts';
import type { TextTable } from './text-table.ts';

type ShownContent = TableContent<TableExample>;

/** What stands beside the rows of a table. */
export type BesideRows = Pick<ShownContent, 'made' | 'binned'>;

export class ShownRows {
  readonly index: ImageIndex = new ImageIndex();
  /** Of the table, as paths begin. */
  readonly #name: string;
  /** Classes that had a text since the table was opened: one that loses its last text keeps its place, and its key. */
  readonly #seen = new Set<string>();
  #content: ShownContent = { rows: [], binned: [], made: new Set() };

  constructor(name: string) {
    this.#name = name;
  }

  get content(): ShownContent {
    return this.#content;
  }

  get classNames(): readonly string[] {
    return [...new Set([...this.#content.made, ...this.#seen])].sort(compareNaturally);
  }

  /** How many texts each class has, and how many have none. */
  counts(): { readonly byClass: ReadonlyMap<string, number>; readonly unlabeled: number } {
    const byClass = new Map<string, number>(this.classNames.map((name) => [name, 0]));
    let unlabeled = 0;
    for (const { row } of this.#content.rows) {
      if (row.label === '') unlabeled++;
      else byClass.set(row.label, byClass.get(row.label)! + 1);
    }
    return { byClass, unlabeled };
  }

  /** A class that is to have no place once it has no text. */
  forget(className: string): void {
    this.#seen.delete(className);
  }

  /** A row that is new. */
  held(row: TableRow): Held<TableExample> {
    return { row, about: new TableExample(this.index.createId(), row) };
  }

  /** The rows of a table, with what stands beside them. Texts that were known keep their ids, so that what is selected stays. */
  takeTable(table: TextTable, { made, binned }: BesideRows): void {
    const known = new Map<string, TableExample[]>();
    for (const { about } of this.#content.rows) {
      const same = known.get(about.hash!);
      if (same === undefined) known.set(about.hash!, [about]);
      else same.push(about);
    }
    const rows = table.rows.map((row) => {
      const about = known.get(row.hash)?.shift();
      return about === undefined ? this.held(row) : { row, about };
    });
    this.take({ rows, made, binned }, table);
  }

  /** @param table - Tells in which lines the rows end. */
  take(content: ShownContent, table: TextTable): void {
    this.#content = content;
    const lines = table.lines(content.rows.map(({ row }) => row));
    content.rows.forEach(({ row, about }, at) => {
      this.#label(about, row);
      about.file = this.#name;
      about.line = lines[at]!;
    });
    content.binned.forEach(({ about }, at) => {
      about.className = null;
      about.line = at + 1;
    });
    const all = [...content.rows, ...content.binned];
    this.index.replace(all.map(({ about }) => about));
    for (const { row, about } of all) if (about.hash !== row.hash) this.index.setHash(about, row.hash, '');
  }

  /** The same rows in the same places: a hundred thousand of them need not be looked at for one label. */
  takeLabels(content: ShownContent): void {
    content.rows.forEach(({ row, about }, at) => {
      if (row !== this.#content.rows[at]!.row) this.#label(about, row);
    });
    this.#content = content;
  }

  #label(about: TableExample, { label }: TableRow): void {
    about.className = label;
    if (label !== '') this.#seen.add(label);
  }
}
