import { describe, expect, it, onTestFinished } from 'vitest';
import { type FeatureSet, featuresInMemory } from '../../features/feature-set.ts';
import { losses } from '../../losses/losses.ts';
import { optimizers } from '../../optimizers/optimizers.ts';
import { createDenseStep } from '../../steps/dense-step.ts';
import { seededDropoutMasks } from '../../steps/dropout-masks.ts';
import type { TrainingStep } from '../../steps/training-step.ts';
import { createRandom } from '../../tensor/random.ts';
import { measure } from '../measure.ts';
import { resolveMetric } from '../metric-names.ts';
import { type SolveOptions, solveLinearHead } from './solve-linear-head.ts';

const WIDTH = 6;
const HEAD = { name: 'dense', units: 3 };
const loss = losses.sparseCategoricalCrossentropy();

/** Three clouds of which two overlap. */
function clouds(size: number, seed: number): FeatureSet {
  const random = createRandom(seed);
  const labels = Uint32Array.from({ length: size }, (_, row) => row % 3);
  const features = Float32Array.from({ length: size * WIDTH }, (_, i) => {
    const label = labels[Math.floor(i / WIDTH)]!;
    return 3 + random.normal() + (i % WIDTH === label ? 1.5 : 0);
  });
  return featuresInMemory(features, { labels, width: WIDTH, numClasses: 3 });
}

async function makeStep(): Promise<TrainingStep> {
  const layer = {
    ...HEAD,
    activation: 'linear',
    kernel: new Float32Array(WIDTH * 3),
    bias: new Float32Array(3),
  };
  const step = await createDenseStep(
    { inputs: WIDTH, layers: [{ ...layer, activation: 'linear' }] },
    { loss, optimizer: optimizers.sgd(), masks: seededDropoutMasks(createRandom(1)), threads: 1 },
  );
  onTestFinished(() => step.dispose());
  return step;
}

async function solve(options: Partial<SolveOptions> = {}) {
  const step = await makeStep();
  const metrics = [resolveMetric('accuracy', loss)];
  const [train, validation] = [clouds(90, 1), clouds(30, 2)];
  const history = await solveLinearHead(step, HEAD, loss, train, validation, {
    epochs: 100,
    metrics,
    random: createRandom(5),
    threads: 1,
    ...options,
  });
  return { step, history, train, validation, metrics };
}

describe('a linear head that is solved', () => {
  it('ends at the least loss, with each iteration as an epoch and the weights in the step', async () => {
    const { step, history, train, validation, metrics } = await solve({ l2: 0.01 });
    expect(history.ended).toBe('epochs');
    expect(history.epochs.length).toBeLessThan(100);
    const [first, last] = [history.epochs[0]!, history.epochs.at(-1)!];
    expect(Object.keys(last.logs)).toEqual(['loss', 'accuracy', 'val_loss', 'val_accuracy', 'l2']);
    expect(last.epoch).toBe(history.epochs.length);
    expect(last.logs['loss']).toBeLessThan(first.logs['loss']!);
    for (const [set, prefix] of [
      [train, ''],
      [validation, 'val_'],
    ] as const) {
      const measured = await measure(step, loss, set, metrics);
      expect(measured['loss']!).toBeAllClose(last.logs[`${prefix}loss`]!, { atol: 1e-5, rtol: 1e-5 });
      expect(measured['accuracy']).toBe(last.logs[`${prefix}accuracy`]);
    }
  });

  it('gives the same weights again, to the bit, and chooses its penalty by folds', async () => {
    const states = [];
    for (let time = 0; time < 2; time++) {
      const { step, history } = await solve();
      expect(history.epochs[0]!.logs['l2']).toBeGreaterThan(1e-3);
      states.push(await step.readState());
    }
    expect(states[1]).toEqual(states[0]);
  });

  it('keeps what it has when it is interrupted', async () => {
    const controller = new AbortController();
    const { history } = await solve({
      l2: 0.01,
      signal: controller.signal,
      callbacks: [{ onEpochEnd: ({ epoch }) => (epoch === 3 ? controller.abort() : undefined) }],
    });
    expect(history.ended).toBe('interrupted');
    expect(history.epochs.length).toBe(3);
  });

  it('takes no more iterations than it may', async () => {
    const { history } = await solve({ l2: 0.01, epochs: 4 });
    expect(history.ended).toBe('epochs');
    expect(history.epochs.length).toBe(4);
  });
});
