import { expect, it } from 'vitest';
import { ACTIVATION_NAMES } from '../core/layers/activations.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import { losses } from '../core/losses/losses.ts';
import { optimizers } from '../core/optimizers/optimizers.ts';
import { chooseStep } from '../core/steps/choose-step.ts';
import { splitAtFreezeBoundary } from '../core/steps/freeze-boundary.ts';
import { createRandom } from '../core/tensor/random.ts';
import { applyHead, parseHead } from './head-spec.ts';

/** The dense step's kernels know these; the others are trained by a graph. */
const FUSED = ['linear', 'relu', 'sigmoid', 'tanh'];

it.each(ACTIVATION_NAMES)('a head with %s learns', async (activation) => {
  const features = input({ shape: [6] });
  const model = new Functional({
    inputs: features,
    outputs: applyHead(features, parseHead(`dense:16:${activation}`), 2),
  });
  model.initialize({ seed: 1 });
  const random = createRandom(1);
  const size = 32;
  const batch = {
    features: Float32Array.from({ length: size * 6 }, () => random.normal()),
    targets: Float32Array.from({ length: size }, (_, i) => i % 2),
    sampleWeights: new Float32Array(size).fill(1),
    size,
  };
  const step = await chooseStep(splitAtFreezeBoundary(model), {
    loss: losses.binaryCrossentropy(),
    optimizer: optimizers.adam(),
    random,
    threads: 1,
  });
  try {
    expect(step.kind).toBe(FUSED.includes(activation) ? 'dense' : 'graph');
    const { loss: first } = await step.run(batch, 0.01);
    let last = first;
    for (let i = 0; i < 60; i++) last = (await step.run(batch, 0.01)).loss;
    expect(last).toBeLessThan(0.9 * first);
  } finally {
    await step.dispose();
  }
});
