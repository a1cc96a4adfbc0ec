/** @file Which of the two training steps: the dense one where it can, the graph one for everything else. */

import { GraftError } from '../errors/graft-error.ts';
import { Activation } from '../layers/activation.ts';
import { Dense } from '../layers/dense.ts';
import { Softmax } from '../layers/softmax.ts';
import type { Loss } from '../losses/loss.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Random } from '../tensor/random.ts';
import { findDenseHead } from './dense-head.ts';
import { graphStepNeededFor } from './dense-rule.ts';
import { createDenseStep } from './dense-step.ts';
import { seededDropoutMasks } from './dropout-masks.ts';
import type { TrainedPart } from './freeze-boundary.ts';
import type { RateMultipliers } from './rate-multipliers.ts';
import type { TrainingStep } from './training-step.ts';

export interface StepOptions extends RuntimeOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** For Dropout. */
  readonly random: Random;
  /** What the learning rate is multiplied by, by layer: lower in front, for layer-wise decay. Default 1 for all. */
  readonly rateMultipliers?: RateMultipliers | undefined;
  readonly threads?: number | undefined;
  /** Whether a step gives its logits, for metrics. Of a large vocabulary they are most of what it moves. Default true. */
  readonly givesLogits?: boolean | undefined;
  /** Of most steps: kernels are laid out for it. */
  readonly batchSize?: number | undefined;
}

/**
 * A training step for the trained part of a model: fused kernels for a chain of Dense layers and an optimizer that
 * they know, else a graph.
 *
 * @throws {GraftError} `argument`, if the model ends with another activation than the loss is made for; and what
 *   `createDenseStep` and `createGraphStep` throw.
 */
export async function chooseStep(part: TrainedPart, options: StepOptions): Promise<TrainingStep> {
  const { random, batchSize, givesLogits, ...rest } = options;
  requireFittingLoss(part, options.loss);
  const masks = seededDropoutMasks(random);
  const head = graphStepNeededFor(rest.optimizer) === undefined ? findDenseHead(part) : undefined;
  if (head !== undefined) return createDenseStep(head, { ...rest, masks, batchSize });
  // With the gradients of all operators, which no head alone needs.
  const { createGraphStep } = await import('./graph-step.ts');
  return createGraphStep(part, { ...rest, masks, givesLogits });
}

/** Both steps compute the loss from logits, so the wrong activation behind them would go unnoticed. */
function requireFittingLoss({ model, output }: TrainedPart, loss: Loss): void {
  const { layer } = output;
  const activation =
    layer instanceof Softmax
      ? 'softmax'
      : layer instanceof Dense || layer instanceof Activation
        ? layer.activation
        : undefined;
  if (activation !== 'sigmoid' && activation !== 'softmax') return;
  if (activation === loss.activation) return;
  throw new GraftError('argument', {
    where: `model "${model.name}"`,
    expected: `an output that ${loss.className} is made for (${loss.activation}, or logits)`,
    received: `${activation} in layer "${layer.name}"`,
    advice: `Change the activation to "${loss.activation}", or take another loss.`,
  });
}
