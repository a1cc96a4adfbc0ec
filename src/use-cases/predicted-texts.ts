/** @file The texts of which a model is asked: said on the command line, in files, or on standard input. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { text as readStream } from 'node:stream/consumers';
import { GraftError } from '../core/errors/graft-error.ts';
import { decodeCsvText } from '../core/examples/labels/csv-text.ts';
import { compareNaturally } from '../core/examples/sample.ts';
import { readUnlabeledTexts } from '../node/text/unlabeled-texts.ts';

/** A text, and where it stands. */
export interface AskedText {
  /** `reviews.csv, line 3`, the path of a file, `standard input, line 2`, `text 1`. */
  readonly file: string;
  /** Without blanks around it; may be empty. */
  readonly text: string;
}

const TABLES = ['.csv', '.tsv', '.jsonl', '.ndjson'];

/**
 * Finds texts by what a person names: `-` is standard input, a text on each line; a table has a column of texts; a `.txt` file is one
 * text, and a folder all of them in it; anything else is a text itself.
 *
 * @param textColumn - Of tables. Default: found by its name, or by the length of its cells.
 * @throws {GraftError} `file-not-found`, for the name of a file that is not there; and what reading a table throws.
 */
export async function askedTexts(
  named: readonly string[],
  textColumn?: string | undefined,
): Promise<readonly AskedText[]> {
  const found: AskedText[] = [];
  for (const [index, name] of named.entries()) {
    found.push(...(await textsOf(name, `text ${index + 1}`, textColumn)));
  }
  return found;
}

async function textsOf(
  name: string,
  place: string,
  textColumn: string | undefined,
): Promise<readonly AskedText[]> {
  if (name === '-') return linesOf(await readStream(process.stdin), 'standard input');
  const ending = extname(name).toLowerCase();
  const isTable = TABLES.includes(ending);
  const status = await stat(name).catch(() => undefined);
  if (status?.isDirectory()) return textsIn(name);
  if (status !== undefined) {
    if (isTable) return readUnlabeledTexts(name, textColumn);
    return [await textIn(name)];
  }
  // A sentence does not end so.
  if ((isTable || ending === '.txt') && !/\s/.test(name)) throw noFile(name);
  return [{ file: place, text: name.trim() }];
}

async function textsIn(folder: string): Promise<readonly AskedText[]> {
  const names = (await readdir(folder)).filter((name) => extname(name).toLowerCase() === '.txt');
  return Promise.all(names.toSorted(compareNaturally).map((name) => textIn(join(folder, name))));
}

async function textIn(file: string): Promise<AskedText> {
  return { file, text: decodeCsvText(await readFile(file), `text file "${file}"`).text.trim() };
}

function linesOf(text: string, place: string): readonly AskedText[] {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ file: `${place}, line ${index + 1}`, text: line.trim() }));
  // What ends the last line begins none.
  return lines.at(-1)?.text === '' ? lines.slice(0, -1) : lines;
}

function noFile(name: string): GraftError {
  return new GraftError('file-not-found', {
    where: `text file "${name}"`,
    expected: 'a file of texts',
    received: 'nothing of that name',
    advice: 'Check the path; a text itself goes into quotes.',
  });
}
