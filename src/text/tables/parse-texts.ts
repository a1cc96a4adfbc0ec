/** @file Texts with their labels from the bytes of a table (CSV, JSON lines), and what is said of those that cannot be used. */

import type { SkippedExample } from '../../core/examples/example.ts';
import { type CsvLabels, formatNames, parseCsvLabels } from '../../core/examples/labels/csv-labels.ts';
import type { CsvTable } from '../../core/examples/labels/csv-table.ts';
import { readCsvUtf8 } from '../../core/examples/labels/csv-text.ts';
import {
  type ColumnOptions,
  chooseTargets,
  columnNamed,
  type TargetKind,
} from '../../core/examples/labels/label-columns.ts';
import { TEXT_TABLE_WORDS } from '../../core/examples/labels/text-columns.ts';
import type { TextExample } from '../modality/text-example.ts';
import { type ByteSource, type PooledText, pooledText } from './text-pool.ts';
import { parseTextTable } from './text-table.ts';

/** Which columns hold the texts, and what is to be learned of them. */
export interface TextFileOptions extends Omit<ColumnOptions, 'fileColumn'> {
  /** Column of the texts. Default: one named `text`, `review` or alike, else the one with the longest cells. */
  readonly textColumn?: string | undefined;
  /** Column of what stays on one side of a split. Default none. */
  readonly groupColumn?: string | undefined;
  /** Names of classes or labels that may occur, in the order that is wanted. Default: those that occur. */
  readonly labels?: readonly string[] | undefined;
  /** Whether the warnings tell of texts that repeat. Default true. */
  readonly tellsRepetitions?: boolean | undefined;
}

/** What files say of their texts. */
export interface TextData {
  readonly kind: TargetKind;
  readonly examples: readonly TextExample[];
  /** Of classes (a label is an index into it), of labels, or of numbers. */
  readonly names: readonly string[];
  /** Lines and files without a text. */
  readonly skipped: readonly SkippedExample[];
  /** Remarks for the person, one sentence each. */
  readonly warnings: readonly string[];
  /** For messages: `text file "reviews.csv"`. */
  readonly where: string;
}

/** What files say of their texts, which lie in one pool. */
export interface PooledTextData extends TextData {
  readonly examples: readonly PooledText[];
}

const JSON_ENDING = /\.(?:jsonl|ndjson)$/i;
/** What JSON lines begin with. */
const BRACE = /^\s*\{/;
const WINDOWS_1252 = 'The file is not UTF-8 and was read as Windows-1252: check letters with accents.';

export interface ParseTextsOptions extends TextFileOptions {
  readonly where: string;
  /** What places are called after. */
  readonly file: string;
  /** JSON lines rather than CSV. Default: what the first character says. */
  readonly isJson?: boolean | undefined;
  /** Keeps the table's bytes, out of which texts are read, elsewhere than in memory; undefined where they are to stay. Default: they stay. */
  readonly keepBytes?: ((bytes: Uint8Array) => ByteSource | undefined) | undefined;
}

/** Whether a table is one of JSON lines by its name, whatever it begins with. */
export function isJsonTable(name: string): boolean {
  return JSON_ENDING.test(name);
}

/** Texts of a table's bytes. @throws {GraftError} `dataset`, if a column is missing, or a label is not what it should be. */
export function parseTexts(bytes: Uint8Array, options: ParseTextsOptions): PooledTextData {
  const { where, file } = options;
  const { bytes: utf8, encoding } = readCsvUtf8(bytes, where);
  const { table, column, pool } = parseTextTable(utf8, {
    where,
    file,
    isJson: options.isJson === true || BRACE.test(new TextDecoder().decode(utf8.subarray(0, 1000))),
    words: TEXT_TABLE_WORDS,
    textColumn: options.textColumn,
    otherColumns: [
      ...(options.groupColumn === undefined ? [] : [options.groupColumn]),
      ...(options.targetColumns ?? []),
    ],
  });
  const group =
    options.groupColumn === undefined ? undefined : columnNamed(table.columns, options.groupColumn, where);
  const others = withoutColumn(table, group);
  const targets = chooseTargets(others, column, options, where);
  const answers = parseCsvLabels(
    table,
    { ...targets, file: column, unused: [] },
    { ...labelOptions(options), words: TEXT_TABLE_WORDS },
    where,
  );
  const skipped: SkippedExample[] = [];
  const examples: PooledText[] = [];
  table.rows.forEach(({ cells }, row) => {
    if (pool.isEmptyAt(row)) {
      skipped.push({ file: pool.placeAt(row), reason: 'empty text' });
      return;
    }
    const answer = answerOf(answers, row, targets.kind);
    examples.push(
      pooledText(pool, row, { ...answer, group: group === undefined ? undefined : cells[group] }),
    );
  });
  const used = new Set([column, group, ...targets.targets]);
  const unused = table.columns.filter((name, index) => name !== '' && !used.has(index));
  const warnings = [
    ...(encoding === 'windows-1252' ? [WINDOWS_1252] : []),
    ...unusedNotes(unused),
    ...(options.tellsRepetitions === false ? [] : repetitionNotes(examples)),
  ];
  if (options.keepBytes !== undefined) pool.moveSource(options.keepBytes);
  return { kind: targets.kind, examples, names: answers.names, skipped, warnings, where };
}

function labelOptions({ labels, decimalMark }: TextFileOptions): Parameters<typeof parseCsvLabels>[2] {
  const marked = decimalMark === undefined ? {} : { decimalMark };
  return labels === undefined ? marked : { ...marked, labels };
}

/** The group's column is no answer, whatever it holds: without a name it is passed over. */
function withoutColumn(table: CsvTable, index: number | undefined): CsvTable {
  if (index === undefined) return table;
  return { ...table, columns: table.columns.map((name, each) => (each === index ? '' : name)) };
}

function answerOf({ rows }: CsvLabels, row: number, kind: TargetKind): Pick<TextExample, 'label' | 'target'> {
  const answer = rows[row]!;
  return kind === 'class' ? { label: answer[0]! } : { label: 0, target: answer };
}

function unusedNotes(unused: readonly string[]): string[] {
  if (unused.length === 0) return [];
  const names = formatNames(unused.map((name) => `"${name}"`));
  return [unused.length === 1 ? `The column ${names} is not used.` : `The columns ${names} are not used.`];
}

/** A text that stands several times counts as often; with different labels it cannot be learned. */
export function repetitionNotes(examples: readonly TextExample[]): string[] {
  const first = new Map<string, TextExample>();
  let repeated = 0;
  const contradicting: TextExample[] = [];
  for (const example of examples) {
    const before = first.get(example.text);
    if (before === undefined) first.set(example.text, example);
    else if (isSameAnswer(before, example)) repeated++;
    else contradicting.push(example);
  }
  const notes: string[] = [];
  if (repeated > 0) {
    notes.push(
      `${repeated} of ${examples.length} texts ${repeated === 1 ? 'repeats' : 'repeat'} an earlier one.`,
    );
  }
  if (contradicting.length > 0) {
    const { place, text } = contradicting[0]!;
    notes.push(
      `${contradicting.length} of ${examples.length} texts stand elsewhere with another label: ${place} as ${first.get(text)!.place}.`,
    );
  }
  return notes;
}

function isSameAnswer(a: TextExample, b: TextExample): boolean {
  if (a.target === undefined || b.target === undefined) return a.label === b.label;
  return a.target.every((value, index) => value === b.target![index]);
}
