/**
 * @file The graph step trains an image network from a middle layer on, as Keras does: through convolutions, past
 * frozen layers and frozen batch normalization, in two branches. What is frozen does not move by a bit.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { losses } from '../../../src/core/losses/losses.ts';
import { optimizers } from '../../../src/core/optimizers/optimizers.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats } from '../../../src/core/tensor/tensor.ts';
import { findDenseHead } from '../../../src/core/steps/dense-head.ts';
import { splitAtFreezeBoundary, type TrainedPart } from '../../../src/core/steps/freeze-boundary.ts';
import type { Batch } from '../../../src/core/steps/training-step.ts';
import { makeStep } from '../../contract/training-step-cases.ts';
import type { Tolerance } from '../../support/matchers.ts';
import { followKeras, type KerasRun, setWeights } from './follow-keras.ts';

const fixture = JSON.parse(readFileSync(new URL('convolutions.json', import.meta.url), 'utf8')) as {
  readonly tolerance: { readonly losses: Tolerance; readonly weights: Tolerance };
  readonly first: Readonly<Record<string, readonly number[]>>;
  readonly batches: readonly { readonly images: readonly number[]; readonly labels: readonly number[] }[];
  readonly runs: readonly KerasRun[];
};

const TRAINED = [
  'depthwise/depthwise_kernel',
  'strided/kernel',
  'strided/bias',
  'pointwise/kernel',
  'pointwise/bias',
  'predictions/kernel',
  'predictions/bias',
];

describe('graph step through convolutions', () => {
  it('begins where the two branches part, though one goes through a pooling first', () => {
    const part = splitAtFreezeBoundary(network());
    expect(part.boundary.layer.name).toBe('stem_relu');
    expect(part.layers.map(({ name }) => name)).toContain('pool');
    expect(part.layers.map(({ name }) => name)).not.toContain('stem_bn');
    expect(findDenseHead(part)).toBeUndefined();
  });

  it.each(fixture.runs.map((run) => [run.optimizer, run] as const))(
    'follows Keras: %s',
    async (name, run) => {
      const model = network();
      const part = splitAtFreezeBoundary(model);
      const step = await makeStep('graph', part, {
        loss: losses.sparseCategoricalCrossentropy(),
        optimizer: optimizers[name](run.options),
      });
      await followKeras(step, await batchesOf(part), run, fixture.tolerance);
      const { weights } = await step.readState();
      expect([...weights.keys()].sort()).toEqual([...TRAINED].sort());
      for (const [key, values] of weights) expect(values).not.toEqual(Float32Array.from(fixture.first[key]!));
    },
  );

  it('moves nothing that is frozen: not by a bit, and not in what it computes', async () => {
    const model = network();
    const part = splitAtFreezeBoundary(model);
    const optimizer = optimizers.adam();
    const step = await makeStep('graph', part, { loss: losses.sparseCategoricalCrossentropy(), optimizer });
    const batches = await batchesOf(part);
    for (let i = 0; i < 10; i++) await step.run(batches[i % 2]!, 0.01);
    for (const { name, weight } of model.weights) {
      expect(weight.value, name).toEqual(Float32Array.from(fixture.first[name]!));
    }
    // The step's forward pass is the model's with the trained weights put in and all others as they were.
    const { weights } = await step.readState({ slots: false });
    for (const { name, weight } of model.weights) weight.value = weights.get(name) ?? weight.value;
    const { images, labels } = fixture.batches[0]!;
    const probabilities = await outputOf(model, model, images, labels.length);
    const logits = await step.predict(batches[0]!.features, labels.length);
    expect(probabilities).toBeAllClose(softmax(logits, 3), { atol: 1e-6, rtol: 1e-5 });
  });
});

function network(): Functional {
  const image = input({ shape: [8, 8, 3], name: 'image' });
  let x = layers
    .conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false, name: 'stem' })
    .apply(image);
  x = layers.batchNormalization({ name: 'stem_bn' }).apply(x);
  const stem = layers.activation({ activation: 'relu', name: 'stem_relu' }).apply(x);
  let a = layers
    .depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false, name: 'depthwise' })
    .apply(stem);
  a = layers.batchNormalization({ name: 'depthwise_bn' }).apply(a);
  a = layers.activation({ activation: 'relu6', name: 'depthwise_relu' }).apply(a);
  a = layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', name: 'strided' }).apply(a);
  let b = layers.averagePooling2d({ poolSize: 2, padding: 'same', name: 'pool' }).apply(stem);
  b = layers.conv2d({ filters: 5, kernelSize: 1, activation: 'relu', name: 'pointwise' }).apply(b);
  x = layers.concatenate({ name: 'mixed' }).apply([a, b]);
  x = layers.conv2d({ filters: 6, kernelSize: 2, activation: 'relu', name: 'frozen' }).apply(x);
  x = layers.globalAveragePooling2d({ name: 'gap' }).apply(x);
  x = layers.dense({ units: 3, activation: 'softmax', name: 'predictions' }).apply(x);
  const model = new Functional({ inputs: image, outputs: x, name: 'network' });
  for (const name of ['stem', 'stem_bn', 'depthwise_bn', 'frozen']) model.getLayer(name).trainable = false;
  setWeights(model, fixture.first);
  return model;
}

/** The frozen part's output for the fixture's images, as a run of training makes it once. */
async function batchesOf({ model, boundary }: TrainedPart): Promise<Batch[]> {
  const frozen = new Functional({ inputs: model.inputs, outputs: boundary, name: 'frozen' });
  const batches: Batch[] = [];
  for (const { images, labels } of fixture.batches) {
    const size = labels.length;
    batches.push({
      features: await outputOf(frozen, model, images, size),
      targets: Float32Array.from(labels),
      sampleWeights: new Float32Array(size).fill(1),
      size,
    });
  }
  return batches;
}

async function outputOf(
  wanted: Functional,
  model: Functional,
  images: readonly number[],
  size: number,
): Promise<Float32Array> {
  const results = await evaluateGraph(modelGraph(wanted), {
    [model.input.layer.name]: floats([size, 8, 8, 3], images),
  });
  return results[wanted.output.layer.name]!.data as Float32Array;
}

function softmax(logits: Float32Array, width: number): number[] {
  const powers = Array.from(logits, Math.exp);
  return powers.map((power, i) => {
    const start = i - (i % width);
    return power / powers.slice(start, start + width).reduce((sum, each) => sum + each, 0);
  });
}
