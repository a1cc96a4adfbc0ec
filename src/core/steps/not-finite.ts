/** @file Finds the weight that went wrong, so that an error can name its layer. */

import type { StepState, TrainingStep } from './training-step.ts';

export interface NotFinite {
  readonly layer: string;
  /** Keras' name within the layer: `kernel`. */
  readonly weight: string;
  /** What the optimizer keeps of it, `velocity`, where the weight itself is still finite. */
  readonly slot?: string;
}

/**
 * The first weight, in the model's order, that holds a number that is not finite; else the first of the optimizer's
 * averages, which a gradient that is not finite spoils before the weight does. Undefined where all is finite: a loss
 * that is not then comes from the features or the targets.
 */
export async function findNotFinite(step: Pick<TrainingStep, 'readState'>): Promise<NotFinite | undefined> {
  return notFiniteOf(await step.readState());
}

function notFiniteOf({ weights, slots }: StepState): NotFinite | undefined {
  const weight = firstNotFinite(weights);
  if (weight !== undefined) return placeOf(weight);
  const slot = firstNotFinite(slots);
  if (slot === undefined) return undefined;
  const end = slot.lastIndexOf('/');
  return { ...placeOf(slot.slice(0, end)), slot: slot.slice(end + 1) };
}

function firstNotFinite(numbers: ReadonlyMap<string, Float32Array>): string | undefined {
  for (const [key, values] of numbers) {
    if (!values.every((value) => Number.isFinite(value))) return key;
  }
  return undefined;
}

function placeOf(key: string): { layer: string; weight: string } {
  const end = key.lastIndexOf('/');
  return { layer: key.slice(0, end), weight: key.slice(end + 1) };
}
