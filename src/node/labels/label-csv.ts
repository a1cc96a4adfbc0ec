/** @file Reads a CSV file of images and their answers: a class, labels, or numbers. */

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import {
  type CsvLabelOptions,
  type CsvLabels,
  listOf,
  parseCsvLabels,
} from '../../core/examples/labels/csv-labels.ts';
import { type CsvTable, parseCsvTable } from '../../core/examples/labels/csv-table.ts';
import { decodeCsvText } from '../../core/examples/labels/csv-text.ts';
import {
  type ColumnOptions,
  chooseColumns,
  type LabelColumns,
  type TargetKind,
} from '../../core/examples/labels/label-columns.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { type LocatedImages, locateImages } from './locate-images.ts';

/** How a CSV file of labels is read. */
export interface LabelCsvOptions extends ColumnOptions, CsvLabelOptions {
  /** What file names are relative to. Default: the folder of the CSV file. */
  readonly imageFolder?: string | undefined;
  /** Lines whose image is missing are left out and listed. Default false: they are refused. */
  readonly allowMissing?: boolean | undefined;
}

/** What a CSV file says of its images. */
export interface LabelCsv {
  readonly kind: TargetKind;
  /** With targets, but where their kind is a class. */
  readonly samples: readonly Sample[];
  /** For messages: `label file "labels.csv"`. */
  readonly where: string;
  /** Of classes (a label is an index into it), of labels, or of numbers. */
  readonly names: readonly string[];
  /** Images that were named and are missing. */
  readonly skipped: readonly SkippedFile[];
  /** Remarks for the person, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads a table with a line of column names, one column of file names, and the answer:
 *
 * - one class, in a column `label` or `class`;
 * - any number of labels, in a column `labels` or `tags`, separated by `|`, `;` or blanks, or one column of 0 and 1 for
 *   each label;
 * - numbers, one or several columns.
 *
 * Where the names do not tell which, the cells do: only 0 and 1 are labels, other numbers are to be predicted as such,
 * one column of words is a class, with `|` or `;` in it labels. Encoding (UTF-8, UTF-16, Windows-1252), separator (comma,
 * semicolon, tab) and decimal mark are found out.
 *
 * @param file - Path of the CSV file.
 * @throws {GraftError} `file-not-found`; `dataset`, if the file cannot be read, a column or image is missing, a cell is
 *   not what it should be, an image has two answers, or a label is not among those in `labels`.
 */
export async function readLabelCsv(file: string, options: LabelCsvOptions = {}): Promise<LabelCsv> {
  const where = `label file "${file}"`;
  const { text, encoding } = decodeCsvText(await read(file, where), where);
  const table = parseCsvTable(text, where);
  const columns = chooseColumns(table, options, where);
  const answers = parseCsvLabels(table, columns, options, where);
  const folder = resolve(options.imageFolder ?? dirname(file));
  const located = await locateImages(fileNames(table, columns, where), folder);
  const skipped = missingImages(located, options, folder, where);

  const warnings: string[] = [];
  if (encoding === 'windows-1252') {
    warnings.push('The file is not UTF-8 and was read as Windows-1252: check letters with accents.');
  }
  if (columns.unused.length > 0) {
    const names = listOf(columns.unused.map((name) => `"${name}"`));
    warnings.push(
      columns.unused.length === 1 ? `The column ${names} is not used.` : `The columns ${names} are not used.`,
    );
  }
  const kept = withoutRepetitions(table, columns, answers, located, where, warnings);
  warnUninformative(columns, answers, kept, warnings);
  const samples = kept.map((row): Sample => {
    const [file, answer] = [located.files[row]!, answers.rows[row]!];
    return columns.kind === 'class' ? { file, label: answer[0]! } : { file, label: 0, target: answer };
  });
  return { kind: columns.kind, samples, where, names: answers.names, skipped, warnings };
}

async function read(file: string, where: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const expected = 'a CSV file';
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const parts = { where, expected, received: 'no such file', advice: 'Check the path.' };
      throw new GraftError('file-not-found', parts, { cause });
    }
    const received =
      code === 'EISDIR' ? 'a folder' : `a file that cannot be read (${code ?? 'unknown fault'})`;
    const advice = code === 'EISDIR' ? 'Give the file itself.' : 'Check its permissions.';
    throw new GraftError('dataset', { where, expected, received, advice }, { cause });
  }
}

function fileNames({ rows, columns }: CsvTable, { file }: LabelColumns, where: string): string[] {
  return rows.map(({ line, cells }) => {
    if (cells[file] !== '') return cells[file]!;
    throw new GraftError('dataset', {
      where: `${where}, line ${line}`,
      expected: `a file name in column "${columns[file]}"`,
      received: 'an empty cell',
      advice: 'Name the image, or remove the line.',
    });
  });
}

function missingImages(
  { files, missing, suggestion }: LocatedImages,
  { allowMissing = false }: LabelCsvOptions,
  folder: string,
  where: string,
): SkippedFile[] {
  const all = new Set(files).size;
  if (missing.size === 0 || (allowMissing && missing.size < all)) {
    return [...missing].map((file) => ({ file, reason: 'file not found' }));
  }
  const shown = [...missing].map(
    (file) => `"${file.startsWith(folder) ? file.slice(folder.length + 1) : file}"`,
  );
  throw new GraftError('dataset', {
    where,
    expected: `its images in "${folder}"`,
    received: `${missing.size} of ${all} missing: ${listOf(shown)}`,
    advice:
      suggestion !== undefined
        ? `There is "${suggestion}": write names as the files have them, with extension.`
        : missing.size === all
          ? 'Give the folder that the names are relative to (--images).'
          : 'Check the names, or leave out the lines without an image (--allow-missing).',
  });
}

/** Rows to keep: images that are there, each once. */
function withoutRepetitions(
  { rows }: CsvTable,
  { kind }: LabelColumns,
  { names, rows: answers }: CsvLabels,
  { files, missing }: LocatedImages,
  where: string,
  warnings: string[],
): number[] {
  const firstOf = new Map<string, number>();
  const repeated: number[] = [];
  files.forEach((file, row) => {
    if (missing.has(file)) return;
    const first = firstOf.get(file);
    if (first === undefined) {
      firstOf.set(file, row);
      return;
    }
    const [before, now] = [answers[first]!, answers[row]!];
    if (before.some((value, i) => value !== now[i])) {
      throw new GraftError('dataset', {
        where: `${where}, line ${rows[row]!.line}`,
        expected: `one answer for "${file}"`,
        received: `${words(now, names, kind)}, and in line ${rows[first]!.line} ${words(before, names, kind)}`,
        advice: 'Remove one of the lines; several labels of an image go into one cell: "cat|dog".',
      });
    }
    repeated.push(row);
  });
  if (repeated.length > 0) {
    const { line } = rows[repeated[0]!]!;
    warnings.push(
      repeated.length === 1
        ? `Line ${line} repeats an earlier one and does not count.`
        : `${repeated.length} lines repeat earlier ones and do not count, the first of them line ${line}.`,
    );
  }
  return [...firstOf.values()];
}

function words(answer: Float32Array, names: readonly string[], kind: TargetKind): string {
  if (kind === 'class') return `"${names[answer[0]!]}"`;
  if (kind === 'values') return [...answer].join(', ');
  const labels = names.filter((_, i) => answer[i] === 1);
  return labels.length === 0 ? 'no label' : listOf(labels.map((name) => `"${name}"`));
}

/** A label that all images have, or none; a number that never changes; a class without an image. */
function warnUninformative(
  { kind }: LabelColumns,
  { names, rows }: CsvLabels,
  kept: readonly number[],
  warnings: string[],
): void {
  const quote = (chosen: readonly string[]): string => listOf(chosen.map((name) => `"${name}"`));
  if (kind === 'class') {
    const seen = new Set(kept.map((row) => rows[row]![0]));
    const absent = names.filter((_, label) => !seen.has(label));
    if (absent.length > 0) warnings.push(`There are no images of ${quote(absent)}.`);
    return;
  }
  const constant = names.filter((_, i) => kept.every((row) => rows[row]![i] === rows[kept[0]!]![i]));
  if (constant.length === 0) return;
  const what = kind === 'values' ? 'The number is the same' : 'The label is the same';
  warnings.push(`${what} for all images, so that nothing can be learned of it: ${quote(constant)}.`);
}
