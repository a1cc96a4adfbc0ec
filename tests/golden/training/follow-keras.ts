/** @file A training step beside a run that tools/oracle/training.py wrote. */

import { expect } from 'vitest';
import type { Functional } from '../../../src/core/layers/functional.ts';
import type { OptimizerName } from '../../../src/core/optimizers/optimizers.ts';
import type { OptimizerOptions } from '../../../src/core/optimizers/settings.ts';
import type { Batch, TrainingStep } from '../../../src/core/steps/training-step.ts';
import type { Tolerance } from '../../support/matchers.ts';

/** Where our defaults are others: in Keras, biases decay too. */
export const KERAS_DEFAULTS: Pick<OptimizerOptions, 'excludeFromWeightDecay'> = { excludeFromWeightDecay: [] };

export interface KerasRun {
  readonly optimizer: OptimizerName;
  readonly options: Readonly<Record<string, number | boolean>> & { readonly learningRate: number };
  /** Of every step, before its update. */
  readonly losses: readonly number[];
  /** After the last step, by `layer/weight`; frozen ones too. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** Takes as many steps as Keras did, on the same batches in turn, and compares losses and last weights. */
export async function followKeras(
  step: TrainingStep,
  batches: readonly Batch[],
  run: KerasRun,
  tolerance: { readonly losses: Tolerance; readonly weights: Tolerance },
): Promise<void> {
  const losses: number[] = [];
  for (let index = 0; index < run.losses.length; index++) {
    const { loss } = await step.run(batches[index % batches.length]!, run.options.learningRate);
    losses.push(loss);
  }
  expect(losses).toBeAllClose(run.losses, tolerance.losses);
  const { weights } = await step.readState();
  for (const [key, values] of weights) expect(values).toBeAllClose(run.weights[key]!, tolerance.weights);
}

/** Gives every weight of a model the numbers of a fixture. */
export function setWeights(model: Functional, numbers: Readonly<Record<string, readonly number[]>>): void {
  expect(model.weights.map(({ name }) => name).sort()).toEqual(Object.keys(numbers).sort());
  for (const { name, weight } of model.weights) weight.value = Float32Array.from(numbers[name]!);
}
