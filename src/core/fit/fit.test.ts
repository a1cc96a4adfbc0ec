import { describe, expect, it } from 'vitest';
import { numbersOf } from '../../../tests/support/batch-numbers.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { type FeatureSet, featuresInMemory } from '../features/feature-set.ts';
import { losses } from '../losses/losses.ts';
import { sparseCategoricalAccuracy } from '../metrics/accuracy.ts';
import {
  type Batch,
  type StateView,
  type StepState,
  type TrainingStep,
  viewOfState,
} from '../steps/training-step.ts';
import { createRandom } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { earlyStopping } from './callbacks/early-stopping.ts';
import { fitWeights } from './fit.ts';
import type { FitOptions } from './fit-options.ts';
import type { History } from './history.ts';
import { measure, predictAll } from './measure.ts';

const LOSS = losses.sparseCategoricalCrossentropy();
const CLASSES = 3;

/** Sample `i` has the features `[i, -i]` and the label `i mod 3`. */
function samples(size: number): FeatureSet {
  const features = Float32Array.from({ length: 2 * size }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2));
  const labels = Uint32Array.from({ length: size }, (_, i) => i % CLASSES);
  return featuresInMemory(features, { labels, width: 2, numClasses: CLASSES });
}

type ReadOptions = NonNullable<Parameters<TrainingStep['readState']>[0]>;

/** Learns nothing: its weight counts the steps, its losses are what the test says. */
class ScriptedStep implements TrainingStep {
  readonly kind = 'dense';
  readonly batches: Batch[] = [];
  /** What was announced with each of them. */
  readonly next: (Batch | undefined)[] = [];
  readonly learningRates: number[] = [];
  readonly written: StepState[] = [];
  readonly predictedSizes: number[] = [];
  /** What was asked for when the state was read. */
  readonly read: ReadOptions[] = [];
  weight = 0;
  slot = 0;
  readonly #trainingLoss: (weight: number) => number;
  readonly #confidence: (weight: number) => number;

  /** @param confidence - The logit of the right class in predictions, the others are 0. */
  constructor(trainingLoss: (weight: number) => number, confidence: (weight: number) => number = () => 0) {
    this.#trainingLoss = trainingLoss;
    this.#confidence = confidence;
  }

  async run(batch: Batch, learningRate: number, next?: Batch) {
    this.batches.push(structuredClone(batch));
    this.next.push(structuredClone(next));
    this.learningRates.push(learningRate);
    this.weight++;
    return { loss: this.#trainingLoss(this.weight), logits: this.#logits(numbersOf(batch), batch.size) };
  }

  async predict(features: readonly Tensor[], size: number): Promise<Float32Array> {
    this.predictedSizes.push(size);
    return this.#logits(numbersOf({ features }), size);
  }

  async evaluate({
    features,
    targets,
    size,
  }: Pick<Batch, 'features' | 'targets' | 'size'>): Promise<Float32Array> {
    return LOSS.evaluate(await this.predict(features, size), targets, size);
  }

  async readState(options: ReadOptions = {}): Promise<StepState> {
    this.read.push(options);
    return {
      iteration: this.weight,
      weights: new Map([['dense/kernel', Float32Array.of(this.weight)]]),
      slots: new Map(options.slots === false ? [] : [['dense/kernel/velocity', Float32Array.of(this.slot)]]),
    };
  }

  async viewState(): Promise<StateView> {
    return viewOfState(await this.readState());
  }

  async writeState(state: StepState): Promise<void> {
    this.written.push(state);
    this.weight = state.weights.get('dense/kernel')![0]!;
  }

  async dispose(): Promise<void> {}

  #logits(features: Float32Array, size: number): Float32Array {
    const logits = new Float32Array(size * CLASSES);
    for (let i = 0; i < size; i++)
      logits[i * CLASSES + (features[2 * i]! % CLASSES)] = this.#confidence(this.weight);
    return logits;
  }
}

/** A logit of the right class at which the crossentropy of three classes is `loss`. */
function confidenceFor(loss: number): number {
  return -Math.log((Math.exp(loss) - 1) / 2);
}

/** A step of two batches an epoch whose validation losses are these. */
function withValidationLosses(...byEpoch: readonly number[]): ScriptedStep {
  return new ScriptedStep(
    (weight) => 10 - weight / 100,
    (weight) => confidenceFor(byEpoch[Math.ceil(weight / 2) - 1] ?? 1),
  );
}

function options(more: Partial<FitOptions> = {}): FitOptions {
  return {
    epochs: 3,
    batchSize: 4,
    learningRate: 0.1,
    metrics: [sparseCategoricalAccuracy()].map((metric) => ({ ...metric, name: 'accuracy' })),
    random: createRandom(1),
    ...more,
  };
}

/** Trains with early stopping that keeps the best weights; `patience` and `minDelta` are its own. */
async function fitBest(
  step: TrainingStep,
  validation: FeatureSet | undefined,
  more: Partial<FitOptions> & { readonly patience?: number; readonly minDelta?: number },
  train: FeatureSet = samples(8),
): Promise<History & { readonly bestEpoch: number }> {
  const { patience = Number.POSITIVE_INFINITY, minDelta = 0, ...rest } = more;
  const monitor = validation === undefined ? 'loss' : 'val_loss';
  const stopping = earlyStopping({ monitor, patience, minDelta, restoreBestWeights: true });
  const history = await fitWeights(
    step,
    LOSS,
    train,
    validation,
    options({ ...rest, callbacks: [stopping] }),
  );
  return { ...history, bestEpoch: stopping.bestEpoch };
}

/** Which samples were in each batch. */
const indicesOf = (step: ScriptedStep) =>
  step.batches.map((batch) => [...numbersOf(batch)].filter((_, i) => i % 2 === 0));

describe('fitWeights: batches', () => {
  it('has every sample once an epoch, the last batch smaller', async () => {
    const step = new ScriptedStep(() => 1);
    await fitWeights(step, LOSS, samples(10), undefined, options({ epochs: 2 }));
    expect(step.batches.map(({ size }) => size)).toEqual([4, 4, 2, 4, 4, 2]);
    const indices = indicesOf(step);
    const numbers = Array.from({ length: 10 }, (_, i) => i);
    const sorted = (part: number[][]) => part.flat().sort((a, b) => a - b);
    expect(sorted(indices.slice(0, 3))).toEqual(numbers);
    expect(sorted(indices.slice(3))).toEqual(numbers);
    expect(indices.slice(3)).not.toEqual(indices.slice(0, 3));
    for (const { features, targets, sampleWeights, size } of step.batches) {
      expect(features.map(({ shape }) => shape)).toEqual([[size, 2]]);
      expect([...targets]).toEqual(
        [...numbersOf({ features })].filter((_, i) => i % 2 === 0).map((i) => i % CLASSES),
      );
      expect([...sampleWeights]).toEqual(Array(size).fill(1));
    }
    expect(step.learningRates).toEqual(Array(6).fill(0.1));
  });

  it('announces the batch that follows, within an epoch', async () => {
    const step = new ScriptedStep(() => 1);
    await fitWeights(step, LOSS, samples(10), undefined, options({ epochs: 2 }));
    const [a, b, c, d, e, f] = step.batches;
    expect(step.next).toEqual([b, c, undefined, e, f, undefined]);
    expect(indicesOf(step).map(({ length }) => length)).toEqual([4, 4, 2, 4, 4, 2]);
    expect(new Set([a, b, d, e].map((batch) => `${numbersOf(batch!)}`)).size).toBe(4);
  });

  it('takes them in an order that the seed decides', async () => {
    const orderOf = async (seed: number) => {
      const step = new ScriptedStep(() => 1);
      await fitWeights(step, LOSS, samples(12), undefined, options({ random: createRandom(seed) }));
      return indicesOf(step);
    };
    expect(await orderOf(5)).toEqual(await orderOf(5));
    expect(await orderOf(6)).not.toEqual(await orderOf(5));
  });

  it('is one batch where there are fewer samples than a batch takes', async () => {
    const step = new ScriptedStep(() => 1);
    await fitWeights(step, LOSS, samples(3), undefined, options({ epochs: 1, batchSize: 32 }));
    expect(step.batches.map(({ size }) => size)).toEqual([3]);
  });

  it('weighs samples by their class; a class that is absent weighs 1', async () => {
    const step = new ScriptedStep(() => 1);
    await fitWeights(step, LOSS, samples(6), undefined, options({ epochs: 1, classWeights: [0.5, 2] }));
    for (const { targets, sampleWeights } of step.batches) {
      expect([...sampleWeights]).toEqual([...targets].map((label) => [0.5, 2, 1][label]));
    }
  });

  it('gives one number for each class to losses that want it', async () => {
    const step = new ScriptedStep(() => 1);
    await fitWeights(step, losses.categoricalCrossentropy(), samples(3), undefined, options({ epochs: 1 }));
    const [{ features, targets }] = step.batches as [Batch];
    for (let i = 0; i < 3; i++) {
      const row = [0, 0, 0];
      row[numbersOf({ features })[2 * i]! % CLASSES] = 1;
      expect([...targets.subarray(3 * i, 3 * i + 3)]).toEqual(row);
    }
  });
});

describe('fitWeights: history', () => {
  it('has mean loss and accuracy over samples, not batches', async () => {
    // Batches of 4 and 1: losses 1 and 6 make (4 + 6) / 5. Logits are right from the second step on.
    const step = new ScriptedStep(
      (weight) => (weight === 1 ? 1 : 6),
      (weight) => (weight === 1 ? -1 : 1),
    );
    const { epochs } = await fitWeights(step, LOSS, samples(5), undefined, options({ epochs: 1 }));
    expect(epochs).toEqual([
      { epoch: 1, logs: { loss: 2, accuracy: 0.2, learning_rate: 0.1 }, seconds: expect.any(Number) },
    ]);
  });

  it('has the validation metrics, and tells each epoch and step', async () => {
    const step = withValidationLosses(0.5, 0.25);
    const told: unknown[] = [];
    const history = await fitWeights(
      step,
      LOSS,
      samples(8),
      samples(5),
      options({
        epochs: 2,
        onStep: ({ epoch, epochs, step: number, steps }) => told.push([epoch, epochs, number, steps]),
        callbacks: [{ onEpochEnd: (record) => void told.push(record) }],
      }),
    );
    expect(history.epochs.map(({ logs }) => logs['val_accuracy'])).toEqual([1, 1]);
    expect(history.epochs.map(({ logs }) => logs['val_loss']!)).toBeAllClose([0.5, 0.25], {
      atol: 1e-6,
      rtol: 0,
    });
    expect(history.epochs.map(({ logs }) => logs['loss']!)).toBeAllClose([9.985, 9.965], {
      atol: 1e-9,
      rtol: 0,
    });
    const [first, second] = history.epochs;
    expect(told).toEqual([[1, 2, 1, 2], [1, 2, 2, 2], first, [2, 2, 1, 2], [2, 2, 2, 2], second]);
  });
});

describe('fitWeights: the best weights', () => {
  const train = (step: ScriptedStep, more: Parameters<typeof fitBest>[2]) => fitBest(step, samples(4), more);

  it('are restored when the epochs are over', async () => {
    const step = withValidationLosses(0.9, 0.5, 0.7, 0.6);
    const history = await train(step, { epochs: 4 });
    expect(history).toMatchObject({ bestEpoch: 2, ended: 'epochs' });
    expect(history.epochs).toHaveLength(4);
    expect(step.weight).toBe(4);
    expectBestOnly(step, 2, 4);
  });

  it('are left alone where the last epoch is the best', async () => {
    const step = withValidationLosses(0.9, 0.5, 0.4);
    expect(await train(step, {})).toMatchObject({ bestEpoch: 3, ended: 'epochs' });
    expect(step.written).toEqual([]);
  });

  it('are restored when nothing got better for as many epochs as patience says', async () => {
    const step = withValidationLosses(0.9, 0.5, 0.7, 0.6, 0.1);
    const history = await train(step, { epochs: 9, patience: 2 });
    expect(history).toMatchObject({ bestEpoch: 2, ended: 'stopped' });
    expect(history.epochs).toHaveLength(4);
    expect(step.weight).toBe(4);
    expectBestOnly(step, 2, 4);
  });

  it('start the patience anew', async () => {
    const history = await train(withValidationLosses(0.9, 0.95, 0.8, 0.85, 0.7, 0.75, 0.76), {
      epochs: 9,
      patience: 2,
    });
    expect(history).toMatchObject({ bestEpoch: 5, ended: 'stopped' });
    expect(history.epochs).toHaveLength(7);
  });

  it('must be better by more than minDelta', async () => {
    const step = withValidationLosses(0.9, 0.85, 0.82, 0.7);
    const history = await train(step, { epochs: 9, patience: 2, minDelta: 0.1 });
    expect(history).toMatchObject({ bestEpoch: 1, ended: 'stopped' });
    expect(history.epochs).toHaveLength(3);
  });

  it('with a patience of 0, the first epoch that is no better ends it', async () => {
    const history = await train(withValidationLosses(0.9, 0.8, 0.8), { epochs: 9, patience: 0 });
    expect(history).toMatchObject({ bestEpoch: 2, ended: 'stopped' });
    expect(history.epochs).toHaveLength(3);
  });

  it('are those of the best training loss where there is no validation data', async () => {
    const step = new ScriptedStep((weight) => [3, 1, 2, 4][weight - 1]!);
    const history = await fitBest(step, undefined, { epochs: 4, patience: 2 }, samples(4));
    expect(history).toMatchObject({ bestEpoch: 2, ended: 'stopped' });
    expect(step.weight).toBe(2);
    expectBestOnly(step, 2, 2);
  });
});

/**
 * The best weights were read without the optimizer's numbers, which may be twice as many, each time into the arrays of
 * those before; and written back once.
 */
function expectBestOnly(step: ScriptedStep, improvements: number, weight: number): void {
  expect(step.read.map(({ slots }) => slots)).toEqual(Array(improvements).fill(false));
  expect(step.read.map(({ into }) => into !== undefined)).toEqual(
    Array.from({ length: improvements }, (_, index) => index > 0),
  );
  expect(step.written).toEqual([
    { iteration: weight, weights: new Map([['dense/kernel', Float32Array.of(weight)]]), slots: new Map() },
  ]);
}

describe('fitWeights: interruption', () => {
  it('within an epoch keeps the best weights so far', async () => {
    const step = withValidationLosses(0.9, 0.5, 0.7, 0.1);
    const stop = new AbortController();
    const history = await fitBest(step, samples(4), {
      epochs: 9,
      signal: stop.signal,
      onStep: ({ epoch, step: number }) => {
        if (epoch === 4 && number === 1) stop.abort();
      },
    });
    expect(history).toMatchObject({ bestEpoch: 2, ended: 'interrupted' });
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    expect(step.batches).toHaveLength(7);
    expect(step.weight).toBe(4);
  });

  it('keeps the weights of the last whole epoch, if that is the best, not those of the half one', async () => {
    const step = withValidationLosses(0.9, 0.5);
    const stop = new AbortController();
    const onStep: FitOptions['onStep'] = ({ epoch }) => epoch === 3 && stop.abort();
    const more = { epochs: 9, signal: stop.signal, onStep };
    const history = await fitBest(step, samples(4), more);
    expect(history).toMatchObject({ bestEpoch: 2, ended: 'interrupted' });
    expect(step.weight).toBe(4);
  });

  it('before the first epoch ended keeps nothing', async () => {
    const step = withValidationLosses(0.9);
    const signal = AbortSignal.abort();
    const history = await fitBest(step, samples(4), { signal });
    expect(history).toEqual({ epochs: [], bestEpoch: 0, ended: 'interrupted' });
    expect(step.batches).toEqual([]);
    expect(step.written).toEqual([]);
  });

  it('is heard while steps never wait for anything', async () => {
    const stop = new AbortController();
    const busy = new ScriptedStep(() => {
      const until = performance.now() + 5;
      while (performance.now() < until);
      return 1;
    });
    setTimeout(() => stop.abort(), 1);
    const more = { epochs: 2, signal: stop.signal };
    const { ended } = await fitWeights(busy, LOSS, samples(400), undefined, options(more));
    expect(ended).toBe('interrupted');
  });
});

describe('fitWeights refuses', () => {
  it('a training loss that is not finite', async () => {
    const step = new ScriptedStep((weight) => (weight === 4 ? Number.NaN : 1));
    const training = fitWeights(step, LOSS, samples(8), undefined, options({ learningRate: 50 }));
    await expect(training).rejects.toMatchObject({ code: 'not-a-number' });
    await expect(training).rejects.toThrow(
      withMessage(
        'training, epoch 2, step 2: expected a finite loss, received NaN. ' +
          'Lower the learning rate (it was 50), and look for broken examples or weights.',
      ),
    );
  });

  it.each([
    ['weight', 'numbers of kernel in layer "dense"'],
    ['slot', 'velocity of kernel in layer "dense"'],
  ] as const)('such a loss, and names the layer whose %s is not finite', async (part, named) => {
    const step: ScriptedStep = new ScriptedStep((weight) => {
      if (weight < 4) return 1;
      step[part] = Number.NaN;
      return Number.NaN;
    });
    const training = fitWeights(step, LOSS, samples(8), undefined, options({ learningRate: 50 }));
    await expect(training).rejects.toThrow(
      withMessage(
        `training, epoch 2, step 2: expected a finite loss, received NaN, with ${named} not finite. ` +
          'Lower the learning rate (it was 50), and look for broken examples or weights.',
      ),
    );
  });

  it('a validation loss that is not finite', async () => {
    const step = new ScriptedStep(
      () => 1,
      () => Number.NEGATIVE_INFINITY,
    );
    await expect(fitWeights(step, LOSS, samples(4), samples(4), options())).rejects.toThrow(
      withMessage(
        'training, epoch 1: expected a finite validation loss, received Infinity. ' +
          'Lower the learning rate (it was 0.1), and look for broken examples or weights.',
      ),
    );
  });
});

describe('predictAll and measure', () => {
  it('go through a large set in parts', async () => {
    const step = new ScriptedStep(
      () => 1,
      () => 2,
    );
    const logits = await predictAll(step, samples(600));
    expect(step.predictedSizes).toEqual([256, 256, 88]);
    expect(logits).toHaveLength(600 * CLASSES);
    for (let i = 0; i < 600; i++) expect(logits[i * CLASSES + (i % CLASSES)]).toBe(2);
    expect(await predictAll(step, samples(0))).toHaveLength(0);
  });

  it('give the mean loss and accuracy', async () => {
    const step = new ScriptedStep(
      () => 1,
      () => confidenceFor(0.25),
    );
    const set = samples(601);
    const metrics = options().metrics!;
    const { loss, accuracy } = await measure(step, LOSS, set, metrics);
    expect(loss).toBeAllClose(0.25, { atol: 1e-6, rtol: 0 });
    expect(accuracy).toBe(1);
    const mislabeled = {
      ...set,
      labels: set.labels.map((label, i) => (i < 300 ? (label + 1) % CLASSES : label)),
    };
    expect((await measure(step, LOSS, mislabeled, metrics))['accuracy']).toBe(301 / 601);
  });
});
