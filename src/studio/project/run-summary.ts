/** @file A run as the pages see it, by what its model file tells. */

import type { ModelFile, TextModelFile } from '../../artifacts/decode-model-file.ts';
import { hasClasses } from '../../recipe/task.ts';
import type { HeldExamples } from '../engine/project-state.ts';
import type { RunSummary } from '../engine/run-state.ts';
import { changedFields, choiceOf, type Networks } from './recipe-form.ts';

/** A run without a model. */
export function unfinishedRun(run: string): RunSummary {
  return {
    run,
    hasModel: false,
    canResume: true,
    endedMs: null,
    tellsClasses: true,
    modality: 'image',
    classNames: [],
    epochs: 0,
    bestEpoch: 0,
    train: null,
    validation: null,
    test: null,
    backbone: '',
    flags: '',
    choice: null,
    note: '',
    modelBytes: 0,
    error: null,
  };
}

/**
 * What a model file tells of its run.
 *
 * @param networks - That can be chosen for another training.
 */
export function summaryOf({ info }: ModelFile | TextModelFile, networks: Networks): Partial<RunSummary> {
  const modality = 'modality' in info ? 'text' : 'image';
  const { classNames } = info;
  if (info.recipe === undefined) return { hasModel: true, classNames, modality };
  const { task, epochs, bestEpoch, train, validation, test, backbone, recipe } = info;
  return {
    hasModel: true,
    tellsClasses: hasClasses(task),
    modality,
    classNames,
    epochs,
    bestEpoch,
    train: summarized(train),
    validation: summarized(validation),
    test: test === undefined ? null : summarized(test),
    backbone: backbone.name,
    flags: flagsBeside(recipe, `${modality}s`),
    choice: choiceOf(recipe, networks, `${modality}s`),
  };
}

/** Numbers of a report, without its lists. */
function summarized(report: object): RunSummary['validation'] {
  return Object.fromEntries(
    Object.entries(report).filter(([name, value]) => typeof value === 'number' || name === 'interval'),
  );
}

/** What differs from the defaults, as the command line has it. */
function flagsBeside(recipe: object, holds: HeldExamples): string {
  const given = recipe as Readonly<Record<string, unknown>>;
  return changedFields(given, holds)
    .map(([key, { flag, value }]) => `${flag.split(' ')[0]!} ${value.format(given[key])}`)
    .join(' ');
}
