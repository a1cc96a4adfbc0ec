/** @file Training with a layer that is applied twice, and with a weight that is frozen by itself. */

import { expect, it } from 'vitest';
import { Functional } from '../../src/core/layers/functional.ts';
import { input } from '../../src/core/layers/input-layer.ts';
import { layers } from '../../src/core/layers/layers.ts';
import { losses } from '../../src/core/losses/losses.ts';
import { optimizers } from '../../src/core/optimizers/optimizers.ts';
import { findDenseHead } from '../../src/core/steps/dense-head.ts';
import { seededDropoutMasks } from '../../src/core/steps/dropout-masks.ts';
import { splitAtFreezeBoundary } from '../../src/core/steps/freeze-boundary.ts';
import { createGraphStep } from '../../src/core/steps/graph-step.ts';
import { layerWiseDecay } from '../../src/core/steps/rate-multipliers.ts';
import type { StepState } from '../../src/core/steps/training-step.ts';
import { createRandom } from '../../src/core/tensor/random.ts';

const SIZE = 3;

/** Two cells of each sample through one tower, or through two of the same numbers. */
function siamese(isShared: boolean): Functional {
  const x = input({ shape: [1, 2, 4], name: 'x' });
  const towers = ['left', 'right'].map((name) => layers.dense({ units: 5, activation: 'tanh', name }));
  const cells = [
    [0, 1],
    [1, 0],
  ] as const;
  const sides = cells.map(([left, right], index) => {
    const cell = layers
      .cropping2d({
        cropping: [
          [0, 0],
          [left, right],
        ],
      })
      .apply(x);
    const dropped = layers.flatten().apply(cell);
    return towers[isShared ? 0 : index]!.apply(dropped);
  });
  const output = layers.dense({ units: 2, name: 'end' }).apply(layers.concatenate().apply(sides));
  const model = new Functional({ inputs: x, outputs: output });
  model.initialize({ seed: 1 });
  if (!isShared) {
    for (const { spec } of towers[0]!.weights) {
      towers[1]!.weight(spec.name).value = towers[0]!.weight(spec.name).value.slice();
    }
  }
  return model;
}

async function afterOneStep(model: Functional): Promise<StepState> {
  const random = createRandom(5);
  const step = await createGraphStep(splitAtFreezeBoundary(model), {
    loss: losses.meanSquaredError(),
    optimizer: optimizers.sgd({ learningRate: 0.5 }),
    masks: seededDropoutMasks(createRandom(1)),
    threads: 1,
  });
  const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
  try {
    const [features, targets] = [draw(SIZE * 8), draw(SIZE * 2)];
    await step.run({ features, targets, sampleWeights: new Float32Array(SIZE).fill(1), size: SIZE }, 0.5);
    return await step.readState();
  } finally {
    await step.dispose();
  }
}

it('sums the gradients of both applications', async () => {
  const model = siamese(true);
  const before = model.getLayer('left').weight('kernel').value.slice();
  const [shared, apart] = [await afterOneStep(model), await afterOneStep(siamese(false))];
  const [left, right] = ['left', 'right'].map((name) => apart.weights.get(`${name}/kernel`)!);
  const expected = before.map((value, index) => left![index]! + right![index]! - value);
  expect(shared.weights.get('left/kernel')).toBeAllClose(expected, { atol: 1e-6, rtol: 1e-5 });
  expect([...shared.weights.keys()]).toEqual(['left/kernel', 'left/bias', 'end/kernel', 'end/bias']);
});

it('moves no weight that is frozen by itself, and the others', async () => {
  const model = siamese(true);
  model.getLayer('left').weight('kernel').trainable = false;
  const state = await afterOneStep(model);
  expect([...state.weights.keys()]).toEqual(['left/bias', 'end/kernel', 'end/bias']);
  expect(state.weights.get('left/bias')).not.toEqual(new Float32Array(5));
});

it('is trained as a graph: the kernel for chains of Dense layers has neither', () => {
  const x = input({ shape: [4] });
  const twice = layers.dense({ units: 4 });
  const shared = new Functional({ inputs: x, outputs: twice.apply(twice.apply(x)) });
  shared.initialize({ seed: 1 });
  expect(findDenseHead(splitAtFreezeBoundary(shared))).toBeUndefined();
  const y = input({ shape: [4] });
  const partly = new Functional({ inputs: y, outputs: layers.dense({ units: 4 }).apply(y) });
  partly.initialize({ seed: 1 });
  expect(findDenseHead(splitAtFreezeBoundary(partly))).toBeDefined();
  partly.layers[1]!.weight('bias').trainable = false;
  expect(findDenseHead(splitAtFreezeBoundary(partly))).toBeUndefined();
});

it('draws a mask for every application of a Dropout', async () => {
  const x = input({ shape: [64] });
  const drop = layers.dropout({ rate: 0.5, name: 'drop' });
  const sides = [drop.apply(x), drop.apply(x)];
  const output = layers.dense({ units: 1, useBias: false }).apply(layers.concatenate().apply(sides));
  const model = new Functional({ inputs: x, outputs: output });
  model.initialize({ seed: 1 });
  const names: string[] = [];
  const masks = seededDropoutMasks(createRandom(1));
  const step = await createGraphStep(splitAtFreezeBoundary(model), {
    loss: losses.meanSquaredError(),
    optimizer: optimizers.sgd(),
    masks: {
      ...masks,
      draw(name, rate, count) {
        names.push(name);
        return masks.draw(name, rate, count);
      },
    },
  });
  const features = new Float32Array(64).fill(1);
  await step.run({ features, targets: Float32Array.of(0), sampleWeights: Float32Array.of(1), size: 1 }, 0);
  await step.dispose();
  expect(names).toEqual(['drop', 'drop:1']);
});

it('counts for layer-wise decay where it is farthest from the output', () => {
  const x = input({ shape: [4] });
  const twice = layers.dense({ units: 4, name: 'twice' });
  const output = layers.dense({ units: 1, name: 'end' }).apply(twice.apply(twice.apply(x)));
  const part = splitAtFreezeBoundary(new Functional({ inputs: x, outputs: output }));
  expect(layerWiseDecay(part, 0.5)).toEqual(
    new Map([
      ['twice', 0.25],
      ['end', 1],
    ]),
  );
});

it('moves the statistics of a shared normalization once for each application', async () => {
  const x = input({ shape: [1, 2, 3], name: 'x' });
  const norm = layers.batchNormalization({ momentum: 0.5, name: 'norm' });
  const cells = [
    [0, 1],
    [1, 0],
  ] as const;
  const sides = cells.map(([left, right]) =>
    norm.apply(
      layers.flatten().apply(
        layers
          .cropping2d({
            cropping: [
              [0, 0],
              [left, right],
            ],
          })
          .apply(x),
      ),
    ),
  );
  const output = layers.dense({ units: 1 }).apply(layers.concatenate().apply(sides));
  const model = new Functional({ inputs: x, outputs: output });
  model.initialize({ seed: 1 });
  const step = await createGraphStep(splitAtFreezeBoundary(model), {
    loss: losses.meanSquaredError(),
    optimizer: optimizers.sgd(),
    masks: seededDropoutMasks(createRandom(1)),
  });
  // Two samples of two cells: the means of the first cell are 2, of the second 6.
  const features = Float32Array.of(1, 1, 1, 5, 5, 5, 3, 3, 3, 7, 7, 7);
  const batch = {
    features,
    targets: new Float32Array(2),
    sampleWeights: new Float32Array(2).fill(1),
    size: 2,
  };
  await step.run(batch, 0.1);
  const { weights } = await step.readState();
  await step.dispose();
  // As Keras: (0 * 0.5 + 2 * 0.5) * 0.5 + 6 * 0.5.
  expect(weights.get('norm/moving_mean')).toBeAllClose(Float32Array.of(3.5, 3.5, 3.5), {
    atol: 1e-6,
    rtol: 0,
  });
});
