/** @file The pictures of a run: which are trained on, which validate, which test. */

import { type FolderScan, scanFolder } from '../data/folder-scan.ts';
import { relabel } from '../data/relabel.ts';
import type { Sample, SkippedFile } from '../data/sample.ts';
import { splitSamples } from '../data/split.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { Recipe } from './recipe.ts';

export interface PictureSets {
  readonly classes: readonly string[];
  readonly train: readonly Sample[];
  readonly validation: readonly Sample[];
  /** Pictures that no decision of the run looks at. */
  readonly test: readonly Sample[] | undefined;
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** Where the validation pictures come from, for people. */
  readonly validationSource: string;
}

/** Share kept for validation where the data has no validation folder and nothing was said. */
export const DEFAULT_VALIDATION = 0.2;

/**
 * Scans a folder and decides who validates: the folder or share that the recipe names; else the data's own
 * validation folder; else a stratified split of {@link DEFAULT_VALIDATION}.
 *
 * @throws {GraftError} As {@link scanFolder} and `splitSamples`; `argument`, if `group` is no regular expression.
 */
export async function gatherPictures(
  folder: string,
  asked: Pick<Recipe, 'validation' | 'group' | 'seed'>,
): Promise<PictureSets> {
  const scan = await scanFolder(folder);
  const { validation } = asked;
  if (typeof validation === 'string') return withFolder(scan, validation);
  const group = asked.group === null ? undefined : regularExpression(asked.group);
  if (validation === null && scan.validation !== undefined) {
    const warnings =
      group === undefined ? [] : ['The group pattern is not used: the data has its own validation folder.'];
    return setsOf(scan, scan.train, scan.validation, 'the validation folder', warnings);
  }
  const fraction = validation ?? DEFAULT_VALIDATION;
  const split = splitSamples(scan.train, {
    fraction,
    seed: asked.seed,
    classes: scan.classes,
    ...(group && { group }),
  });
  const warnings: string[] = [];
  if (split.unmatched > 0) {
    warnings.push(
      `The group pattern matches not all file names: ${split.unmatched} pictures are a group each.`,
    );
  }
  if (scan.validation !== undefined) warnings.push('The validation folder of the data is not used.');
  const source = `${(fraction * 100).toFixed(0)} % of each class${group ? `, ${split.groups} groups kept together` : ''}`;
  return setsOf(scan, split.train, split.validation, source, warnings);
}

async function withFolder(scan: FolderScan, validation: string): Promise<PictureSets> {
  const other = await scanFolder(validation);
  const samples = relabel(`image folder "${validation}"`, other.train, other.classes, scan.classes);
  return setsOf(scan, scan.train, samples, `the folder ${validation}`, other.warnings, other.skipped);
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
    classes: scan.classes,
    train,
    validation,
    test: scan.test,
    skipped: [...scan.skipped, ...skipped],
    warnings: [...scan.warnings, ...warnings],
    validationSource,
  };
}

function regularExpression(pattern: string): RegExp {
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
