/** @file Data that lie in several places (a table to train on, another one to test) as one that is checked. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { changedExample } from '../../core/examples/changed-example.ts';
import { compareNaturally, type Sample } from '../../core/examples/sample.ts';
import type { CheckedExamples, CheckedSet } from '../../inspection/checked-examples.ts';
import { hasClasses } from '../../recipe/task.ts';
import type { FileExamples } from './gather-checked.ts';

/** Examples from one place, and the part of the data that they are. */
export interface CheckedPart<S extends Sample> {
  readonly set: Exclude<CheckedSet, 'all'>;
  readonly examples: FileExamples<S>;
}

/**
 * Joins parts; their classes are those of all of them.
 *
 * @param first - What trains; its own parts stay as they are.
 * @throws {GraftError} `dataset`, if another part has another task, or other columns of the answer.
 */
export function joinChecked<S extends Sample>(
  first: FileExamples<S>,
  others: readonly CheckedPart<S>[],
): FileExamples<S> {
  if (others.length === 0) return first;
  const { task } = first;
  const isOfClasses = hasClasses(task);
  for (const { examples } of others) {
    const fits = examples.task === task && (isOfClasses || sameNames(examples, first));
    if (!fits) throw otherTask(examples, first);
  }
  const all = [first, ...others.map(({ examples }) => examples)];
  const names = new Set(all.flatMap(({ classNames }) => classNames));
  const classNames = isOfClasses ? [...names].sort(compareNaturally) : first.classNames;
  const relabeled = ({ samples, classNames: own }: CheckedExamples<S>): S[] => {
    const labels = own.map((name) => classNames.indexOf(name));
    return samples.map((sample) => changedExample(sample, { label: labels[sample.label] ?? 0 }));
  };
  const sets = first.sets.map((set) => (set === 'all' ? 'train' : set));
  return {
    ...first,
    classNames,
    samples: all.flatMap(relabeled),
    sets: [...sets, ...others.flatMap(({ set, examples }) => examples.samples.map(() => set))],
    skipped: all.flatMap(({ skipped }) => skipped),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}

function sameNames(a: CheckedExamples, b: CheckedExamples): boolean {
  return JSON.stringify(a.classNames) === JSON.stringify(b.classNames);
}

function otherTask({ where, task }: CheckedExamples, first: CheckedExamples): GraftError {
  return new GraftError('dataset', {
    where,
    expected: `the ground truth of ${first.where} (${first.task})`,
    received: task === first.task ? 'other columns' : task,
    advice: 'Give parts of one data set.',
  });
}
