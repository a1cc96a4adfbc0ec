/** @file Which columns of a table name the image and its answer, and what kind of answer it is. */

import { closest, distance } from 'fastest-levenshtein';
import { isImageName } from '../../../node/images/image-walk.ts';
import { GraftError } from '../../errors/graft-error.ts';
import {
  type DecimalMark,
  detectDecimalMark,
  type NumberOptions,
  numberIn,
  yesOrNoIn,
} from './csv-numbers.ts';
import type { CsvTable } from './csv-table.ts';

/** The ground truth of an image: its class; any number of labels; values. */
export type TargetKind = 'class' | 'labels' | 'values';

export interface ColumnOptions extends NumberOptions {
  /** Default: what the columns hold; see `readLabelCsv`. */
  readonly kind?: TargetKind | undefined;
  /** Column of the image's file. Default: one named `file`, `filename`, `path`, `image`, or alike. */
  readonly fileColumn?: string | undefined;
  /** Columns of the answer. Default: what the other columns are called and hold. */
  readonly targetColumns?: readonly string[] | undefined;
}

export interface LabelColumns {
  readonly kind: TargetKind;
  /** Index of the column of files. */
  readonly file: number;
  /** Indices of the columns of the answer. */
  readonly targets: readonly number[];
  /** Whether the answer is words in one column, or 0 and 1 (numbers) in columns of their own. */
  readonly form: 'words' | 'numbers';
  /** Names of columns that are not used. */
  readonly unused: readonly string[];
}

const FILE_NAMES = ['file', 'filename', 'filepath', 'path', 'image', 'imagefile', 'imagename', 'imagepath'];
const MORE_FILE_NAMES = ['files', 'images', 'picture', 'photo', 'img', 'imageid', 'id'];
const LABEL_NAMES = ['label', 'class', 'classname', 'category', 'target'];
const LABELS_NAMES = ['labels', 'tags', 'classes', 'categories'];

/** What a column holds: only 0 and 1; mostly numbers; anything. */
type Content = 'yes-or-no' | 'number' | 'text';

/**
 * Chooses the columns.
 *
 * @param where - For messages: `label file "labels.csv"`.
 * @throws {GraftError} `dataset`, if a column is missing, or it is not clear which are meant.
 */
export function chooseColumns(table: CsvTable, options: ColumnOptions, where: string): LabelColumns {
  const file = fileColumn(table, options.fileColumn, where);
  const { targets, form, kind } = chooseTargets(table, file, options, where);
  const used = new Set([file, ...targets]);
  const unused = table.columns.filter((name, index) => name !== '' && !used.has(index));
  return { kind, file, targets, form, unused };
}

function fileColumn({ columns }: CsvTable, asked: string | undefined, where: string): number {
  if (asked !== undefined) return indexOf(columns, asked, where);
  const plain = columns.map(plainName);
  for (const name of [...FILE_NAMES, ...MORE_FILE_NAMES]) {
    const index = plain.indexOf(name);
    if (index !== -1) return index;
  }
  const isData = columns.some(isImageName);
  throw new GraftError('dataset', {
    where,
    expected: 'a column "file", "filename", "path" or "image" of file names',
    received: quoted(columns),
    advice: isData
      ? 'The first line must name the columns: "file,label".'
      : `Rename the column${nearest(columns)}, or say which it is (--file-column).`,
  });
}

/** ` "flie" to "file"` where a name is almost one of those that are known. */
function nearest(columns: readonly string[]): string {
  for (const name of columns) {
    const plain = plainName(name);
    const known = closest(plain, FILE_NAMES);
    if (plain.length >= 4 && distance(plain, known) <= 2) return ` "${name}" to "${known}"`;
  }
  return '';
}

function chooseTargets(
  table: CsvTable,
  file: number,
  { kind, targetColumns, decimalMark }: ColumnOptions,
  where: string,
): Pick<LabelColumns, 'kind' | 'targets' | 'form'> {
  const { columns } = table;
  const asked = targetColumns?.map((name) => indexOf(columns, name, where));
  const candidates = asked ?? [...columns.keys()].filter((index) => index !== file && columns[index] !== '');
  const contents = new Map(candidates.map((index) => [index, contentOf(table, index, decimalMark)]));
  const holding = (...contained: readonly Content[]): number[] =>
    candidates.filter((index) => contained.includes(contents.get(index)!));
  const called = (names: readonly string[]): number | undefined =>
    candidates.find((index) => names.includes(plainName(columns[index]!)));

  const words = (index: number): Pick<LabelColumns, 'kind' | 'targets' | 'form'> => {
    const several = LABELS_NAMES.includes(plainName(columns[index]!)) || hasSeparators(table, index);
    return { kind: kind ?? (several ? 'labels' : 'class'), targets: [index], form: 'words' };
  };
  if (kind === 'values') {
    const targets = asked ?? holding('yes-or-no', 'number');
    if (targets.length > 0) return { kind, targets, form: 'numbers' };
    throw unclear(table, candidates, where, 'a column of numbers');
  }
  const named = called(LABELS_NAMES) ?? called(LABEL_NAMES);
  if (named !== undefined && (asked === undefined || asked.length === 1)) {
    const isNumber = contents.get(named) === 'number' && plainName(columns[named]!) === 'target';
    if (kind !== undefined || !isNumber) return words(named);
  }
  if (kind === 'class') {
    const [only, ...others] = asked ?? holding('text');
    if (only !== undefined && others.length === 0) return words(only);
    throw unclear(table, candidates, where, 'one column of classes, "label"');
  }
  const yesOrNo = holding('yes-or-no');
  const numbers = holding('number');
  const texts = holding('text');
  if (asked !== undefined && texts.length > 0 && asked.length > 1) {
    if (kind === undefined && yesOrNo.length + numbers.length === 0) {
      throw unclear(table, candidates, where, 'one column of labels, or columns of numbers');
    }
    // One cell is wrong rather than a whole column: the message will tell which.
    return {
      kind: kind ?? (numbers.length > 0 ? 'values' : 'labels'),
      targets: asked,
      form: 'numbers',
    };
  }
  if (kind === 'labels') {
    const columnsOfOwn = asked === undefined || texts.length > 0 ? yesOrNo : asked;
    if (columnsOfOwn.length > 0) return { kind, targets: columnsOfOwn, form: 'numbers' };
  }
  if (kind === undefined && numbers.length > 0) {
    return { kind: 'values', targets: holding('yes-or-no', 'number'), form: 'numbers' };
  }
  if (kind === undefined && yesOrNo.length > 0) return { kind: 'labels', targets: yesOrNo, form: 'numbers' };
  if (texts.length === 1) return words(texts[0]!);
  throw unclear(table, candidates, where, 'a column "label" or "labels", or columns of numbers');
}

function contentOf({ rows, separator }: CsvTable, index: number, said: DecimalMark | undefined): Content {
  const cells = rows.map(({ cells }) => cells[index]!).filter((cell) => cell !== '');
  if (cells.length === 0) return 'text';
  if (cells.every((cell) => yesOrNoIn(cell) !== undefined)) return 'yes-or-no';
  const mark = said ?? detectDecimalMark(cells, separator);
  const numbers = cells.filter((cell) => numberIn(cell, mark) !== undefined).length;
  return numbers > cells.length / 2 ? 'number' : 'text';
}

function hasSeparators({ rows }: CsvTable, index: number): boolean {
  return rows.some(({ cells }) => /[|;]/.test(cells[index]!));
}

function indexOf(columns: readonly string[], name: string, where: string): number {
  const index = columns.indexOf(name.normalize('NFC'));
  if (index !== -1) return index;
  const near = closest(name, columns);
  const isNear = distance(name.toLowerCase(), near.toLowerCase()) <= Math.max(2, name.length / 3);
  throw new GraftError('dataset', {
    where,
    expected: `a column "${name}"`,
    received: quoted(columns),
    advice: isNear ? `Did you mean "${near}"?` : 'Name the column so in the first line.',
  });
}

function unclear(
  { columns }: CsvTable,
  candidates: readonly number[],
  where: string,
  expected: string,
): GraftError {
  return new GraftError('dataset', {
    where,
    expected,
    received: candidates.length === 0 ? 'none' : quoted(candidates.map((index) => columns[index]!)),
    advice: 'Say which columns hold the answer (--target-columns).',
  });
}

/** `Image_Path` and `image path` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[\s_.-]/g, '');
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
