import { describe, expect, it } from 'vitest';
import { Functional } from '../../layers/functional.ts';
import { input } from '../../layers/input-layer.ts';
import { layers } from '../../layers/layers.ts';
import { losses } from '../../losses/losses.ts';
import { optimizers } from '../../optimizers/optimizers.ts';
import { splitAtFrontier } from '../frontier.ts';
import { measureStep, type StepSpeedOptions } from './step-speed.ts';

const options: StepSpeedOptions = {
  loss: losses.binaryCrossentropy(),
  optimizer: optimizers.adam({ learningRate: 0.1 }),
  batchSize: 8,
  threads: 1,
  features: Float32Array.from({ length: 30 }, (_, i) => i / 30),
};

const weightsOf = (model: Functional) =>
  model.layers.flatMap((layer) => layer.weights.map(({ value }) => [...value]));

describe('measureStep', () => {
  it('a head: a positive time, and the layers are as they were', async () => {
    const features = input({ shape: [10] });
    const hidden = layers.dense({ units: 6, activation: 'relu' }).apply(features);
    const model = new Functional({
      inputs: features,
      outputs: layers
        .dense({ units: 1, activation: 'sigmoid' })
        .apply(layers.dropout({ rate: 0.5 }).apply(hidden)),
    });
    model.initialize({ seed: 1 });
    const before = weightsOf(model);
    const { step, predict, bytes } = await measureStep(splitAtFrontier(model), options);
    expect([step > 0 && step < 10, predict > 0 && predict < 10, bytes]).toEqual([true, true, 0]);
    expect(weightsOf(model)).toEqual(before);
  });

  it('a part of a network: the step from its forward pass, with the memory of a batch', async () => {
    const features = input({ shape: [6, 6, 2] });
    const maps = layers
      .conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' })
      .apply(features);
    const model = new Functional({
      inputs: features,
      outputs: layers
        .dense({ units: 1, activation: 'sigmoid' })
        .apply(layers.globalAveragePooling2d().apply(maps)),
    });
    model.initialize({ seed: 1 });
    const before = weightsOf(model);
    const { step, predict, bytes } = await measureStep(splitAtFrontier(model), options);
    expect(step).toBeGreaterThan(predict * 8);
    // The maps alone are 8 x 6 x 6 x 4 numbers.
    expect(bytes).toBeGreaterThan(8 * 6 * 6 * 4 * 4);
    expect(weightsOf(model)).toEqual(before);
  });
});
