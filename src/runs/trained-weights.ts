/** @file The weights that a step trains, and their way back to the model's layers. */

import type { Weight } from '../core/layers/layer.ts';
import { isTrained, type TrainedPart } from '../core/steps/freeze-boundary.ts';
import type { ReusedState } from '../core/steps/reused-state.ts';
import type { TrainingStep } from '../core/steps/training-step.ts';

/** Lets go of numbers that the step has a copy of: with one more, a large head would not fit where it could. */
export function releaseWeights(part: TrainedPart): void {
  for (const weight of trainedWeights(part).values()) weight.release();
}

/** Hands the step's weights back to the layers. */
export async function keepWeights(step: TrainingStep, part: TrainedPart, reused: ReusedState): Promise<void> {
  const { weights } = await step.readState({ slots: false, into: reused.take() });
  for (const [key, weight] of trainedWeights(part)) {
    const trained = weights.get(key);
    if (trained !== undefined) weight.value = trained;
  }
}

/** By the names that a step's state has. */
function trainedWeights({ layers, isTrainable }: TrainedPart): Map<string, Weight> {
  return new Map(
    layers
      .filter((layer) => isTrained(layer, isTrainable))
      .flatMap((layer) =>
        layer.weights
          .filter(({ trainable, spec }) => trainable || spec.moving === true)
          .map((weight): [string, Weight] => [`${layer.name}/${weight.spec.name}`, weight]),
      ),
  );
}
