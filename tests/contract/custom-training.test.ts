/** @file A model is trained with a layer, a loss, a metric and an optimizer that a program brings. */

import { expect, it } from 'vitest';
import { Functional } from '../../src/core/layers/functional.ts';
import { input } from '../../src/core/layers/input-layer.ts';
import { layers } from '../../src/core/layers/layers.ts';
import { chooseStep } from '../../src/core/steps/choose-step.ts';
import { splitAtFreezeBoundary } from '../../src/core/steps/freeze-boundary.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { Antirectifier, pinball, SignSgd, withinTolerance } from '../support/custom-classes.ts';

const SIZE = 32;

it('comes nearer to its targets', async () => {
  const x = input({ shape: [6] });
  const hidden = new Antirectifier({}).apply(layers.dense({ units: 8 }).apply(x));
  const model = new Functional({ inputs: x, outputs: layers.dense({ units: 1 }).apply(hidden) });
  model.initialize({ seed: 1 });
  const loss = pinball(0.5);
  const step = await chooseStep(splitAtFreezeBoundary(model), {
    loss,
    optimizer: SignSgd({ learningRate: 2e-3 }),
    random: createRandom(1),
    threads: 1,
  });
  expect(step.kind).toBe('graph');
  const random = createRandom(3);
  const features = Float32Array.from({ length: SIZE * 6 }, () => random.normal());
  const targets = Float32Array.from({ length: SIZE }, (_, i) => features[i * 6]! - features[i * 6 + 1]!);
  const batch = { features, targets, sampleWeights: new Float32Array(SIZE).fill(1), size: SIZE };
  const near = async (): Promise<number> => {
    const metric = withinTolerance(0.25);
    metric.update(await step.predict(features, SIZE), targets, SIZE);
    return metric.result();
  };
  try {
    const before = [(await step.run(batch, 2e-3)).loss, await near()] as const;
    for (let i = 0; i < 300; i++) await step.run(batch, 2e-3);
    const after = [(await step.run(batch, 2e-3)).loss, await near()] as const;
    expect(after[0]).toBeLessThan(before[0] / 4);
    expect(after[1]).toBeGreaterThan(before[1] + 0.4);
  } finally {
    await step.dispose();
  }
});

it('is trained as a graph, though its layers are such that the kernel has: it lacks the formula', async () => {
  const x = input({ shape: [6] });
  const model = new Functional({ inputs: x, outputs: layers.dense({ units: 1 }).apply(x) });
  model.initialize({ seed: 1 });
  const step = await chooseStep(splitAtFreezeBoundary(model), {
    loss: pinball(0.5),
    optimizer: SignSgd(),
    random: createRandom(1),
  });
  expect(step.kind).toBe('graph');
  await step.dispose();
});
