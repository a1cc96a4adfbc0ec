/** @file The texts of a table, whatever else it has. */

import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parseCsvTable } from '../../core/examples/labels/csv-table.ts';
import { decodeCsvText } from '../../core/examples/labels/csv-text.ts';
import { parseJsonLines } from '../../core/examples/labels/json-lines.ts';
import { findTextColumn, TEXT_TABLE_WORDS } from '../../core/examples/labels/text-columns.ts';

/**
 * Reads the texts of a table (`.csv`, `.tsv`, `.jsonl`), in their order; empty ones too. One column alone needs no name that says so.
 *
 * @throws {GraftError} `dataset`, if the table cannot be read, or no column is of texts.
 */
export async function readUnlabeledTexts(
  file: string,
  textColumn: string | undefined,
): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const where = `text file "${file}"`;
  const { text } = decodeCsvText(await readFile(file), where);
  const isJson = ['.jsonl', '.ndjson'].includes(extname(file).toLowerCase());
  const table = isJson
    ? parseJsonLines(text, where)
    : parseCsvTable(text, where, { ...TEXT_TABLE_WORDS, minColumns: 1 });
  const column = table.columns.length === 1 ? 0 : findTextColumn(table, textColumn, where);
  return table.rows.map(({ line, cells }) => ({ file: `${file}, line ${line}`, text: cells[column]! }));
}
