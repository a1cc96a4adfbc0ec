/** @file The ground truth in a table's columns: classes, labels or values, line by line. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../../errors/graft-error.ts';
import { compareNaturally } from '../sample.ts';
import { findSimilarName, findSimilarNames } from '../similar-names.ts';
import {
  type DecimalMark,
  detectDecimalMark,
  type NumberOptions,
  numberIn,
  unclearMark,
  yesOrNoIn,
} from './csv-numbers.ts';
import type { CsvRow, CsvTable } from './csv-table.ts';
import type { LabelColumns } from './label-columns.ts';

export interface CsvLabelOptions extends NumberOptions {
  /** Names that may occur, in the order that is wanted. Default: those that occur, in natural order. */
  readonly labels?: readonly string[];
  /** Between the labels of one cell. Default: `|` or `;` where one occurs, else blanks. */
  readonly labelSeparator?: string;
  /** What an example is called, and several. Default `image`, `images`. */
  readonly words?: { readonly one: string; readonly several: string } | undefined;
}

export interface CsvLabels {
  /** Names of classes, labels or values. */
  readonly names: readonly string[];
  /** For every row: the index of its class as the only number, or `[names]`. */
  readonly rows: readonly Float32Array[];
}

/**
 * Reads the ground truth.
 *
 * @param where - For messages: `label file "labels.csv"`.
 * @throws {GraftError} `dataset`, if a cell cannot be read, a label is not among those that may occur, two differ only
 *   in case, or there are fewer than two classes.
 */
export function parseCsvLabels(
  table: CsvTable,
  columns: LabelColumns,
  options: CsvLabelOptions,
  where: string,
): CsvLabels {
  if (columns.form === 'words') return wordsIn(table, columns, options, where);
  const names = columns.targets.map((index) => table.columns[index]!);
  const truths =
    columns.kind === 'values'
      ? numbersIn(table, columns, options.decimalMark, where)
      : yesesIn(table, columns, options.words?.one ?? 'image', where);
  if (columns.kind !== 'labels' || options.labels === undefined) return { names, rows: truths };
  return inOrder(names, truths, options.labels, where);
}

function wordsIn(table: CsvTable, columns: LabelColumns, options: CsvLabelOptions, where: string): CsvLabels {
  const index = columns.targets[0]!;
  const cells = table.rows.map(({ cells: row }) => row[index]!.normalize('NFC'));
  const known = options.labels?.map((name) => name.normalize('NFC'));
  const isMulti = columns.kind === 'labels';
  const split = isMulti ? splitter(cells, options, known) : (cell: string) => [cell];
  const words = cells.map(split);
  table.rows.forEach((row, i) => {
    if (!isMulti && words[i]![0] === '') {
      throw cellError(table, row, index, where, 'a class', '', 'Name the class, or remove the line.');
    }
  });
  const seen = [...new Set(words.flat())].sort(compareNaturally);
  refuseUnknown(table, words, known, where);
  const names = known ?? seen;
  refuseSimilarNames(names, where);
  if (!isMulti && names.length < 2) {
    throw new GraftError('dataset', {
      where,
      expected: `at least 2 classes in column "${table.columns[index]}"`,
      received: `1 ("${names[0]}")`,
      advice: `Add ${options.words?.several ?? 'images'} of another class.`,
    });
  }
  const indexOf = new Map(names.map((name, i) => [name, i]));
  // One for all rows of a class.
  const classes = names.map((_, i) => Float32Array.of(i));
  const rows = words.map((row) => {
    if (!isMulti) return classes[indexOf.get(row[0]!)!]!;
    const target = new Float32Array(names.length);
    for (const word of row) target[indexOf.get(word)!] = 1;
    return target;
  });
  return { names, rows };
}

function splitter(
  cells: readonly string[],
  { labelSeparator }: CsvLabelOptions,
  known: readonly string[] | undefined,
): (cell: string) => string[] {
  const parts = (cell: string, by: string | RegExp): string[] =>
    cell
      .split(by)
      .map((part) => part.trim())
      .filter((part) => part !== '');
  if (labelSeparator !== undefined) {
    return (cell) => parts(cell, labelSeparator.trim() === '' ? /\s+/ : labelSeparator);
  }
  const found = ['|', ';'].find((mark) => cells.some((cell) => cell.includes(mark)));
  if (found !== undefined) return (cell) => parts(cell, found);
  // Names of several words, one to an image.
  if (known !== undefined && cells.every((cell) => cell === '' || known.includes(cell))) {
    return (cell) => (cell === '' ? [] : [cell]);
  }
  return (cell) => parts(cell, /[\s,]+/);
}

function refuseUnknown(
  { rows }: CsvTable,
  words: readonly (readonly string[])[],
  known: readonly string[] | undefined,
  where: string,
): void {
  if (known === undefined) return;
  const lines = new Map<string, number>();
  words.forEach((row, i) => {
    for (const word of row) if (!known.includes(word) && !lines.has(word)) lines.set(word, rows[i]!.line);
  });
  if (lines.size === 0) return;
  const unknown = [...lines].map(([word, line]) => `"${word}" in line ${line}`);
  throw new GraftError('dataset', {
    where,
    expected: `labels among ${formatNames(known.map((name) => `"${name}"`))}`,
    received: formatNames(unknown),
    advice: adviceFor([...lines.keys()][0]!, known),
  });
}

function adviceFor(unknown: string, known: readonly string[]): string {
  const similar = findSimilarName(unknown, known);
  return similar
    ? `Did you mean "${similar.first}"? It differs in ${similar.difference}.`
    : `Did you mean "${closest(unknown, known)}"? Upper and lower case count.`;
}

function refuseSimilarNames(names: readonly string[], where: string): void {
  const similar = findSimilarNames(names);
  if (similar === undefined) return;
  throw new GraftError('dataset', {
    where,
    expected: `labels that differ in more than ${similar.difference}`,
    received: `"${similar.first}", "${similar.second}"`,
    advice: 'Write one label the same way in all lines.',
  });
}

function numbersIn(
  table: CsvTable,
  { targets }: LabelColumns,
  said: DecimalMark | undefined,
  where: string,
): Float32Array[] {
  const columns = targets.map((index) => {
    const cells = table.rows.map((row) => row.cells[index]!);
    const mark = said ?? detectDecimalMark(cells, table.separator);
    const numbers = cells.map((cell, i) => {
      const value = numberIn(cell, mark);
      if (value !== undefined) return value;
      throw cellError(table, table.rows[i]!, index, where, 'a number', cell, numberAdvice(cell, said));
    });
    if (said === undefined) refuseUnclearMark(table, index, cells, where);
    return numbers;
  });
  return table.rows.map((_, row) => Float32Array.from(columns, (column) => column[row]!));
}

function numberAdvice(cell: string, said: DecimalMark | undefined): string {
  if (said !== undefined && /^[+-]?[\d.,]+$/.test(cell)) {
    return `Write thousands without a mark, and fractions with "${said}".`;
  }
  return /^[+-]?[\d.]+,\d+$/.test(cell)
    ? 'Write fractions with a point in all lines.'
    : 'Write a number, or remove the line.';
}

/** `1,234` read as 1.234 where 1234 is meant would be wrong by a thousand, without a word. */
function refuseUnclearMark(table: CsvTable, index: number, cells: readonly string[], where: string): void {
  const unclear = unclearMark(cells);
  if (unclear === undefined) return;
  const cell = cells[unclear]!;
  const expected = `a number that is clearly ${cell.replace(/[.,]/, '')} or ${cell.replace(',', '.')}`;
  const advice =
    'Say which mark begins a fraction (--decimal-mark), and write thousands without one: no number of the column tells.';
  throw cellError(table, table.rows[unclear]!, index, where, expected, cell, advice);
}

function yesesIn(table: CsvTable, { targets }: LabelColumns, word: string, where: string): Float32Array[] {
  return table.rows.map((row) =>
    Float32Array.from(targets, (index) => {
      const cell = row.cells[index]!;
      const value = yesOrNoIn(cell);
      if (value !== undefined) return value;
      const advice = `Write 1 where the ${word} has the label, else 0.`;
      throw cellError(table, row, index, where, '0 or 1', cell, advice);
    }),
  );
}

/** Columns of 0 and 1 in the order of the labels that are wanted. */
function inOrder(
  names: readonly string[],
  truths: readonly Float32Array[],
  wanted: readonly string[],
  where: string,
): CsvLabels {
  const places = wanted.map((name) => names.indexOf(name.normalize('NFC')));
  const missing = wanted.filter((_, i) => places[i] === -1);
  const unknown = names.filter((name) => !wanted.some((each) => each.normalize('NFC') === name));
  if (missing.length > 0 || unknown.length > 0) {
    throw new GraftError('dataset', {
      where,
      expected: `one column for each of ${formatNames(wanted.map((name) => `"${name}"`))}`,
      received: formatNames(names.map((name) => `"${name}"`)),
      advice: 'Name the columns as the labels that were trained (upper and lower case count).',
    });
  }
  return { names: wanted, rows: truths.map((row) => Float32Array.from(places, (place) => row[place]!)) };
}

function cellError(
  { columns }: CsvTable,
  { line }: CsvRow,
  index: number,
  where: string,
  expected: string,
  cell: string,
  advice: string,
): GraftError {
  return new GraftError('dataset', {
    where: `${where}, line ${line}`,
    expected: `${expected} in column "${columns[index]}"`,
    received: cell === '' ? 'an empty cell' : `"${cell}"`,
    advice,
  });
}

/** `a, b, c and 5 more`. */
export function formatNames(names: readonly string[]): string {
  const shown = names.slice(0, names.length > 4 ? 3 : 4);
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
