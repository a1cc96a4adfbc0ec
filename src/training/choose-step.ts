/** @file Which of the two training steps: the dense one where it can, the graph one for everything else. */

import type { Loss } from '../losses/loss.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Random } from '../tensor/random.ts';
import { denseHeadOf } from './dense-head.ts';
import { createDenseStep } from './dense-step.ts';
import { seededDropoutMasks } from './dropout-masks.ts';
import type { TrainedPart } from './frontier.ts';
import { createGraphStep } from './graph-step.ts';
import type { TrainingStep } from './training-step.ts';

export interface StepOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** For Dropout. */
  readonly random: Random;
  readonly threads?: number;
}

/** A training step for the trained part of a model: fused kernels for a chain of Dense layers, else a graph. */
export async function chooseStep(part: TrainedPart, options: StepOptions): Promise<TrainingStep> {
  const { random, ...rest } = options;
  const masks = seededDropoutMasks(random);
  const head = denseHeadOf(part);
  return head === undefined
    ? createGraphStep(part, { ...rest, masks })
    : createDenseStep(head, { ...rest, masks });
}
