/** @file The rows of a table as they are read: a page has no large ones. */

import { parseCsvTable } from '../../core/examples/labels/csv-table.ts';
import { parseJsonLines } from '../../core/examples/labels/json-lines.ts';
import { findTextColumn, TEXT_TABLE_WORDS } from '../../core/examples/labels/text-columns.ts';
import type { ReadRows } from '../project/text-table.ts';

export const readPlainRows: ReadRows = (bytes, { where, isJson }) => {
  const table = isJson ? parseJsonLines(bytes, where) : parseCsvTable(bytes, where, TEXT_TABLE_WORDS);
  const column = findTextColumn(table, undefined, where);
  // Half of a pair of surrogates is no letter in UTF-8.
  const textAt = (row: number): string =>
    table.rows[row]!.cells[column]!.replace(/\p{Surrogate}/gu, '\ufffd');
  return { table, column, textAt };
};
