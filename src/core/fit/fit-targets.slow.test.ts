/** @file Training on labels and on numbers in the place of classes. */

import { describe, expect, it } from 'vitest';
import { copiedState } from '../../../tests/support/fit-state.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { mixUpBatch } from '../../recipe/batch-mixing.ts';
import { type FeatureSet, featuresInMemory, someRows } from '../features/feature-set.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import type { Loss } from '../losses/loss.ts';
import { losses } from '../losses/losses.ts';
import { metrics } from '../metrics/metrics.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { chooseStep } from '../steps/choose-step.ts';
import { splitAtFreezeBoundary } from '../steps/freeze-boundary.ts';
import { createRandom } from '../tensor/random.ts';
import { balancedOrder } from './balanced-order.ts';
import { fitWeights } from './fit.ts';
import type { FitOptions } from './fit-options.ts';
import type { FitState } from './fit-state.ts';

const SIZE = 40;
const WIDTH = 4;

/** Two values, linear in the features. */
function setOf(target: (sum: number) => number): FeatureSet {
  const random = createRandom(9);
  const features = Float32Array.from({ length: SIZE * WIDTH }, () => random.normal());
  const values = Float32Array.from({ length: SIZE * 2 }, (_, i) => {
    const row = features.subarray((i >> 1) * WIDTH, ((i >> 1) + 1) * WIDTH);
    return target(i % 2 === 0 ? row[0]! - row[1]! : row[2]! + 0.5 * row[3]!);
  });
  return featuresInMemory(features, {
    labels: new Uint32Array(SIZE),
    targets: { values, width: 2 },
    width: WIDTH,
    numClasses: 2,
  });
}

const LABELS = setOf((sum) => (sum > 0 ? 1 : 0));
const NUMBERS = setOf((sum) => sum);

/** @param hidden - A layer that the graph step alone can train. */
async function train(
  set: FeatureSet,
  loss: Loss,
  { hidden = false, ...options }: Partial<FitOptions> & { readonly hidden?: boolean } = {},
) {
  const image = input({ shape: [WIDTH] });
  const before = hidden ? layers.dense({ units: 8, activation: 'gelu', name: 'hidden' }).apply(image) : image;
  const activation = loss.activation === 'sigmoid' ? 'sigmoid' : 'linear';
  const model = new Functional({
    inputs: image,
    outputs: layers.dense({ units: 2, activation, name: 'out' }).apply(before),
  });
  model.initialize({ seed: 2 });
  const step = await chooseStep(splitAtFreezeBoundary(model), {
    loss,
    optimizer: optimizers.adam({ learningRate: 0.05 }),
    random: createRandom(1),
    threads: 1,
  });
  try {
    const history = await fitWeights(step, loss, set, set, {
      epochs: 40,
      batchSize: 8,
      learningRate: 0.05,
      random: createRandom(3),
      ...options,
    });
    return { logs: history.epochs.at(-1)!.logs, state: await step.readState() };
  } finally {
    await step.dispose();
  }
}

describe.each([
  ['dense step', false],
  ['graph step', true],
])('with the %s', (_, hidden) => {
  it('labels are learned, each by itself', async () => {
    const { logs } = await train(LABELS, losses.binaryCrossentropy(), {
      hidden,
      metrics: [metrics.f1Score(), metrics.auc()],
    });
    expect(logs['val_f1_score']).toBeGreaterThan(0.95);
    expect(logs['val_auc']).toBeGreaterThan(0.99);
  });

  it.each(['meanSquaredError', 'meanAbsoluteError', 'huber'] as const)(
    'numbers are learned by %s',
    async (name) => {
      const { logs } = await train(NUMBERS, losses[name](), { hidden, metrics: [metrics.r2Score()] });
      expect(logs['val_r2_score']).toBeGreaterThan(0.95);
    },
  );

  it('goes on from any state to the same weights, to the bit, also with mixed samples', async () => {
    const options = { hidden, epochs: 4, mix: mixUpBatch(0.3), metrics: [metrics.r2Score()] };
    const kept: FitState[] = [];
    const whole = await train(NUMBERS, losses.meanSquaredError(), {
      ...options,
      checkpoints: { isDue: () => true, save: async (state) => void kept.push(copiedState(state)) },
    });
    for (const at of [0, 7, 12]) {
      const resumed = await train(NUMBERS, losses.meanSquaredError(), { ...options, resume: kept[at]! });
      expect(resumed).toStrictEqual(whole);
    }
  });
});

describe('images without classes', () => {
  const message =
    'training: expected examples of classes, to weigh them or to draw them equally often, received examples with labels or values. Leave out class weights and the balanced order.';

  it('cannot be weighed or balanced by class', async () => {
    const loss = losses.binaryCrossentropy();
    await expect(train(LABELS, loss, { classWeights: [1, 2] })).rejects.toThrow(withMessage(message));
    await expect(train(LABELS, loss, { order: balancedOrder })).rejects.toThrow(withMessage(message));
  });

  it('keep their targets when some of them are taken', () => {
    const { targets, size } = someRows(NUMBERS, Uint32Array.of(5, 2));
    expect(size).toBe(2);
    const { values } = NUMBERS.targets!;
    expect([...targets!.values]).toEqual([...values.subarray(10, 12), ...values.subarray(4, 6)]);
  });
});
