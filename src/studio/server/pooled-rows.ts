/** @file The rows of a table whose texts lie in one pool, in little memory. */

import { TEXT_TABLE_WORDS } from '../../core/examples/labels/text-columns.ts';
import { parseTextTable } from '../../node/text/text-table.ts';
import type { ReadRows } from '../project/text-table.ts';

export const readPooledRows: ReadRows = (bytes, options) => {
  const { table, column, pool } = parseTextTable(bytes, {
    ...options,
    words: TEXT_TABLE_WORDS,
    textColumn: undefined,
    otherColumns: [],
  });
  return { table, column, textAt: (row) => pool.textAt(row) };
};
