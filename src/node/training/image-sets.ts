/** @file The images of a run: which are trained on, which validate, which test. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { relabel } from '../../core/examples/relabel.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { DEFAULT_VALIDATION } from '../../recipe/recipe-fields.ts';
import { DEFAULT_TASK, type DefaultTask, type Task, taskNamed } from '../../recipe/task.ts';
import type { ModalityName } from '../../runs/example-sets.ts';
import { regularExpression } from '../../runs/group-pattern.ts';
import { absentNotes, fractionOfClasses, GROUPS_UNUSED, unmatchedNotes } from '../../runs/split-notes.ts';
import { type FolderScan, scanFolder } from '../images/folder-scan.ts';
import { type KnownImages, knowImages, splitKnown } from './known-images.ts';

export type { ModalityName } from '../../runs/example-sets.ts';
export { regularExpression } from '../../runs/group-pattern.ts';

/** The images of a run: those that train, validate and test. */
export interface ImageSets<T extends Task = DefaultTask> {
  /** The kind of the examples: those of texts are `TextSets`. Default images. */
  readonly modality?: ModalityName | undefined;
  /** What is learned of them. For all but one class, every sample has a target. */
  readonly task: T;
  /** Names of classes, labels or values. */
  readonly classNames: readonly string[];
  readonly train: readonly Sample[];
  readonly validation: readonly Sample[];
  /** Images that no decision of the run looks at. */
  readonly test: readonly Sample[] | undefined;
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** Where the validation images come from, for people. */
  readonly validationSource: string;
  /** Whether they were split off those that train, at random. Default false. */
  readonly isSplit?: boolean;
  /** What the images come from, for messages. Default: the image folder of the training's options. */
  readonly where?: string | undefined;
  /** Hashes that are there already, and copies. Default: nothing is known. */
  readonly known?: KnownImages;
}

export interface GatherOptions {
  /** Ends the looking for copies. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Scans a folder and decides who validates: the folder or fraction that the recipe names; else the data's own
 * validation folder; else a stratified split of {@link DEFAULT_VALIDATION}.
 *
 * @throws {GraftError} As {@link scanFolder} and `splitSamples`; `argument`, if `group` is no regular expression, or the
 *   recipe's task is another than to tell classes apart.
 */
export async function gatherImages(
  folder: string,
  asked: Pick<Recipe, 'validation' | 'group' | 'seed'> & { readonly task?: Task | undefined },
  { signal }: GatherOptions = {},
): Promise<ImageSets> {
  requireClasses(folder, asked.task);
  const group = asked.group === null ? undefined : regularExpression(asked.group);
  const scan = await scanFolder(folder);
  const { validation } = asked;
  if (typeof validation === 'string') return withFolder(scan, validation, group, signal);
  if (validation === null && scan.validation !== undefined) {
    const warnings = group === undefined ? [] : [GROUPS_UNUSED];
    const known = await knowImages(scan, signal);
    return setsOf(scan, scan.train, scan.validation, { known, source: 'the validation folder', warnings });
  }
  const fraction = validation ?? DEFAULT_VALIDATION;
  const options = { fraction, seed: asked.seed, classNames: scan.classNames, group };
  const split = await splitKnown(scan.train, scan.test, options, signal);
  const warnings = unmatchedNotes(split.unmatched);
  if (scan.validation !== undefined) warnings.push(OWN_VALIDATION_UNUSED);
  const source = `${fractionOfClasses(fraction, split)}${group ? `, ${split.groups} groups kept together` : ''}`;
  const sets = setsOf(scan, split.train, split.validation, { known: split, source, warnings });
  return { ...sets, isSplit: true };
}

const OWN_VALIDATION_UNUSED = 'The validation folder of the data is not used.';

async function withFolder(
  scan: FolderScan,
  folder: string,
  group: RegExp | undefined,
  signal: AbortSignal | undefined,
): Promise<ImageSets> {
  const other = await scanFolder(folder);
  const samples = relabel(`image folder "${folder}"`, other.train, other.classNames, scan.classNames);
  const warnings = [...other.warnings];
  if (group !== undefined) warnings.push(GROUPS_UNUSED);
  if (scan.validation !== undefined) warnings.push(OWN_VALIDATION_UNUSED);
  warnings.push(...absentNotes(`The folder "${folder}"`, samples, scan.classNames));
  const known = await knowImages({ train: scan.train, validation: samples, test: scan.test }, signal);
  const { skipped } = other;
  return setsOf(scan, scan.train, samples, { known, source: `the folder ${folder}`, warnings, skipped });
}

function setsOf(
  scan: FolderScan,
  train: readonly Sample[],
  validation: readonly Sample[],
  about: {
    readonly known: KnownImages;
    readonly source: string;
    readonly warnings: readonly string[];
    readonly skipped?: readonly SkippedFile[];
  },
): ImageSets {
  const { hashes, identical } = about.known;
  return {
    task: DEFAULT_TASK,
    classNames: scan.classNames,
    train,
    validation,
    test: scan.test,
    skipped: [...scan.skipped, ...(about.skipped ?? [])],
    warnings: [...scan.warnings, ...about.warnings],
    validationSource: about.source,
    known: { hashes, identical },
  };
}

/** A folder says of an image what its class is, and nothing else. @throws {GraftError} `argument`. */
export function requireClasses(folder: string, task: Task = DEFAULT_TASK): void {
  const { targets, words } = taskNamed(task);
  if (targets === 'class') return;
  throw new GraftError('argument', {
    where: `image folder "${folder}"`,
    expected: `a CSV file of images and their ${words.several}, for ${task}`,
    received: 'a folder',
    advice: `Give the CSV file, or take --task ${DEFAULT_TASK}.`,
  });
}
