/** @file Batch normalization that is trained: its statistics move, are part of the state, and are what predicts. */

import { describe, expect, it } from 'vitest';
import { Functional } from '../../src/core/layers/functional.ts';
import { input } from '../../src/core/layers/input-layer.ts';
import { layers } from '../../src/core/layers/layers.ts';
import { losses } from '../../src/core/losses/losses.ts';
import { optimizers } from '../../src/core/optimizers/optimizers.ts';
import { splitAtFreezeBoundary } from '../../src/core/steps/freeze-boundary.ts';
import type { Batch, TrainingStep } from '../../src/core/steps/training-step.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { makeStep } from './training-step-cases.ts';

const SIDE = 3;
const CHANNELS = 2;
const MOMENTUM = 0.75;

/** Normalization of the features themselves, so that what its statistics become can be worked out here. */
function network(options: { readonly frozen: boolean; readonly bare?: boolean }): Functional {
  const { frozen, bare = false } = options;
  const image = input({ shape: [SIDE, SIDE, CHANNELS] });
  let x = layers
    .batchNormalization({ momentum: MOMENTUM, center: !bare, scale: !bare, name: 'bn', trainable: !frozen })
    .apply(image);
  x = layers.conv2d({ filters: 3, kernelSize: 2, activation: 'relu', name: 'conv' }).apply(x);
  x = layers.globalAveragePooling2d({}).apply(x);
  x = layers.dense({ units: 1, activation: 'sigmoid' }).apply(x);
  const model = new Functional({ inputs: image, outputs: x });
  model.initialize({ seed: 3 });
  return model;
}

function stepOf(options: Parameters<typeof network>[0]): Promise<TrainingStep> {
  return makeStep('graph', splitAtFreezeBoundary(network(options)), {
    loss: losses.binaryCrossentropy(),
    optimizer: optimizers.adam(),
  });
}

function batchOf(seed: number): Batch {
  const random = createRandom(seed);
  const size = 4;
  const count = size * SIDE * SIDE * CHANNELS;
  return {
    features: Float32Array.from({ length: count }, () => 2 + random.normal()),
    targets: Float32Array.from({ length: size }, (_, i) => i % 2),
    sampleWeights: new Float32Array(size).fill(1),
    size,
  };
}

describe('statistics of batch normalization', () => {
  it.each([{ bare: false }, { bare: true }])('follow the batches: %j', async ({ bare }) => {
    const step = await stepOf({ frozen: false, bare });
    const { features } = batchOf(1);
    await step.run(batchOf(1), 0.01);
    const { weights } = await step.readState();
    for (let channel = 0; channel < CHANNELS; channel++) {
      const numbers = features.filter((_, i) => i % CHANNELS === channel);
      const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
      const variance = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length;
      const moved = [weights.get('bn/moving_mean')![channel]!, weights.get('bn/moving_variance')![channel]!];
      const expected = [(1 - MOMENTUM) * mean, MOMENTUM + (1 - MOMENTUM) * variance];
      expect(moved).toBeAllClose(expected, { atol: 1e-6, rtol: 1e-5 });
    }
  });

  it('are not there where the layer is frozen', async () => {
    const step = await stepOf({ frozen: true });
    const { weights } = await step.readState();
    expect([...weights.keys()].filter((key) => key.startsWith('bn/'))).toEqual([]);
  });

  it('are carried by the state, bit for bit', async () => {
    const whole = await stepOf({ frozen: false });
    for (const seed of [1, 2, 3, 4]) await whole.run(batchOf(seed), 0.01);
    const half = await stepOf({ frozen: false });
    for (const seed of [1, 2]) await half.run(batchOf(seed), 0.01);
    const rest = await stepOf({ frozen: false });
    await rest.writeState(await half.readState());
    for (const seed of [3, 4]) await rest.run(batchOf(seed), 0.01);
    expect(await rest.readState()).toEqual(await whole.readState());
  });

  it('are what predicts, so that an image alone is seen as in a batch', async () => {
    const step = await stepOf({ frozen: false });
    for (const seed of [1, 2, 3]) await step.run(batchOf(seed), 0.01);
    const { features, size } = batchOf(9);
    const together = await step.predict(features, size);
    const alone = await step.predict(features.slice(0, features.length / size), 1);
    expect(alone).toBeAllClose(together.slice(0, 1), { atol: 1e-6, rtol: 1e-5 });
  });
});
