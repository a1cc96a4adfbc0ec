/** @file The images of a cross-validation, from a folder or a program, and each fold's part of their features. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { requireEveryClass } from '../../core/examples/require-every-class.ts';
import { collectLabels, type Sample, type SkippedFile } from '../../core/examples/sample.ts';
import { createFolds, type FoldOptions } from '../../core/examples/splits/folds.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { DEFAULT_TASK, type Task, taskNamed } from '../../recipe/task.ts';
import { fewerFoldsNotes, unmatchedNotes } from '../../runs/split-notes.ts';
import { scanFolder } from '../images/folder-scan.ts';
import { type ClassExample, collectExamples, type Examples } from '../images/image-examples.ts';
import type { CsvOptions } from './csv-image-sets.ts';
import type { ExampleOptions } from './gather-examples.ts';
import { type GatherOptions, type ModalityName, regularExpression, requireClasses } from './image-sets.ts';
import { interruptedLook, type KnownImages, knowImages } from './known-images.ts';
import { readTaskCsv } from './task-csv.ts';

/** Images that all train and all validate, each in its turn. */
export interface FoldSets {
  /** The kind of the examples: those of texts are `TextFoldSets`. Default images. */
  readonly modality?: ModalityName | undefined;
  /** What they come from, for messages. Default: the image folder of the sweep's options. */
  readonly where?: string | undefined;
  readonly classNames: readonly string[];
  readonly pool: readonly Sample[];
  /** How the pool is divided. */
  readonly folds: readonly (readonly Sample[])[];
  /** Images that no decision looks at. */
  readonly test: readonly Sample[] | undefined;
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** Hashes that are there already, and copies; the pool is what trains. Default: nothing is known. */
  readonly known?: KnownImages;
}

/** How folds are dealt. */
export interface FoldRequest extends Pick<Recipe, 'group' | 'seed'>, Pick<FoldOptions, 'fewer'> {}

/**
 * Scans a folder for a cross-validation: training and validation images together, divided into stratified folds, in
 * which copies of an image stay together.
 *
 * @throws {GraftError} As `scanFolder` and `createFolds`; `argument`, if `group` is no regular expression, or the recipe's
 *   task is another than to tell classes apart.
 */
export async function gatherFolds(
  folder: string,
  count: number,
  asked: FoldRequest & { readonly task?: Task | undefined },
  { signal }: GatherOptions = {},
): Promise<FoldSets> {
  requireClasses(folder, asked.task);
  groupOf(asked);
  const { classNames, train, validation = [], test, skipped, warnings } = await scanFolder(folder);
  const pool = [...train, ...validation];
  return foldsOf({ classNames, pool, test, skipped, warnings }, count, asked, signal);
}

/**
 * The same of images that a CSV file names.
 *
 * @throws {GraftError} As `readTaskCsv` and `createFolds`; `dataset`, if they have labels or values.
 */
export async function gatherCsvFolds(
  file: string,
  count: number,
  asked: FoldRequest,
  { signal, as: _, textColumn: __, ...options }: CsvOptions & GatherOptions = {},
): Promise<FoldSets> {
  groupOf(asked);
  const {
    task,
    names: classNames,
    samples: pool,
    where,
    skipped,
    warnings,
  } = await readTaskCsv(file, options);
  if (task !== DEFAULT_TASK) {
    throw new GraftError('dataset', {
      where,
      expected: 'a class for each image',
      received: taskNamed<Task>(task).words.several,
      advice: 'Folds are of classes alone: name their column by --target-columns.',
    });
  }
  requireEveryClass({ where, classNames, labels: collectLabels(pool), unreadable: skipped });
  return foldsOf({ classNames, pool, test: undefined, where, skipped, warnings }, count, asked, signal);
}

/**
 * The same of images from memory, or by their paths; see `gatherExamples`.
 *
 * @param examples - Gone through once: an array, a generator or an async one.
 * @throws {GraftError} As {@link gatherFolds} and `collectExamples`.
 */
export async function gatherExampleFolds(
  examples: Examples<ClassExample>,
  count: number,
  asked: FoldRequest,
  { signal, test, classNames }: Omit<ExampleOptions<ClassExample>, 'validation'> & GatherOptions = {},
): Promise<FoldSets> {
  groupOf(asked);
  const about = { kind: 'class', signal } as const;
  try {
    const all = await collectExamples(examples, { ...about, what: 'image', classNames });
    const { names, samples: pool, where } = all;
    requireEveryClass({ where, classNames: names, labels: collectLabels(pool) });
    const held = test && (await collectExamples(test, { ...about, what: 'test image', classNames: names }));
    const sets = { classNames: names, pool, test: held?.samples, skipped: [], warnings: [] };
    return await foldsOf(sets, count, asked, signal);
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? interruptedLook() : error;
  }
}

async function foldsOf(
  sets: Omit<FoldSets, 'folds' | 'known'>,
  count: number,
  asked: FoldRequest,
  signal: AbortSignal | undefined,
): Promise<FoldSets> {
  const { classNames, pool, test, warnings } = sets;
  const group = groupOf(asked);
  const known = await knowImages({ train: pool, test }, signal);
  const created = createFolds(pool, {
    folds: count,
    fewer: asked.fewer,
    seed: asked.seed,
    classNames,
    identical: known.identical.of(pool),
    group,
  });
  return {
    ...sets,
    folds: created.folds.map((fold) => fold.validation),
    warnings: [
      ...warnings,
      ...unmatchedNotes(created.unmatched),
      ...fewerFoldsNotes(created, { classNames, several: 'images' }),
    ],
    known,
  };
}

/** @throws {GraftError} `argument`. */
function groupOf({ group }: Pick<Recipe, 'group'>): RegExp | undefined {
  return group === null ? undefined : regularExpression(group);
}
