/** @file The pictures of a run: which are trained on, which validate, which test. */

import { type FolderScan, scanFolder } from '../data/folder-scan.ts';
import { relabel } from '../data/relabel.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import { splitSamples } from '../data/splits/split.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { Recipe } from './recipe.ts';
import { GROUPS_UNUSED, overlapNotes, unmatchedNotes } from './split-notes.ts';
import type { Task } from './task.ts';

export interface PictureSets<T extends Task = 'single-label'> {
  /** What is learnt of them. For all but one class, every sample has a target. */
  readonly task: T;
  /** Names of classes, labels or numbers. */
  readonly classes: readonly string[];
  readonly train: readonly Sample[];
  readonly validation: readonly Sample[];
  /** Pictures that no decision of the run looks at. */
  readonly test: readonly Sample[] | undefined;
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** Where the validation pictures come from, for people. */
  readonly validationSource: string;
  /** What the pictures come from, for messages. Default: the image folder of the training's options. */
  readonly where?: string;
}

/** Share kept for validation where the data has no validation folder and nothing was said. */
export const DEFAULT_VALIDATION = 0.2;

/**
 * Scans a folder and decides who validates: the folder or share that the recipe names; else the data's own
 * validation folder; else a stratified split of {@link DEFAULT_VALIDATION}.
 *
 * @throws {GraftError} As {@link scanFolder} and `splitSamples`; `argument`, if `group` is no regular expression, or the
 *   recipe's task is another than to tell classes apart.
 */
export async function gatherPictures(
  folder: string,
  asked: Pick<Recipe, 'validation' | 'group' | 'seed'> & { readonly task?: Task },
): Promise<PictureSets> {
  requireClasses(folder, asked.task);
  const group = asked.group === null ? undefined : regularExpression(asked.group);
  const scan = await scanFolder(folder);
  const { validation } = asked;
  if (typeof validation === 'string') return withFolder(scan, validation, group);
  if (validation === null && scan.validation !== undefined) {
    const warnings = group === undefined ? [] : [GROUPS_UNUSED];
    return setsOf(scan, scan.train, scan.validation, 'the validation folder', warnings);
  }
  const fraction = validation ?? DEFAULT_VALIDATION;
  const split = splitSamples(scan.train, {
    fraction,
    seed: asked.seed,
    classes: scan.classes,
    ...(group && { group }),
  });
  const warnings = unmatchedNotes(split.unmatched);
  if (scan.validation !== undefined) warnings.push(OWN_VALIDATION_UNUSED);
  const source = `${(fraction * 100).toFixed(0)} % of each class${group ? `, ${split.groups} groups kept together` : ''}`;
  return setsOf(scan, split.train, split.validation, source, warnings);
}

const OWN_VALIDATION_UNUSED = 'The validation folder of the data is not used.';

async function withFolder(scan: FolderScan, folder: string, group: RegExp | undefined): Promise<PictureSets> {
  const other = await scanFolder(folder);
  const samples = relabel(`image folder "${folder}"`, other.train, other.classes, scan.classes);
  const warnings = [...other.warnings];
  if (group !== undefined) warnings.push(GROUPS_UNUSED);
  if (scan.validation !== undefined) warnings.push(OWN_VALIDATION_UNUSED);
  warnings.push(...overlapNotes(scan.train, samples));
  return setsOf(scan, scan.train, samples, `the folder ${folder}`, warnings, other.skipped);
}

function setsOf(
  scan: FolderScan,
  train: readonly Sample[],
  validation: readonly Sample[],
  validationSource: string,
  warnings: readonly string[],
  skipped: readonly SkippedFile[] = [],
): PictureSets {
  return {
    task: 'single-label',
    classes: scan.classes,
    train,
    validation,
    test: scan.test,
    skipped: [...scan.skipped, ...skipped],
    warnings: [...scan.warnings, ...warnings],
    validationSource,
  };
}

/** A folder says of a picture what its class is, and nothing else. @throws {GraftError} `argument`. */
export function requireClasses(folder: string, task: Task = 'single-label'): void {
  if (task === 'single-label') return;
  throw new GraftError('argument', {
    where: `image folder "${folder}"`,
    expected: `a CSV file of pictures and their ${task === 'regression' ? 'numbers' : 'labels'}, for ${task}`,
    received: 'a folder',
    advice: 'Give the CSV file, or take --task single-label.',
  });
}

/** @throws {GraftError} `argument`. */
export function regularExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new GraftError(
      'argument',
      {
        where: `group "${pattern}"`,
        expected: 'a regular expression',
        received: (cause as Error).message,
        advice: 'For "horse01-0.png" write "^[a-z]+[0-9]+".',
      },
      { cause },
    );
  }
}
