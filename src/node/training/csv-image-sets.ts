/** @file The images of a run that a CSV file names, with their classes, labels or values. */

import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { formatNames } from '../../core/examples/labels/csv-labels.ts';
import { requireEveryClass } from '../../core/examples/require-every-class.ts';
import { collectLabels } from '../../core/examples/sample.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { DEFAULT_VALIDATION } from '../../recipe/recipe-fields.ts';
import { type Task, taskNamed } from '../../recipe/task.ts';
import { formatPercent, fractionOfClasses, GROUPS_UNUSED, unmatchedNotes } from '../../runs/split-notes.ts';
import { type GatherOptions, gatherImages, type ImageSets, regularExpression } from './image-sets.ts';
import { knowImages, splitKnown } from './known-images.ts';
import { readTaskCsv, type TaskCsv, type TaskCsvOptions } from './task-csv.ts';

/** What may be said of a CSV file, where it does not say it itself. */
export interface CsvOptions
  extends Pick<
    TaskCsvOptions,
    'imageFolder' | 'fileColumn' | 'targetColumns' | 'decimalMark' | 'allowMissing'
  > {
  /** Whether its examples are images or texts. Default: what it holds; see `findModality`. */
  readonly as?: 'images' | 'texts' | undefined;
  /** Column of the texts. Default: found by its name, or by the length of its cells. */
  readonly textColumn?: string | undefined;
}

const ENDINGS = ['.csv', '.tsv', '.txt', '.jsonl', '.ndjson'];

/** Whether a path is of a table of images rather than of a folder of them. */
export function isLabelFile(path: string): boolean {
  if (!ENDINGS.includes(extname(path).toLowerCase())) return false;
  return !(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** The images that a folder or a CSV file holds. @throws {GraftError} As `gatherImages` and {@link gatherFromCsv}. */
export function gatherData(
  folderOrFile: string,
  asked: Parameters<typeof gatherFromCsv>[1],
  { as: _, textColumn: __, ...options }: CsvOptions & GatherOptions = {},
): Promise<ImageSets<Task>> {
  return isLabelFile(folderOrFile)
    ? gatherFromCsv(folderOrFile, asked, options)
    : gatherImages(folderOrFile, asked, options);
}

/**
 * Reads a CSV file and decides who validates: the CSV file or fraction that the recipe names, else a split of
 * `DEFAULT_VALIDATION` in which every class or label has its fraction.
 *
 * @param asked - Without a task, the file's columns tell it.
 * @throws {GraftError} As `readLabelCsv` and `splitSamples`; `argument`, if `group` is no regular expression or the recipe
 *   names a folder to validate on.
 */
export async function gatherFromCsv(
  file: string,
  asked: Pick<Recipe, 'validation' | 'group' | 'seed'> & { readonly task?: Task | undefined },
  { signal, ...options }: CsvOptions & GatherOptions = {},
): Promise<ImageSets<Task>> {
  const group = asked.group === null ? undefined : regularExpression(asked.group);
  const { validation, task, seed } = asked;
  const csv = await readTaskCsv(file, { ...options, task });
  const { targets } = taskNamed<Task>(csv.task);
  const about = { task: csv.task, classNames: csv.names, test: undefined, where: csv.where };
  if (targets === 'class') {
    const { where, names: classNames, samples, skipped } = csv;
    requireEveryClass({ where, classNames, labels: collectLabels(samples), unreadable: skipped });
  }
  if (typeof validation === 'string') {
    const other = await readValidation(validation, csv, options);
    const [train, validating] = [csv.samples, other.samples];
    const warnings = [...csv.warnings, ...other.warnings];
    if (group !== undefined) warnings.push(GROUPS_UNUSED);
    const skipped = [...csv.skipped, ...other.skipped];
    const known = await knowImages({ train, validation: validating }, signal);
    return {
      ...about,
      train,
      validation: validating,
      skipped,
      warnings,
      validationSource: validation,
      known,
    };
  }
  const fraction = validation ?? DEFAULT_VALIDATION;
  const splitting = { fraction, seed, classNames: csv.names, group };
  const split = await splitKnown(csv.samples, undefined, splitting, signal);
  const warnings = [...csv.warnings, ...unmatchedNotes(split.unmatched)];
  const percent = formatPercent(fraction);
  const each = {
    class: fractionOfClasses(fraction, split),
    labels: `${percent} of each label`,
    values: percent,
  }[targets];
  const kept = group ? `, ${split.groups} groups kept together` : '';
  return {
    ...about,
    train: split.train,
    validation: split.validation,
    skipped: csv.skipped,
    warnings,
    validationSource: `${each}${kept}`,
    isSplit: true,
    known: { hashes: split.hashes, identical: split.identical },
  };
}

/** Another file with the same answers, whatever other columns it has. */
function readValidation(file: string, { task, names }: TaskCsv, options: CsvOptions): Promise<TaskCsv> {
  if (!isLabelFile(file)) {
    throw new GraftError('argument', {
      where: 'validation',
      expected: 'a CSV file, as the images to train on are named by one, or a fraction',
      received: `"${file}"`,
      advice: 'Give a CSV file with the same columns, or a fraction such as 0.2.',
    });
  }
  return readCsvLabels(file, { task, names }, options);
}

/**
 * Reads a CSV file for a model that was trained already: its task and the order of its answers are known.
 *
 * @throws {GraftError} As `readLabelCsv`.
 */
export async function readCsvLabels(
  file: string,
  { task, names }: { readonly task: Task; readonly names: readonly string[] },
  options: CsvOptions,
): Promise<TaskCsv> {
  if (taskNamed(task).targets !== 'values') return readTaskCsv(file, { ...options, task, labels: names });
  // Numbers are known by their columns' names: those that were trained, or others in their order.
  const csv = await readTaskCsv(file, { ...options, targetColumns: options.targetColumns ?? names, task });
  if (csv.names.length === names.length) return csv;
  throw new GraftError('dataset', {
    where: csv.where,
    expected: `as many columns as the model tells numbers (${formatNames(names)})`,
    received: formatNames(csv.names),
    advice: 'Name as many columns, in that order.',
  });
}
