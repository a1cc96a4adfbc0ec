/** @file Fifty steps follow Keras with the options that every optimizer has: losses, last weights and slots. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { losses } from '../../../src/core/losses/losses.ts';
import { optimizers } from '../../../src/core/optimizers/optimizers.ts';
import { graphStepNeededFor } from '../../../src/core/steps/dense-rule.ts';
import { splitAtFreezeBoundary, type TrainedPart } from '../../../src/core/steps/freeze-boundary.ts';
import { KINDS, makeStep } from '../../contract/training-step-cases.ts';
import type { Tolerance } from '../../support/matchers.ts';
import { followKeras, type KerasRun, setWeights } from './follow-keras.ts';

interface OptionsRun extends KerasRun {
  readonly rateMultipliers: Readonly<Record<string, number>>;
  /** After the last step, by `layer/weight/slot`. */
  readonly slots: Readonly<Record<string, readonly number[]>>;
}

const fixture = JSON.parse(readFileSync(new URL('options.json', import.meta.url), 'utf8')) as {
  readonly tolerance: { readonly losses: Tolerance; readonly weights: Tolerance };
  readonly features: number;
  readonly first: Readonly<Record<string, readonly number[]>>;
  readonly batches: readonly { readonly features: readonly number[]; readonly labels: readonly number[] }[];
  readonly runs: readonly OptionsRun[];
};

const batches = fixture.batches.map(({ features, labels }) => ({
  features: Float32Array.from(features),
  targets: Float32Array.from(labels),
  sampleWeights: new Float32Array(labels.length).fill(1),
  size: labels.length,
}));

/** The dense step has no norms of gradients, and no accumulation. */
const COUNTS = { graph: 20, dense: 12 };

describe.each(KINDS)('%s step', (kind) => {
  const cases = fixture.runs
    .filter((run) => kind === 'graph' || graphStepNeededFor(createOptimizer(run)) === undefined)
    .map((run) => [run.optimizer, JSON.stringify({ ...run.options, ...run.rateMultipliers }), run] as const);

  it('has all of them, but those that the dense step leaves to the graph step', () => {
    expect([cases.length, fixture.runs.length]).toEqual([COUNTS[kind], COUNTS.graph]);
  });

  it.each(cases)('%s %s', async (_, __, run) => {
    const step = await makeStep(kind, part(), {
      loss: losses.sparseCategoricalCrossentropy(),
      optimizer: createOptimizer(run),
      rateMultipliers: new Map(Object.entries(run.rateMultipliers)),
    });
    await followKeras(step, batches, run, fixture.tolerance);
    const { slots, iteration } = await step.readState();
    expect(iteration).toBe(run.losses.length);
    expect([...slots.keys()].sort()).toEqual(Object.keys(run.slots).sort());
    for (const [key, values] of slots) {
      expect(values).toBeAllClose(run.slots[key]!, fixture.tolerance.weights);
    }
  });
});

function createOptimizer({ optimizer, options }: OptionsRun) {
  return optimizers[optimizer](options);
}

function part(): TrainedPart {
  const features = input({ shape: [fixture.features] });
  const hidden = layers.dense({ units: 8, activation: 'tanh', name: 'hidden' }).apply(features);
  const last = layers.dense({ units: 3, activation: 'softmax', name: 'predictions' });
  const model = new Functional({ inputs: features, outputs: last.apply(hidden) });
  setWeights(model, fixture.first);
  return splitAtFreezeBoundary(model);
}
