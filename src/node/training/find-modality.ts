/** @file Whether a folder or a table holds images or texts: by what is in it, unless it is said. */

import { open, readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { isImageName } from '../../core/examples/image-names.ts';
import { type CsvTable, parseCsvTable } from '../../core/examples/labels/csv-table.ts';
import { decodeCsvText } from '../../core/examples/labels/csv-text.ts';
import { plainName } from '../../core/examples/labels/label-columns.ts';
import { findTextColumn } from '../../core/examples/labels/text-columns.ts';
import type { CsvOptions } from './csv-image-sets.ts';
import type { ModalityName } from './image-sets.ts';

/** Tables of texts alone. */
const JSON_ENDINGS = ['.jsonl', '.ndjson'];
const TABLE_ENDINGS = ['.csv', '.tsv', '.txt'];
/** Columns that no table of texts has, but one that names images whose endings were left out. */
const FILE_COLUMNS = ['file', 'filename', 'filepath', 'imagefile', 'imagename', 'imagepath'];
/** So much of a large table tells what it holds. */
const LOOKED_AT_BYTES = 64 * 1024;
/** So many files of a folder, and so deep. */
const LOOKED_AT_FILES = 50;
const DEPTH = 2;

/**
 * The kind of the examples. A table holds images if a column has names of image files, or is called so; else texts, if a column has a
 * name like `text` or cells of several words. A folder holds texts if there are `.txt` files in its folders, and no images.
 * What can be neither is taken for images.
 */
export async function findModality(path: string, said: CsvOptions = {}): Promise<ModalityName> {
  if (said.as !== undefined) return said.as === 'texts' ? 'text' : 'image';
  if (said.textColumn !== undefined) return 'text';
  if (said.imageFolder !== undefined || said.fileColumn !== undefined || said.allowMissing) return 'image';
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return 'image';
  if (status.isDirectory()) return (await kindOfFiles(path, DEPTH)) ?? 'image';
  const ending = extname(path).toLowerCase();
  if (JSON_ENDINGS.includes(ending)) return 'text';
  if (!TABLE_ENDINGS.includes(ending)) return 'image';
  const table = tableOf(await beginningOf(path), path) ?? tableOf(await readFile(path), path);
  return table !== undefined && holdsTexts(table) ? 'text' : 'image';
}

function holdsTexts(table: CsvTable): boolean {
  const { columns, rows } = table;
  const namesImages = columns.some((name, index) => {
    const cells = rows.map((row) => row.cells[index]!);
    if (FILE_COLUMNS.includes(plainName(name)) && cells.every((cell) => !/\s/.test(cell))) return true;
    return cells.filter(isImageName).length > cells.length / 2;
  });
  if (namesImages) return false;
  try {
    findTextColumn(table, undefined, '');
    return true;
  } catch {
    // Without names in the first line: texts all the same, as will be said.
    return rows.some(({ cells }) => cells.some((cell) => cell.split(/\s+/).length > 3));
  }
}

/** Undefined for what cannot be read as a table: who reads it says why. */
function tableOf(bytes: Uint8Array, path: string): CsvTable | undefined {
  try {
    return parseCsvTable(decodeCsvText(bytes, path).text, path);
  } catch {
    return undefined;
  }
}

/** Whole lines of a file's beginning. */
async function beginningOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(LOOKED_AT_BYTES);
    const { bytesRead } = await file.read(bytes, 0, LOOKED_AT_BYTES);
    if (bytesRead < LOOKED_AT_BYTES) return bytes.subarray(0, bytesRead);
    return bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  } finally {
    await file.close();
  }
}

/** What the files of a folder are, and of the folders in it; undefined where there are none of either kind. */
async function kindOfFiles(folder: string, depth: number): Promise<ModalityName | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'));
  const some = files.slice(0, LOOKED_AT_FILES);
  if (some.some(({ name }) => isImageName(name))) return 'image';
  // Beside folders of images, a single text is what someone wrote about them.
  if (depth < DEPTH && some.some(({ name }) => name.toLowerCase().endsWith('.txt'))) return 'text';
  if (depth === 0) return undefined;
  for (const { name } of entries.filter((entry) => entry.isDirectory()).slice(0, LOOKED_AT_FILES)) {
    const kind = await kindOfFiles(join(folder, name), depth - 1);
    if (kind !== undefined) return kind;
  }
  return undefined;
}
