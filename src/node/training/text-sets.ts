/** @file The texts of a run: which are trained on, and which validate. */

import { statSync } from 'node:fs';
import { GraftError } from '../../core/errors/graft-error.ts';
import { requireEveryClass } from '../../core/examples/require-every-class.ts';
import { collectLabels } from '../../core/examples/sample.ts';
import { createFolds } from '../../core/examples/splits/folds.ts';
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
  type DivideTextsOptions,
  divideTexts,
  knowTexts,
  TEXT_WORDS,
  type TextSample,
  textsTogether,
} from '../../runs/divide-texts.ts';
import { absentNotes, fewerFoldsNotes, GROUPS_UNUSED } from '../../runs/split-notes.ts';
import { repeatedTexts } from '../../text/modality/same-texts.ts';
import type { TextData, TextFileOptions } from '../../text/tables/parse-texts.ts';
import { IdenticalImages } from '../images/identical-images.ts';
import { readPooledTexts } from '../text/text-files.ts';
import type { CsvOptions } from './csv-image-sets.ts';
import type { FoldRequest, FoldSets } from './fold-sets.ts';
import { type GatherOptions, type ImageSets, regularExpression } from './image-sets.ts';
import type { KnownImages } from './known-images.ts';

export type { TextSample } from '../../runs/divide-texts.ts';

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
  const { group, ...data } = await readPool(path, asked, csv);
  const { samples, task, names, where } = data;
  const about = { modality: 'text', task, classNames: names, test: undefined, where } as const;
  if (typeof validation === 'string') {
    const other = await readLabeledTexts(validation, { ...csv, task, labels: names });
    requireSome(other);
    const warnings = [...data.warnings, ...other.warnings];
    if (asked.group !== null) warnings.push(GROUPS_UNUSED);
    if (hasClasses(task))
      warnings.push(...absentNotes(`The ${other.where}`, other.samples, names, TEXT_WORDS.several));
    return {
      ...about,
      train: samples,
      validation: other.samples,
      skipped: [...data.skipped, ...other.skipped],
      warnings,
      validationSource: validation,
      known: await known([samples, other.samples], { signal }),
    };
  }
  const fraction = validation ?? undefined;
  const { same, ...divided } = divideTexts(samples, { task, classNames: names, fraction, seed, group });
  return {
    ...about,
    ...divided,
    skipped: data.skipped,
    warnings: data.warnings,
    isSplit: true,
    known: await known([divided.train, divided.validation], { same, signal }),
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
  const { group, ...data } = await readPool(path, asked, csv);
  requireTextClasses(data);
  const { samples: pool, names: classNames, where, skipped, warnings } = data;
  const created = createFolds(pool, {
    folds: count,
    fewer: asked.fewer,
    seed: asked.seed,
    classNames,
    group: group === 'own' ? undefined : group,
    identical: textsTogether(pool, group === 'own'),
    several: TEXT_WORDS.several,
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
    warnings: [...warnings, ...fewerFoldsNotes(created, { classNames, several: TEXT_WORDS.several })],
    known: await known([pool], { signal, folds }),
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

/** Texts that are to be divided, and what of them must stay together. */
async function readPool(
  path: string,
  asked: { readonly group: string | null; readonly task?: Task | undefined },
  csv: CsvOptions,
): Promise<LabeledTexts & { readonly group: DivideTextsOptions['group'] }> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const group = isFolder && asked.group !== null ? regularExpression(asked.group) : undefined;
  const groupColumn = isFolder ? undefined : (asked.group ?? undefined);
  const data = await readLabeledTexts(path, { ...csv, groupColumn, task: asked.task });
  requireUsable(data);
  return { ...data, group: groupColumn === undefined ? group : 'own' };
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

async function known(...args: Parameters<typeof knowTexts>): Promise<KnownImages> {
  const { identical, ...about } = await knowTexts(...args);
  return { ...about, identical: new IdenticalImages(identical) };
}

function requireUsable(data: LabeledTexts): void {
  requireSome(data);
  if (!hasClasses(data.task)) return;
  const { where, names: classNames, samples, skipped } = data;
  requireEveryClass({
    where,
    classNames,
    labels: collectLabels(samples),
    unreadable: skipped,
    words: TEXT_WORDS,
  });
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
