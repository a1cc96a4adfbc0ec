/** @file Fifty steps of both training steps follow Keras' train_on_batch, with every optimizer and weighting. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { classWeightsToSampleWeights } from '../../../src/core/losses/class-weights.ts';
import { losses } from '../../../src/core/losses/losses.ts';
import { optimizers } from '../../../src/core/optimizers/optimizers.ts';
import { splitAtFreezeBoundary, type TrainedPart } from '../../../src/core/steps/freeze-boundary.ts';
import { KINDS, makeStep } from '../../contract/training-step-cases.ts';
import type { Tolerance } from '../../support/matchers.ts';
import { followKeras, KERAS_DEFAULTS, type KerasRun, setWeights } from './follow-keras.ts';

interface HeadFixture {
  readonly loss: 'binaryCrossentropy' | 'sparseCategoricalCrossentropy';
  readonly outputs: number;
  readonly first: Readonly<Record<string, readonly number[]>>;
  /** By class. */
  readonly classWeights: readonly number[];
  readonly batches: readonly {
    readonly features: readonly number[];
    readonly labels: readonly number[];
    readonly sampleWeights: readonly number[];
  }[];
  readonly runs: readonly (KerasRun & { readonly weighting: 'none' | 'samples' | 'classes' })[];
}

const { heads, tolerance } = JSON.parse(readFileSync(new URL('heads.json', import.meta.url), 'utf8')) as {
  readonly heads: readonly HeadFixture[];
  readonly tolerance: { readonly losses: Tolerance; readonly weights: Tolerance };
};

describe.each(KINDS)('%s step', (kind) => {
  for (const head of heads) {
    const cases = head.runs.map(
      (run) => [run.optimizer, JSON.stringify(run.options), run.weighting, run] as const,
    );
    it.each(cases)(`${head.loss}, %s %s, weights of %s`, async (name, _, weighting, run) => {
      const step = await makeStep(kind, partOf(head), {
        loss: losses[head.loss](),
        optimizer: optimizers[name]({ ...KERAS_DEFAULTS, ...run.options }),
      });
      const batches = head.batches.map(({ features, labels, sampleWeights }) => {
        const size = labels.length;
        const targets = Float32Array.from(labels);
        const weights = {
          none: () => new Float32Array(size).fill(1),
          samples: () => Float32Array.from(sampleWeights),
          classes: () => classWeightsToSampleWeights({ ...head.classWeights }, targets, size),
        };
        return { features: Float32Array.from(features), targets, sampleWeights: weights[weighting](), size };
      });
      await followKeras(step, batches, run, tolerance);
      const { weights } = await step.readState();
      expect([...weights.keys()].sort()).toEqual(Object.keys(run.weights).sort());
    });
  }
});

function partOf({ outputs, batches, first }: HeadFixture): TrainedPart {
  const features = input({ shape: [batches[0]!.features.length / batches[0]!.labels.length] });
  const hidden = layers.dense({ units: 16, activation: 'relu', name: 'hidden' }).apply(features);
  const last = layers.dense({
    units: outputs,
    activation: outputs === 1 ? 'sigmoid' : 'softmax',
    name: 'predictions',
  });
  const model = new Functional({ inputs: features, outputs: last.apply(hidden) });
  setWeights(model, first);
  return splitAtFreezeBoundary(model);
}
