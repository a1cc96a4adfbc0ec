import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { losses } from '../../core/losses/losses.ts';
import { optimizers } from '../../core/optimizers/optimizers.ts';
import { splitAtFreezeBoundary } from '../../core/steps/freeze-boundary.ts';
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
  /** A clock that stands still, unless it is moved: at a look at it, or by work. */
  let nowMs: number;
  let tickMs: number;
  beforeEach(() => {
    [nowMs, tickMs] = [0, 0];
    vi.spyOn(performance, 'now').mockImplementation(() => {
      nowMs += tickMs;
      return nowMs;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('a head: the time of one step of many, and the layers are as they were', async () => {
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
    const loss: typeof options.loss = {
      ...options.loss,
      gradient(...given) {
        nowMs += 10;
        return options.loss.gradient(...given);
      },
    };
    const { step, predict, bytes } = await measureStep(splitAtFreezeBoundary(model), { ...options, loss });
    // Nothing but the gradient takes time on this clock.
    expect(step).toBeAllClose(0.01, { atol: 0, rtol: 1e-12 });
    expect(predict).toBe(0);
    expect(bytes).toBe(0);
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
    tickMs = 10;
    const { step, predict, bytes } = await measureStep(splitAtFreezeBoundary(model), options);
    expect(predict).toBeAllClose(0.01 / 8, { atol: 0, rtol: 1e-12 });
    // Four times the forward pass of a batch; and 81 weights with Adam's two slots each: seven numbers of four bytes
    // are read or written, by a memory that moves twice 2^21 of them in the time of a look at the clock.
    const moved = (81 * 7 * 4) / ((2 * 2 ** 21 * 4) / 0.01);
    expect(step).toBeAllClose(4 * 0.01 + moved, { atol: 0, rtol: 1e-9 });
    // The maps alone are 8 x 6 x 6 x 4 numbers.
    expect(bytes).toBeGreaterThan(8 * 6 * 6 * 4 * 4);
    expect(bytes).toBeLessThan(10 * 8 * 6 * 6 * 4 * 4);
    expect(weightsOf(model)).toEqual(before);
  });

  it('feeds a network of sequences no more positions than it has', async () => {
    const ids = input({ shape: [null], dtype: 'int64' });
    const states = layers
      .tokenAndPositionEmbedding({ vocabularySize: 5, sequenceLength: 16, embeddingDim: 4 })
      .apply(ids);
    const model = new Functional({
      inputs: ids,
      outputs: layers
        .dense({ units: 1, activation: 'sigmoid' })
        .apply(layers.globalAveragePooling1d().apply(states)),
    });
    model.initialize({ seed: 1 });
    tickMs = 10;
    const part = splitAtFreezeBoundary(model);
    expect((await measureStep(part, { ...options, maxPositions: 16 })).predict).toBeGreaterThan(0);
  });
});
