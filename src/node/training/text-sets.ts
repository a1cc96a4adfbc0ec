/** @file The texts of a run: which are trained on, and which validate. */

import { statSync } from 'node:fs';
import { GraftError } from '../../core/errors/graft-error.ts';
import { emptyHashes } from '../../core/examples/content-hashes.ts';
import { requireEveryClass } from '../../core/examples/require-every-class.ts';
import { collectLabels, type Sample } from '../../core/examples/sample.ts';
import { createFolds } from '../../core/examples/splits/folds.ts';
import { type SplitWords, splitSamples } from '../../core/examples/splits/split.ts';
import { SET_NAMES } from '../../core/features/sample-sets.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import {
  DEFAULT_TASK,
  type DefaultTask,
  hasClasses,
  type Task,
  taskFor,
  taskNamed,
} from '../../recipe/task.ts';
import {
  absentNotes,
  fewerFoldsNotes,
  formatPercent,
  fractionOfClasses,
  GROUPS_UNUSED,
} from '../../runs/split-notes.ts';
import { findNearDuplicates } from '../../text/modality/near-duplicates.ts';
import type { TextExample } from '../../text/modality/text-example.ts';
import { IdenticalImages } from '../images/identical-images.ts';
import { repeatedTexts } from '../text/same-texts.ts';
import { readPooledTexts, type TextData, type TextFileOptions } from '../text/text-files.ts';
import type { CsvOptions } from './csv-image-sets.ts';
import type { FoldRequest, FoldSets } from './fold-sets.ts';
import { type GatherOptions, type ImageSets, regularExpression } from './image-sets.ts';
import type { KnownImages } from './known-images.ts';

/** A labeled text; in the place of a file stands where it comes from: `reviews.csv, line 12`. */
export interface TextSample extends TextExample, Sample {}

/** The texts of a run. */
export interface TextSets<T extends Task = Task> extends ImageSets<T> {
  readonly modality: 'text';
  readonly train: readonly TextSample[];
  readonly validation: readonly TextSample[];
  readonly test: undefined;
  readonly where: string;
}

/** Texts that all train and all validate, each in its turn. */
export interface TextFoldSets extends FoldSets {
  readonly modality: 'text';
  readonly pool: readonly TextSample[];
  readonly folds: readonly (readonly TextSample[])[];
  readonly test: undefined;
  readonly where: string;
}

/** What is read of texts with labels. */
export interface LabeledTexts extends Omit<TextData, 'kind' | 'examples'> {
  readonly task: Task;
  readonly samples: readonly TextSample[];
}

/** The fraction of the texts that validates where nothing was said: there are more of them than of images, mostly. */
export const DEFAULT_TEXT_VALIDATION = 0.1;

const WORDS: SplitWords = {
  one: 'text',
  several: 'texts',
  validation: 'a table to validate on (--validation)',
};

/**
 * Reads a table or a folder of texts and decides who validates: the table that the recipe names, or a fraction, in which every class or
 * label has its part. Texts that are the same stay on one side.
 *
 * @param asked - Of a table, `group` is a column, whose texts of one cell stay on one side; of a folder, a pattern of file names.
 * @throws {GraftError} As `readTexts` and `splitSamples`.
 */
export async function gatherTexts(
  path: string,
  asked: Pick<Recipe, 'validation' | 'group' | 'seed'> & { readonly task?: Task | undefined },
  { signal, ...csv }: CsvOptions & GatherOptions = {},
): Promise<TextSets> {
  const { validation, seed } = asked;
  const { group, identicalBy, ...data } = await readPool(path, asked, csv);
  const { samples, task, names, where } = data;
  const about = { modality: 'text', task, classNames: names, test: undefined, where } as const;
  if (typeof validation === 'string') {
    const other = await readLabeledTexts(validation, { ...csv, task, labels: names });
    requireSome(other);
    const warnings = [...data.warnings, ...other.warnings];
    if (asked.group !== null) warnings.push(GROUPS_UNUSED);
    if (hasClasses(task))
      warnings.push(...absentNotes(`The ${other.where}`, other.samples, names, WORDS.several));
    return {
      ...about,
      train: samples,
      validation: other.samples,
      skipped: [...data.skipped, ...other.skipped],
      warnings,
      validationSource: validation,
      known: await knowTexts([samples, other.samples], signal),
    };
  }
  const fraction = validation ?? DEFAULT_TEXT_VALIDATION;
  const split = splitSamples(samples, {
    fraction,
    seed,
    classNames: names,
    group,
    identical: identicalBy,
    words: WORDS,
  });
  const percent = formatPercent(fraction);
  const each = {
    class: fractionOfClasses(fraction, split, WORDS.several),
    labels: `${percent} of each label`,
    values: percent,
  }[taskNamed<Task>(task).targets];
  return {
    ...about,
    train: split.train,
    validation: split.validation,
    skipped: data.skipped,
    warnings: data.warnings,
    validationSource: asked.group === null ? each : `${each}, ${split.groups} groups kept together`,
    isSplit: true,
    known: await knowTexts([split.train, split.validation], signal),
  };
}

/**
 * Reads texts for a cross-validation: divided into stratified folds, in which texts that are the same stay together, as do those of a
 * group.
 *
 * @param asked - `group` as in {@link gatherTexts}.
 * @throws {GraftError} As {@link gatherTexts} and `createFolds`; `dataset`, if there are no classes to be told apart.
 */
export async function gatherTextFolds(
  path: string,
  count: number,
  asked: FoldRequest & { readonly task?: Task | undefined },
  { signal, ...csv }: CsvOptions & GatherOptions = {},
): Promise<TextFoldSets> {
  const { group, identicalBy, ...data } = await readPool(path, asked, csv);
  requireTextClasses(data);
  const { samples: pool, names: classNames, where, skipped, warnings } = data;
  const created = createFolds(pool, {
    folds: count,
    fewer: asked.fewer,
    seed: asked.seed,
    classNames,
    group,
    identical: identicalBy,
    several: WORDS.several,
  });
  const folds = created.folds.map(({ validation }) => validation);
  return {
    modality: 'text',
    where,
    classNames,
    pool,
    folds,
    test: undefined,
    skipped,
    warnings: [...warnings, ...fewerFoldsNotes(created, { classNames, several: WORDS.several })],
    known: await knowTexts([pool], signal, folds),
  };
}

/** Texts with classes to be told apart, which is what a sweep compares. @throws {GraftError} `dataset`. */
export function requireTextClasses<S extends { readonly task: Task; readonly where: string }>(
  texts: S,
): S & { readonly task: DefaultTask } {
  const { task, where } = texts;
  if (task !== DEFAULT_TASK) throw otherTask(where, 'class', taskNamed<Task>(task).targets);
  return texts as S & { readonly task: DefaultTask };
}

/** Texts that are to be divided, and which of them must stay together. */
async function readPool(
  path: string,
  asked: { readonly group: string | null; readonly task?: Task | undefined },
  csv: CsvOptions,
): Promise<LabeledTexts & { readonly group: RegExp | undefined; readonly identicalBy: TextSample[][] }> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const group = isFolder && asked.group !== null ? regularExpression(asked.group) : undefined;
  const groupColumn = isFolder ? undefined : (asked.group ?? undefined);
  const data = await readLabeledTexts(path, { ...csv, groupColumn, task: asked.task });
  requireUsable(data);
  const { samples } = data;
  const grouped = groupColumn === undefined ? [] : repeatedGroups(samples);
  const same = repeatedTexts(samples).map((group) => group.map((position) => samples[position]!));
  return { ...data, group, identicalBy: [...same, ...grouped] };
}

/** How texts with labels are read. */
export interface LabeledTextOptions extends CsvOptions, Pick<TextFileOptions, 'groupColumn' | 'labels'> {
  /** What is to be learned. Default: what the columns hold. */
  readonly task?: Task | undefined;
}

/** Texts as samples. @throws {GraftError} As `readTexts`. */
export async function readLabeledTexts(path: string, options: LabeledTextOptions): Promise<LabeledTexts> {
  const { task, textColumn, targetColumns, decimalMark, groupColumn, labels } = options;
  const kind = task && taskNamed<Task>(task).targets;
  const isOfNumbers = kind === 'values';
  const {
    kind: found,
    examples: samples,
    ...data
  } = await readPooledTexts(path, {
    textColumn,
    groupColumn,
    kind,
    // Values are known by their columns' names.
    targetColumns: targetColumns ?? (isOfNumbers ? labels : undefined),
    labels: isOfNumbers ? undefined : labels,
    decimalMark,
    // As of images, copies are told with the sets that they are in.
    tellsRepetitions: false,
  });
  if (kind !== undefined && kind !== found) throw otherTask(data.where, kind, found);
  return { ...data, task: taskFor(found), samples };
}

/** Texts that are the same, among all sets. Positions count through them, in the order of `SET_NAMES`. */
export function identicalTexts(...sets: readonly (readonly TextSample[])[]): IdenticalImages {
  return new IdenticalImages(repeatedTexts(sets.flat()));
}

/** @param folds - Sides that the only set is divided into. Default: each set is one. */
async function knowTexts(
  sets: readonly (readonly TextSample[])[],
  signal: AbortSignal | undefined,
  folds?: readonly (readonly TextSample[])[],
): Promise<KnownImages> {
  const hashes = new Map(SET_NAMES.map((name, index) => [name, emptyHashes(sets[index]?.length ?? 0)]));
  const all = sets.flat();
  const sides = folds === undefined ? sidesOfSets(sets) : sidesOfFolds(all, folds);
  const near = await findNearDuplicates(all, (position) => sides[position]!, { signal });
  return { hashes, identical: identicalTexts(...sets), near };
}

function sidesOfSets(sets: readonly (readonly TextSample[])[]): Uint32Array {
  const sides = new Uint32Array(sets.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const [side, { length }] of sets.entries()) {
    sides.fill(side, start, start + length);
    start += length;
  }
  return sides;
}

function sidesOfFolds(pool: readonly TextSample[], folds: readonly (readonly TextSample[])[]): Uint32Array {
  const sideOf = new Map(folds.flatMap((fold, side) => fold.map((sample) => [sample, side] as const)));
  return Uint32Array.from(pool, (sample) => sideOf.get(sample)!);
}

/** What is of one group, where several are. */
function repeatedGroups(samples: readonly TextSample[]): TextSample[][] {
  const groups = new Map<string, TextSample[]>();
  for (const sample of samples) {
    const { group = '' } = sample;
    const own = groups.get(group);
    if (own === undefined) groups.set(group, [sample]);
    else own.push(sample);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

function requireUsable(data: LabeledTexts): void {
  requireSome(data);
  if (!hasClasses(data.task)) return;
  const { where, names: classNames, samples, skipped } = data;
  requireEveryClass({ where, classNames, labels: collectLabels(samples), unreadable: skipped, words: WORDS });
}

function requireSome({ where, samples, skipped }: LabeledTexts): void {
  if (samples.length > 0) return;
  throw new GraftError('dataset', {
    where,
    expected: 'at least 1 text',
    received: skipped.length === 0 ? 'none' : `${skipped.length} empty ones`,
    advice: 'Check the column of the texts (--text).',
  });
}

function otherTask(where: string, asked: string, found: string): GraftError {
  const words = { class: 'a class', labels: 'labels', values: 'values' } as Readonly<Record<string, string>>;
  return new GraftError('dataset', {
    where,
    expected: `${words[asked]} for each text`,
    received: words[found]!,
    advice: 'Give a table of them, or leave out --task.',
  });
}
