/** @file The images of a run as a program gives them, from memory or by their paths. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { requireEveryClass } from '../../core/examples/require-every-class.ts';
import { collectLabels } from '../../core/examples/sample.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { DEFAULT_VALIDATION } from '../../recipe/recipe-fields.ts';
import { type Task, taskFor, taskNamed } from '../../recipe/task.ts';
import type { classification } from '../../recipe/tasks/classification.ts';
import type { multiLabel } from '../../recipe/tasks/multi-label.ts';
import type { regression } from '../../recipe/tasks/regression.ts';
import {
  absentNotes,
  formatPercent,
  fractionOfClasses,
  GROUPS_UNUSED,
  unmatchedNotes,
} from '../../runs/split-notes.ts';
import {
  type ClassExample,
  type CollectOptions,
  collectExamples,
  type Examples,
  type ImageExample,
  type LabelsExample,
} from '../images/image-examples.ts';
import { type GatherOptions, type ImageSets, regularExpression } from './image-sets.ts';
import { interruptedLook, knowImages, splitKnown } from './known-images.ts';

/** What is learned of such examples. */
export type TaskOfExample<E extends ImageExample> = E extends ClassExample
  ? (typeof classification)['name']
  : E extends LabelsExample
    ? (typeof multiLabel)['name']
    : (typeof regression)['name'];

/** What goes with the examples to train on. */
export interface ExampleOptions<E extends ImageExample = ImageExample> {
  /** Chooses the best epoch. Default: a fraction that is split off at random, as the recipe says. */
  readonly validation?: Examples<E> | undefined;
  /** Images that no decision of the training looks at. */
  readonly test?: Examples<E> | undefined;
  /**
   * Names of classes, labels or values, in the order that the model is to have. Default: those of the examples to train on, in
   * natural order; of values, as the first one has them.
   */
  readonly classNames?: readonly string[] | undefined;
}

/**
 * Gathers images from memory, or by their paths, as `gatherImages` does from a folder: the same images in the same order, under
 * the same names, are split and trained alike. All examples are held until the training ends: bytes of files as they are.
 *
 * @param examples - Gone through once: an array, a generator or an async one.
 * @param asked - Of a recipe; its `validation` is a fraction, or null.
 * @throws {GraftError} As `collectExamples` and `splitSamples`; `argument`, if the recipe names a folder to validate on or
 *   `group` is no regular expression; `interrupted`, if the signal aborts.
 */
export async function gatherExamples<E extends ImageExample>(
  examples: Examples<E>,
  asked: Pick<Recipe, 'validation' | 'group' | 'seed'> & { readonly task?: Task | undefined },
  { signal, ...sets }: ExampleOptions<E> & GatherOptions = {},
): Promise<ImageSets<TaskOfExample<E>>> {
  const group = asked.group === null ? undefined : regularExpression(asked.group);
  const { validation, seed } = asked;
  if (typeof validation === 'string') throw namedFolder(validation);
  const collect = async (given: Examples, options: CollectOptions) => {
    try {
      return await collectExamples(given, { ...options, signal });
    } catch (error) {
      throw signal?.aborted && error === signal.reason ? interruptedLook() : error;
    }
  };
  const train = await collect(examples, {
    what: 'training image',
    kind: asked.task && taskNamed(asked.task).targets,
    classNames: sets.classNames,
  });
  const { kind, names, where } = train;
  const alike = (given: Examples | undefined, what: string) =>
    given && collect(given, { what, kind, classNames: names });
  const validating = await alike(sets.validation, 'validation image');
  const test = (await alike(sets.test, 'test image'))?.samples;
  if (kind === 'class') requireEveryClass({ where, classNames: names, labels: collectLabels(train.samples) });
  const about = { task: taskFor(kind) as TaskOfExample<E>, classNames: names, test, where, skipped: [] };
  if (validating !== undefined) {
    const warnings = group === undefined ? [] : [GROUPS_UNUSED];
    if (kind === 'class') warnings.push(...absentNotes('The validation set', validating.samples, names));
    const both = { train: train.samples, validation: validating.samples };
    const known = await knowImages({ ...both, test }, signal);
    return { ...about, ...both, warnings, validationSource: 'the given validation images', known };
  }
  const fraction = validation ?? DEFAULT_VALIDATION;
  const split = await splitKnown(train.samples, test, { fraction, seed, classNames: names, group }, signal);
  const percent = formatPercent(fraction);
  const part = {
    class: fractionOfClasses(fraction, split),
    labels: `${percent} of each label`,
    values: percent,
  }[kind];
  const kept = group === undefined ? '' : `, ${split.groups} groups kept together`;
  return {
    ...about,
    train: split.train,
    validation: split.validation,
    warnings: unmatchedNotes(split.unmatched),
    validationSource: `${part}${kept}`,
    isSplit: true,
    known: { hashes: split.hashes, identical: split.identical },
  };
}

function namedFolder(folder: string): GraftError {
  return new GraftError('argument', {
    where: 'validation',
    expected: 'a fraction, as the images to train on are given as examples',
    received: `"${folder}"`,
    advice: 'Give the validation images as examples, too, or a fraction such as 0.2.',
  });
}
