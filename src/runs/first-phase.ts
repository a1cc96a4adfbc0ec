/** @file What is done with the first phase of a training without training: an estimate, and rates that are tried. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { LearningRateSearch, LearningRateSearchOptions } from '../core/fit/lr-find.ts';
import { SOLVER_NAME } from '../core/optimizers/optimizers.ts';
import { learningRateRange } from '../recipe/learning-rate-range.ts';
import { listPhases } from '../recipe/phases.ts';
import type { Task } from '../recipe/task.ts';
import type { TrainableModel, TrainingOptions } from './classifier-options.ts';
import { estimate } from './estimate/estimate.ts';
import type { Preflight } from './estimate/estimate-report.ts';
import type { ExampleSets } from './example-sets.ts';
import { createBatchOptions, phaseTrainer } from './phase-trainer.ts';

/** What the training would need. @throws {GraftError} What the phase's trainer throws. */
export async function estimateFirstPhase(
  classifier: TrainableModel,
  examples: ExampleSets<Task>,
  options: TrainingOptions,
): Promise<Preflight> {
  const trainer = phaseTrainer(classifier, listPhases(classifier.recipe)[0]!, examples, options);
  try {
    return await estimate(classifier, examples, options, trainer);
  } finally {
    await trainer.dispose();
  }
}

/** Tries learning rates on the batches that the training would begin with. @throws {GraftError} As `findLearningRate`. */
export async function findFirstRate(
  classifier: TrainableModel,
  examples: ExampleSets<Task>,
  options: TrainingOptions,
  search: Omit<LearningRateSearchOptions, 'signal'>,
): Promise<LearningRateSearch> {
  const phase = listPhases(classifier.recipe)[0]!;
  if (phase.optimizer === SOLVER_NAME) throw noRate();
  const trainer = phaseTrainer(classifier, phase, examples, options);
  try {
    await trainer.extract();
    const range = learningRateRange(phase);
    return await trainer.findRate(createBatchOptions(trainer, phase), { range, ...search });
  } finally {
    await trainer.dispose();
  }
}

function noRate(): GraftError {
  return new GraftError('argument', {
    where: 'learning rate search',
    expected: 'an optimizer with a learning rate',
    received: `"${SOLVER_NAME}"`,
    advice: 'Leave out --optimizer, or take adam: what is solved needs no rate.',
  });
}
