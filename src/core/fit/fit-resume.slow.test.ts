import { describe, expect, it } from 'vitest';
import { copiedState } from '../../../tests/support/fit-state.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { featuresInMemory } from '../features/feature-set.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import { losses } from '../losses/losses.ts';
import { sparseCategoricalAccuracy } from '../metrics/accuracy.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { chooseStep } from '../steps/choose-step.ts';
import { splitAtFreezeBoundary } from '../steps/freeze-boundary.ts';
import type { StepState } from '../steps/training-step.ts';
import { createRandom } from '../tensor/random.ts';
import type { Callback } from './callbacks/callback.ts';
import { earlyStopping } from './callbacks/early-stopping.ts';
import { reduceLROnPlateau } from './callbacks/reduce-lr-on-plateau.ts';
import { fitWeights } from './fit.ts';
import type { FitOptions } from './fit-options.ts';
import type { FitState } from './fit-state.ts';
import type { History } from './history.ts';

const WIDTH = 6;
const CLASSES = 3;
const EPOCHS = 6;
const random = createRandom(3);
const labels = Uint32Array.from({ length: 22 }, (_, i) => i % CLASSES);
const features = Float32Array.from(
  { length: 22 * WIDTH },
  (_, i) => random.normal() + (i % WIDTH === labels[Math.floor(i / WIDTH)] ? 1 : 0),
);
const set = featuresInMemory(features, { labels, width: WIDTH, classes: CLASSES });
const validation = featuresInMemory(features.subarray(0, 9 * WIDTH), {
  labels: labels.subarray(0, 9),
  width: WIDTH,
  classes: CLASSES,
});

interface Outcome {
  readonly history: History;
  readonly state: StepState;
  readonly kept: readonly FitState[];
}

/** A small head with Dropout, trained with callbacks that have something to remember. */
async function train(
  options: Partial<FitOptions> & { readonly ema?: boolean; readonly wide?: boolean } = {},
): Promise<Outcome> {
  const { ema = false, wide = false, ...fitting } = options;
  const image = input({ shape: [WIDTH] });
  const hidden = layers.dense({ units: 5, activation: wide ? 'gelu' : 'relu', name: 'hidden' }).apply(image);
  const dropped = layers.dropout({ rate: 0.4, name: 'drop' }).apply(hidden);
  const model = new Functional({
    inputs: image,
    outputs: layers.dense({ units: CLASSES, name: 'out' }).apply(dropped),
  });
  model.initialize({ seed: 5 });
  const loss = losses.sparseCategoricalCrossentropy();
  const optimizer = optimizers.adam({ learningRate: 0.02, useEma: ema });
  const seeded = createRandom(8);
  const step = await chooseStep(splitAtFreezeBoundary(model), {
    loss,
    optimizer,
    random: seeded.fork('dropout'),
    threads: 1,
  });
  const kept: FitState[] = [];
  try {
    const history = await fitWeights(step, loss, set, validation, {
      epochs: EPOCHS,
      batchSize: 4,
      learningRate: 0.02,
      metrics: [sparseCategoricalAccuracy()],
      callbacks: [
        earlyStopping({ patience: 9, restoreBestWeights: true }),
        reduceLROnPlateau({ patience: 1, factor: 0.5, minDelta: 0.3 }),
      ],
      averages: ema,
      random: seeded.fork('order'),
      checkpoints: { isDue: () => true, save: async (state) => void kept.push(copiedState(state)) },
      ...fitting,
    });
    return { history, state: await step.readState(), kept };
  } finally {
    await step.dispose();
  }
}

const metrics = ({ history }: Outcome) => history.epochs.map(({ epoch, logs }) => ({ epoch, logs }));

describe.each([
  ['dense step', {}],
  ['graph step', { wide: true }],
  ['graph step with averages', { ema: true }],
])('a training with the %s that goes on from a state', (_, kind) => {
  it('ends with the same weights and history, to the bit, wherever it was', async () => {
    const whole = await train(kind);
    const plain = await train({ ...kind, checkpoints: { isDue: () => false, save: async () => {} } });
    expect(plain.state).toStrictEqual(whole.state);
    // 6 steps an epoch: a state after each but the last of all.
    expect(whole.kept).toHaveLength(6 * EPOCHS - 1);
    expect(new Set(whole.kept.map(({ learningRate }) => learningRate)).size).toBeGreaterThan(1);
    for (const at of [0, 3, 5, 6, 17, 20, 34]) {
      const resumed = await train({ ...kind, resume: whole.kept[at]! });
      expect(resumed.state).toStrictEqual(whole.state);
      expect(metrics(resumed)).toStrictEqual(metrics(whole));
    }
  });

  it('keeps its state when it is interrupted', async () => {
    const whole = await train(kind);
    const stop = new AbortController();
    const stopped = await train({
      ...kind,
      signal: stop.signal,
      checkpoints: { isDue: () => false, save: async (state) => void states.push(copiedState(state)) },
      onStep: ({ epoch, step }) => {
        if (epoch === 3 && step === 2) stop.abort();
      },
    });
    expect(stopped.history.ended).toBe('interrupted');
    expect(states).toHaveLength(1);
    const resumed = await train({ ...kind, resume: states.pop()! });
    expect(resumed.state).toStrictEqual(whole.state);
    expect(metrics(resumed)).toStrictEqual(metrics(whole));
  });
});

const states: FitState[] = [];

describe('the rate of an epoch', () => {
  const halving: Callback = {
    onEpochBegin(_, control) {
      control.learningRate /= 2;
    },
  };

  it('is changed once by a callback, though the epoch is begun twice', async () => {
    const callbacks = [halving];
    const whole = await train({ callbacks });
    const stop = new AbortController();
    const stopped = await train({
      callbacks: [halving, { onEpochBegin: (epoch) => (epoch === 3 ? stop.abort() : undefined) }],
      signal: stop.signal,
      checkpoints: { isDue: () => false, save: async (state) => void states.push(copiedState(state)) },
    });
    expect(stopped.history.ended).toBe('interrupted');
    const resumed = await train({ callbacks, resume: states.pop()! });
    expect(metrics(resumed)).toStrictEqual(metrics(whole));
    expect(resumed.state).toStrictEqual(whole.state);
  });

  it('is told as it was at its last step, with a schedule', async () => {
    const callbacks: Callback[] = [];
    const schedule = (step: number): number => 0.1 / (1 + step);
    const whole = await train({ callbacks, schedule });
    const told = whole.history.epochs.map(({ logs }) => logs['learning_rate']);
    expect(told).toEqual([0, 1, 2, 3, 4, 5].map((epoch) => schedule(6 * epoch + 5)));
    const resumed = await train({ callbacks, schedule, resume: whole.kept[9]! });
    expect(metrics(resumed)).toStrictEqual(metrics(whole));
  });
});

it.each([
  [6, 'step 6 with 1'],
  [60, 'step 60 with 1'],
])('a step after the last of its epoch is refused: %d', async (step, received) => {
  const { kept } = await train();
  const within = kept.find(({ soFar }) => soFar !== undefined)!;
  const resume = { ...within, soFar: { ...within.soFar!, step } };
  await expect(train({ resume })).rejects.toThrow(
    withMessage(
      `checkpoint: expected a step before the last of 6, with 1 metrics, received ${received}. Start a new run.`,
    ),
  );
});
