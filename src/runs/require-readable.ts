/** @file Insists on examples that could be read, after the frozen part has seen them. */

import { GraftError } from '../core/errors/graft-error.ts';
import { requireEveryClass } from '../core/examples/require-every-class.ts';
import type { FeatureSet } from '../core/features/feature-set.ts';
import type { SetName } from '../core/features/sample-sets.ts';
import type { TrainingFeatures } from '../core/features/training-features.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import type { TrainerOptions } from './trainer-options.ts';

/** What is known of the examples. */
export interface ReadExamples extends Pick<TrainerOptions, 'where' | 'classNames' | 'task'> {
  readonly features: Pick<TrainingFeatures, 'modality' | 'skipped'>;
}

/** @throws {GraftError} `dataset`, if a set has no readable example, or a class none to train on. */
export function requireReadable(name: SetName, set: FeatureSet, examples: ReadExamples): void {
  const { one, several } = examples.features.modality.words;
  if (name === 'train') requireToTrainOn(set, examples);
  else if (set.size > 0) return;
  else if (name === 'validation')
    throw nothingReadable(examples, `validation ${one}`, `Add ${several}, or give another --validation.`);
  else throw nothingReadable(examples, `test ${one}`, `Add ${several} to test/, or remove the folder.`);
}

/** Where there are no classes, one readable example is enough. */
function requireToTrainOn({ labels, size }: FeatureSet, examples: ReadExamples): void {
  const { where, classNames, task, features } = examples;
  const { words } = features.modality;
  if (taskNamed<Task>(task).targets === 'class') {
    requireEveryClass({ where, classNames, labels, unreadable: features.skipped, words });
  } else if (size === 0) {
    throw nothingReadable(
      examples,
      `${words.one} to train on`,
      `Check the ${words.several} with another program.`,
    );
  }
}

function nothingReadable({ where }: ReadExamples, what: string, advice: string): GraftError {
  return new GraftError('dataset', {
    where,
    expected: `at least 1 readable ${what}`,
    received: 'none',
    advice,
  });
}
