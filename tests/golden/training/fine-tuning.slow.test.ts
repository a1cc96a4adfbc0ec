/**
 * @file The tops of MobileNetV2 and InceptionV3, trained for 20 steps, follow Keras from the same weights and batches:
 * within 1e-3 on every loss, and the update of every weight within 1e-3 of its length. With frozen batch normalization,
 * and with statistics of the batch, which move.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { losses } from '../../../src/core/losses/losses.ts';
import { inceptionV3 } from '../../../src/vision/architectures/inception-v3.ts';
import { mobileNetV2 } from '../../../src/vision/architectures/mobilenet-v2.ts';
import { type OptimizerName, optimizers } from '../../../src/core/optimizers/optimizers.ts';
import { computeSize } from '../../../src/core/tensor/tensor.ts';
import { splitAtFreezeBoundary } from '../../../src/core/steps/freeze-boundary.ts';
import { makeStep } from '../../contract/training-step-cases.ts';
import { hash32, setFormulaWeights } from '../models/formula-inputs.ts';
import { oneTensor } from '../../../src/core/steps/training-step.ts';

/** Shorter updates are rounding: the gradient of a shift that the next normalization takes away again is 0. */
const SHORTEST = 1e-5;

interface Update {
  readonly length: number;
  /** With 8 vectors of signs. */
  readonly products: readonly number[];
}

interface Run {
  readonly network: string;
  readonly boundary: string;
  readonly cut: string;
  readonly trainsStatistics: boolean;
  readonly optimizer: OptimizerName;
  readonly options: Readonly<Record<string, number>> & { readonly learningRate: number };
  readonly featureShape: readonly number[];
  readonly targets: readonly number[];
  readonly losses: readonly number[];
  readonly updates: Readonly<Record<string, Update>>;
}

const fixture = JSON.parse(readFileSync(new URL('fine_tuning.json', import.meta.url), 'utf8')) as {
  readonly batch: number;
  readonly batches: number;
  readonly tolerance: number;
  readonly runs: readonly Run[];
};

describe('fine-tuning', () => {
  it.each(
    fixture.runs.map((run) => {
      const statistics = run.trainsStatistics ? 'statistics of the batch' : 'frozen statistics';
      return [`${run.network}, ${run.optimizer}, ${statistics}`, run] as const;
    }),
  )('follows Keras: %s', async (_, run) => {
    const model = topOf(run);
    const step = await makeStep('graph', splitAtFreezeBoundary(model), {
      loss: losses.binaryCrossentropy(),
      optimizer: optimizers[run.optimizer](run.options),
    });
    const first = (await step.readState()).weights;
    const keys = Object.keys(run.updates);
    expect([...first.keys()].sort()).toEqual(keys);
    const computed: number[] = [];
    for (let index = 0; index < run.losses.length; index++) {
      const batch = {
        features: oneTensor(featuresOf(index % fixture.batches, run.featureShape), fixture.batch),
        targets: Float32Array.from(run.targets),
        sampleWeights: new Float32Array(fixture.batch).fill(1),
        size: fixture.batch,
      };
      computed.push((await step.run(batch, run.options.learningRate)).loss);
    }
    expect(computed).toBeAllClose(run.losses, { atol: 0, rtol: fixture.tolerance });
    const last = (await step.readState()).weights;
    for (const [index, key] of keys.entries()) {
      const before = first.get(key)!;
      const update = Float64Array.from(last.get(key)!, (value, i) => value - before[i]!);
      const { length, products } = run.updates[key]!;
      const allowed = fixture.tolerance * Math.max(length, SHORTEST);
      expect(lengthOf(update), key).toBeAllClose(length, { atol: allowed, rtol: 0 });
      const errors = products.map((product, k) => product - signed(update, 7000 + 8 * index + k));
      const difference = Math.hypot(...errors) / Math.sqrt(errors.length);
      expect(difference, key).toBeLessThan(allowed);
    }
  });
});

function topOf({ network, boundary, cut, trainsStatistics }: Run): Functional {
  const backbone =
    network === 'inception_v3'
      ? inceptionV3({ inputShape: [150, 150, 3] })
      : mobileNetV2({ inputShape: [128, 128, 3], alpha: 0.35 });
  const pooled = layers.globalAveragePooling2d({ name: 'pooled' }).apply(backbone.getLayer(cut).output);
  const output = layers.dense({ units: 1, activation: 'sigmoid', name: 'predictions' }).apply(pooled);
  const model = new Functional({ inputs: backbone.getLayer(boundary).output, outputs: output, name: 'top' });
  setFormulaWeights(model);
  for (const layer of model.layers) {
    layer.trainable = trainsStatistics || layer.className !== 'BatchNormalization';
  }
  return model;
}

/** As in tools/oracle/fine_tuning.py. */
function featuresOf(batch: number, shape: readonly number[]): Float32Array {
  const count = fixture.batch * computeSize(shape);
  return Float32Array.from({ length: count }, (_, i) => Math.max(0, hash32(i, 5000 + batch) / 2 ** 31 - 1));
}

/** The sum, with the signs of one of the fixture's vectors. */
function signed(numbers: Float64Array, seed: number): number {
  return numbers.reduce((sum, value, i) => sum + (hash32(i, seed) % 2 === 0 ? value : -value), 0);
}

function lengthOf(numbers: Float64Array): number {
  return Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0));
}
