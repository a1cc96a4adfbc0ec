/** @file Which column of a table holds the texts. */

import { GraftError } from '../../errors/graft-error.ts';
import type { CsvTable, TableWords } from './csv-table.ts';
import { columnNamed, plainName } from './label-columns.ts';

/** How a table of texts looks, for messages. */
export const TEXT_TABLE_WORDS: TableWords & { readonly one: string; readonly several: string } = {
  example: 'text',
  header: 'text,label',
  line: '"It works.",positive',
  one: 'text',
  several: 'texts',
};

/** Names that say it, in the order that decides between two of them. */
const TEXT_NAMES = [
  'text',
  'texts',
  'sentence',
  'review',
  'reviewtext',
  'question',
  'message',
  'content',
  'body',
  'comment',
  'tweet',
  'document',
  'utterance',
  'query',
  'description',
  'abstract',
  'title',
];

/** From so many words a cell on, on average, a column without a name that says so holds texts. */
const MIN_WORDS = 3;
/** So many of the first rows tell it: all of a large table would take longer than to train on it. */
export const LOOKED_AT_ROWS = 1000;
/** Names of columns are shorter. */
const MAX_WORDS_OF_NAME = 4;

/**
 * The index of the column of texts: the one that is asked for, that has a name like `text` or `review`, or whose cells are longest.
 *
 * @param where - For messages: `text file "reviews.csv"`.
 * @throws {GraftError} `dataset`, if there is none, or the first line names no columns.
 */
export function findTextColumn(
  table: Pick<CsvTable, 'columns' | 'rows'>,
  asked: string | undefined,
  where: string,
): number {
  const { columns } = table;
  const rows = table.rows.slice(0, LOOKED_AT_ROWS);
  if (asked !== undefined) return columnNamed(columns, asked, where);
  const plain = columns.map(plainName);
  const named = TEXT_NAMES.map((name) => plain.indexOf(name)).find((index) => index >= 0);
  const lengths = columns.map((_, index) => meanOf(rows.map(({ cells }) => wordsIn(cells[index]!))));
  const longest = lengths.indexOf(Math.max(...lengths));
  const found = named ?? (lengths[longest]! >= MIN_WORDS ? longest : undefined);
  if (found === undefined) {
    throw new GraftError('dataset', {
      where,
      expected: 'a column "text" of texts',
      received: columns.map((name) => `"${name}"`).join(', '),
      advice: 'Rename the column of the texts, or say which it is (--text).',
    });
  }
  if (named === undefined && wordsIn(columns[found]!) > MAX_WORDS_OF_NAME) {
    throw new GraftError('dataset', {
      where,
      expected: 'names of columns in the first line',
      received: `"${shorten(columns[found]!)}"`,
      advice: 'Write "text,label" as the first line.',
    });
  }
  return found;
}

function wordsIn(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(numbers.length, 1);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
