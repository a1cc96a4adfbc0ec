/** @file Lines of CSV whose text comes from outside: no cell is a formula to a spreadsheet or a command to a terminal. */

import { stringify } from 'csv-stringify/sync';
import { visible } from '../../core/errors/visible-text.ts';

export interface CsvLinesOptions {
  /** Between cells. Default `,`. */
  readonly delimiter?: string;
}

/**
 * Rows as CSV. Numbers are written in full. A text that begins with `=`, `+`, `-` or `@` gets an apostrophe before it, as
 * spreadsheets would compute it; controls and invisible characters are written as in JavaScript, so that a row is a line.
 */
export function csvLines(rows: readonly (readonly unknown[])[], options: CsvLinesOptions = {}): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? visible(cell) : cell)));
  return stringify(cells, { ...options, escape_formulas: true });
}

/**
 * Names of columns, one for each of `names`, that differ from one another and from those in `taken`: a name that clashes
 * gets a prefix.
 *
 * @param prefix - `probability of `
 */
export function distinctColumns(
  taken: readonly string[],
  names: readonly string[],
  prefix: string,
): readonly string[] {
  const all = new Set([...taken, ...names].map(shown));
  const given = new Set(taken.map(shown));
  return names.map((name) => {
    let column = name;
    while (given.has(shown(column)) || (column !== name && all.has(shown(column)))) {
      column = `${prefix}${column}`;
    }
    given.add(shown(column));
    return column;
  });
}

/** As it stands in the file, but for an apostrophe. */
function shown(name: string): string {
  return visible(name).replace(/^'/, '');
}
