/** @file What every training step must do, whichever way it does it; and that both ways give the same numbers. */

import { describe, expect, it } from 'vitest';
import { Functional } from '../../src/core/layers/functional.ts';
import { input } from '../../src/core/layers/input-layer.ts';
import { layers } from '../../src/core/layers/layers.ts';
import { losses } from '../../src/core/losses/losses.ts';
import type { Optimizer } from '../../src/core/optimizers/optimizer.ts';
import { optimizers } from '../../src/core/optimizers/optimizers.ts';
import { splitAtFreezeBoundary } from '../../src/core/steps/freeze-boundary.ts';
import type { RateMultipliers } from '../../src/core/steps/rate-multipliers.ts';
import {
  type Batch,
  oneTensor,
  type StepState,
  type TrainingStep,
} from '../../src/core/steps/training-step.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { tensor } from '../../src/core/tensor/tensor.ts';
import { numbersOf } from '../support/batch-numbers.ts';
import { copiedNumbers, copiedView } from '../support/fit-state.ts';
import { withMessage } from '../support/saying.ts';
import {
  FEATURES,
  GRAPH_OPTIONS,
  HEADS,
  type HeadCase,
  KINDS,
  makeBatches,
  makeStep,
  OPTIMIZERS,
  OPTIONS,
  partOf,
} from './training-step-cases.ts';

const LEARNING_RATE = 0.02;

/** What a step says that is used after its end. */
const DISPOSED = {
  graph:
    'model "training_step": expected a live session, received one that was disposed. Make a new session.',
  dense: 'dense step: expected a step in use, received one that was disposed of. Create another step.',
};

async function train(step: TrainingStep, batches: readonly Batch[]): Promise<number[]> {
  const seen: number[] = [];
  for (const batch of batches) seen.push((await step.run(batch, LEARNING_RATE)).loss);
  return seen;
}

describe('both steps agree', () => {
  for (const [headName, head] of Object.entries(HEADS)) {
    it.each(Object.entries(OPTIMIZERS))(`on ${headName}, %s`, async (_, optimizer) => {
      const batches = makeBatches(head);
      const [graph, dense] = await Promise.all(
        KINDS.map((kind) => makeStep(kind, partOf(head), { loss: head.loss, optimizer })),
      );
      for (const batch of batches) {
        const expected = await graph!.run(batch, LEARNING_RATE);
        const result = await dense!.run(batch, LEARNING_RATE);
        expect(result.loss).toBeAllClose(expected.loss, { atol: 1e-6, rtol: 1e-6 });
        expect(result.logits).toBeAllClose(expected.logits, { atol: 1e-5, rtol: 1e-5 });
      }
      expectClose(await dense!.readState(), await graph!.readState());
      const { features, size } = batches[3]!;
      expect(await dense!.predict(features, size)).toBeAllClose(await graph!.predict(features, size), {
        atol: 1e-5,
        rtol: 1e-5,
      });
    });
  }
});

describe('both steps agree on what all optimizers can do', () => {
  const head = HEADS['several hidden layers, Dropout on the features, smooth labels']!;
  it.each(Object.entries(OPTIONS))('%s', async (_, optimizer) => {
    const rateMultipliers = new Map([
      ['dense', 0.25],
      ['dense_2', 0],
    ]);
    const [graph, dense] = await Promise.all(
      KINDS.map((kind) => makeStep(kind, partOf(head), { loss: head.loss, optimizer, rateMultipliers })),
    );
    for (const batch of makeBatches(head)) {
      const expected = await graph!.run(batch, LEARNING_RATE);
      expect((await dense!.run(batch, LEARNING_RATE)).loss).toBeAllClose(expected.loss, {
        atol: 1e-6,
        rtol: 1e-6,
      });
    }
    expectClose(await dense!.readState(), await graph!.readState());
  });
});

function expectClose(actual: StepState, expected: StepState): void {
  expect(actual.iteration).toBe(expected.iteration);
  for (const part of ['weights', 'slots'] as const) {
    expect([...actual[part].keys()].sort()).toEqual([...expected[part].keys()].sort());
    for (const [key, values] of expected[part]) {
      expect(actual[part].get(key)).toBeAllClose(values, { atol: 1e-5, rtol: 1e-5 });
    }
  }
}

const WITHOUT_DROPOUT = HEADS['layers without bias']!;
const WITH_DROPOUT = HEADS['several hidden layers, Dropout on the features, smooth labels']!;

describe.each(KINDS)('the %s step', (kind) => {
  const make = (head: HeadCase, optimizer = optimizers.adamW()) =>
    makeStep(kind, partOf(head), { loss: head.loss, optimizer });

  it('says what it is', async () => {
    expect((await make(WITHOUT_DROPOUT)).kind).toBe(kind);
  });

  it('learns: the loss of a batch falls', async () => {
    const head = HEADS['Dense, relu, Dropout, Dense']!;
    const [batch] = makeBatches(head);
    const seen = await train(await make(head), Array<Batch>(60).fill(batch!));
    expect(seen.at(-1)!).toBeLessThan(seen[0]! / 2);
  });

  it('gives the weighted loss before the update: sum(weight * loss) / size', async () => {
    for (const head of Object.values(HEADS)) {
      const step = await make(head);
      for (const batch of makeBatches(head).slice(0, 3)) {
        const { loss, logits } = await step.run(batch, LEARNING_RATE);
        const each = head.loss.evaluate(logits, batch.targets, batch.size);
        const sum = each.reduce((total, value, i) => total + value * batch.sampleWeights[i]!, 0);
        expect(loss).toBeAllClose(sum / batch.size, { atol: 1e-6, rtol: 1e-6 });
      }
    }
  });

  it('leaves out samples that weigh nothing, but counts them in the size', async () => {
    const batch = makeBatches(WITHOUT_DROPOUT)[3]!;
    const withNoise = {
      ...batch,
      features: changed(batch, (numbers) => numbers.fill(9, FEATURES, 2 * FEATURES)),
      sampleWeights: batch.sampleWeights.slice().fill(0, 1, 2),
    };
    const zeros = changed(batch, (numbers) => numbers.fill(0, FEATURES, 2 * FEATURES));
    const withZeros = { ...withNoise, features: zeros };
    const states = [];
    for (const each of [withNoise, withZeros]) {
      const step = await make(WITHOUT_DROPOUT);
      const { loss } = await step.run(each, LEARNING_RATE);
      states.push({ loss, weights: (await step.readState()).weights });
    }
    expect(states[1]).toEqual(states[0]);
  });

  it('predicts what the step saw, where nothing is dropped', async () => {
    const step = await make(WITHOUT_DROPOUT);
    for (const batch of makeBatches(WITHOUT_DROPOUT)) {
      const predicted = await step.predict(batch.features, batch.size);
      const { logits } = await step.run(batch, LEARNING_RATE);
      expect(predicted).toBeAllClose(logits, { atol: 1e-6, rtol: 1e-6 });
    }
  });

  it('drops nothing in predictions, and what the masks say in a step', async () => {
    const drawn: unknown[] = [];
    let value = 1;
    const masks = {
      draw(layer: string, rate: number, count: number) {
        drawn.push([layer, rate, count]);
        return new Float32Array(count).fill(value);
      },
      goTo() {},
    };
    const { loss } = WITH_DROPOUT;
    const optimizer = optimizers.sgd();
    const step = await makeStep(kind, partOf(WITH_DROPOUT), { loss, optimizer, masks });
    const batch = makeBatches(WITH_DROPOUT)[0]!;
    const predicted = await step.predict(batch.features, batch.size);
    expect(drawn).toEqual([]);
    const kept = await step.run(batch, 0);
    expect(drawn.sort()).toEqual([
      ['dropout', 0.2, batch.size * FEATURES],
      ['dropout_1', 0.3, batch.size * 9],
    ]);
    expect(kept.logits).toBeAllClose(predicted, { atol: 1e-6, rtol: 1e-6 });
    value = 0;
    const { logits } = await step.run(batch, 0);
    for (let sample = 1; sample < batch.size; sample++) {
      // With everything dropped all samples look the same.
      expect(logits.subarray(3 * sample, 3 * sample + 3)).toEqual(logits.subarray(0, 3));
    }
    expect(logits).not.toBeAllClose(predicted, { atol: 1e-3, rtol: 0 });
  });

  it('asks for no mask of a Dropout that drops nothing', async () => {
    const head: HeadCase = {
      ...WITHOUT_DROPOUT,
      head: (x) => layers.dense({ units: 1 }).apply(layers.dropout({ rate: 0 }).apply(x)),
    };
    const masks = {
      draw(): never {
        throw new Error('no mask was expected');
      },
      goTo() {},
    };
    const step = await makeStep(kind, partOf(head), { loss: head.loss, optimizer: optimizers.sgd(), masks });
    const [batch] = makeBatches(head);
    expect((await step.run(batch!, 0)).logits).toHaveLength(batch!.size);
  });

  it('gives the same bits if it is told the next batch', async () => {
    for (const head of [WITHOUT_DROPOUT, WITH_DROPOUT]) {
      const batches = makeBatches(head);
      const states = [];
      for (const told of [false, true]) {
        const step = await make(head);
        const results = [];
        for (const [index, batch] of batches.entries()) {
          results.push(await step.run(batch, LEARNING_RATE, told ? batches[index + 1] : undefined));
        }
        states.push({ results, state: await step.readState() });
      }
      expect(states[1]).toEqual(states[0]);
    }
  });

  describe('with slots that decay', () => {
    /** Runs 32 steps without a gradient on slots that are filled with a number. @returns All slots after each of them. */
    async function decay(
      optimizer: Optimizer,
      number: number,
      iteration = 0,
    ): Promise<ReadonlyMap<string, Float32Array>[]> {
      const step = await make(WITHOUT_DROPOUT, optimizer);
      const [batch] = makeBatches(WITHOUT_DROPOUT);
      const state = await step.readState();
      for (const slot of state.slots.values()) slot.fill(number);
      await step.writeState({ ...state, iteration });
      const seen: ReadonlyMap<string, Float32Array>[] = [];
      for (let i = 0; i < 32; i++) {
        await step.run({ ...batch!, sampleWeights: new Float32Array(batch!.size) }, LEARNING_RATE);
        seen.push((await step.readState()).slots);
      }
      return seen;
    }
    const numbersOf = (slots: ReadonlyMap<string, Float32Array>) =>
      [...slots.values()].flatMap((slot) => [...slot]);
    const smallestNormal = 2 ** -126;
    const decaying = {
      ...OPTIMIZERS,
      'RMSprop with momentum': optimizers.rmsprop({ momentum: 0.9 }),
      'RMSprop, centered, with momentum': optimizers.rmsprop({ centered: true, momentum: 0.9 }),
    };

    it.each(Object.entries(decaying))(
      'makes them 0 while they are normal numbers: %s',
      async (_, optimizer) => {
        const seen = await decay(optimizer, 1.02e-30);
        for (const slots of seen.slice(0, -1)) {
          expect(numbersOf(slots).every((number) => Math.abs(number) >= smallestNormal)).toBe(true);
        }
        expect(numbersOf(seen.at(-1)!).every((number) => number === 0)).toBe(true);
      },
    );

    it('goes by the size of numbers below 0', async () => {
      const optimizer = optimizers.sgd({ momentum: 0.9 });
      const [small, large] = [
        (await decay(optimizer, -1.02e-30)).at(-1)!,
        (await decay(optimizer, -0.5)).at(-1)!,
      ];
      expect(numbersOf(small).every((number) => number === 0)).toBe(true);
      expect(numbersOf(large).every((number) => number < -0.01)).toBe(true);
    });

    it('leaves them where a tiny epsilon stands beside them', async () => {
      const slots = (await decay(optimizers.rmsprop({ epsilon: 1e-12 }), 1e-30)).at(-1)!;
      expect(numbersOf(slots).every((number) => number > smallestNormal)).toBe(true);
    });

    it('leaves averages of the weights as they are', async () => {
      const optimizer = optimizers.sgd({ momentum: 0.9, useEma: true, emaMomentum: 1 });
      // At the first update averages begin as the weights.
      const slots = (await decay(optimizer, 1e-31, 1)).at(-1)!;
      const all = [...slots].map(([key, numbers]) => [key.split('/').at(-1), numbers.every((n) => n === 0)]);
      expect(all.filter(([, isZero]) => isZero).length).toBe(all.length / 2);
      expect(all.every(([slot, isZero]) => (slot === 'momentum') === isZero)).toBe(true);
    });

    it('does not hide what is not a number', async () => {
      const slots = (await decay(optimizers.sgd({ momentum: 0.9 }), Number.NaN)).at(-1)!;
      expect(numbersOf(slots).every(Number.isNaN)).toBe(true);
    });
  });

  it('takes arrays that are parts of larger ones', async () => {
    const batch = makeBatches(WITHOUT_DROPOUT)[0]!;
    const inside = (values: Float32Array): Float32Array => {
      const larger = new Float32Array(values.length + 8).fill(Number.NaN);
      larger.set(values, 5);
      return larger.subarray(5, 5 + values.length);
    };
    const [plain, parts] = [await make(WITHOUT_DROPOUT), await make(WITHOUT_DROPOUT)];
    const expected = await plain.run(batch, LEARNING_RATE);
    const result = await parts.run(
      {
        features: oneTensor(inside(numbersOf(batch)), batch.size),
        targets: inside(batch.targets),
        sampleWeights: inside(batch.sampleWeights),
        size: batch.size,
      },
      LEARNING_RATE,
    );
    expect(result).toEqual(expected);
    expect(await parts.predict(oneTensor(inside(numbersOf(batch)), batch.size), batch.size)).toEqual(
      await plain.predict(batch.features, batch.size),
    );
  });

  it("changes nobody else's numbers: the batch, the layers, what it gave before", async () => {
    const part = partOf(WITHOUT_DROPOUT);
    const weightsOf = () => part.layers.flatMap((layer) => layer.weights.map(({ value }) => value.slice()));
    const before = weightsOf();
    const step = await makeStep(kind, part, { loss: WITHOUT_DROPOUT.loss, optimizer: optimizers.adam() });
    const [first, second] = makeBatches(WITHOUT_DROPOUT) as [Batch, Batch];
    const untouched = structuredClone(first);
    const result = await step.run(first, LEARNING_RATE);
    const state = await step.readState();
    const kept = structuredClone({ result, state });
    await step.run(second, LEARNING_RATE);
    expect(first).toEqual(untouched);
    expect(weightsOf()).toEqual(before);
    expect({ result, state }).toEqual(kept);
  });

  it('names its state as the layers do, in the order of Keras', async () => {
    const step = await make(HEADS['Dense, relu, Dropout, Dense']!, optimizers.rmsprop({ momentum: 0.5 }));
    const { iteration, weights, slots } = await step.readState();
    expect(iteration).toBe(0);
    expect([...weights].map(([key, { length }]) => [key, length])).toEqual([
      ['dense/kernel', FEATURES * 16],
      ['dense/bias', 16],
      ['dense_1/kernel', 16],
      ['dense_1/bias', 1],
    ]);
    expect([...slots.keys()].sort()).toEqual(
      [...weights.keys()].flatMap((key) => [`${key}/momentum`, `${key}/velocity`]).sort(),
    );
    for (const values of slots.values()) expect(values.every((value) => value === 0)).toBe(true);
    expect([...(await step.readState({ slots: false })).slots]).toEqual([]);
  });

  it('reads its state into an earlier copy, and gives another copy by that', async () => {
    const step = await make(WITH_DROPOUT);
    const [first, second] = makeBatches(WITH_DROPOUT) as [Batch, Batch];
    const numbersOf = ({ weights, slots }: StepState) => [...weights.values(), ...slots.values()];
    for (const options of [{}, { slots: false }]) {
      const earlier = await step.readState(options);
      for (const values of numbersOf(earlier)) values.fill(7);
      await step.run(first, LEARNING_RATE);
      const expected = structuredClone(await step.readState(options));
      const read = await step.readState({ ...options, into: earlier });
      expect(read).toEqual(expected);
      await step.run(second, LEARNING_RATE);
      expect(read).toEqual(expected);
      for (const values of numbersOf(read)) values.fill(7);
      expect(await step.readState(options)).not.toEqual(read);
      // What was made of an earlier copy can be used in the same way.
      const again = structuredClone(await step.readState(options));
      expect(await step.readState({ ...options, into: read })).toEqual(again);
    }
  });

  it('shows its state piece by piece', async () => {
    const step = await make(WITH_DROPOUT);
    for (const batch of makeBatches(WITH_DROPOUT).slice(0, 3)) await step.run(batch, LEARNING_RATE);
    const view = await step.viewState();
    const held = await step.readState();
    expect(copiedView(view)).toEqual(held);
    // In another order, and once more.
    const [key] = view.weights.keys();
    const other = [...view.slots.keys()].at(-1)!;
    expect(copiedNumbers(view.slots.get(other)!)).toEqual(held.slots.get(other));
    expect(copiedNumbers(view.weights.get(key!)!)).toEqual(held.weights.get(key!));
  });

  const resumed = { ...OPTIMIZERS, ...OPTIONS, ...(kind === 'graph' ? GRAPH_OPTIONS : {}) };
  it.each(Object.entries(resumed))(
    'goes on from a state as if it had never stopped: %s',
    async (_, optimizer) => {
      const head = HEADS['activations as layers, several sigmoids']!;
      const batches = makeBatches(head);
      const whole = await make(head, optimizer);
      const expected = await train(whole, batches);
      const first = await make(head, optimizer);
      await train(first, batches.slice(0, 9));
      const second = await makeStep(kind, partOf(head, 99), { loss: head.loss, optimizer });
      await second.writeState(await first.readState());
      expect(await train(second, batches.slice(9))).toEqual(expected.slice(9));
      expect(await second.readState()).toEqual(await whole.readState());
    },
  );

  it('moves layers at rates of their own: a map, or a function; with 0, not at all', async () => {
    const [batch] = makeBatches(WITHOUT_DROPOUT);
    const { loss } = WITHOUT_DROPOUT;
    const optimizer = optimizers.sgd();
    const moves = async (rateMultipliers: RateMultipliers) => {
      const step = await makeStep(kind, partOf(WITHOUT_DROPOUT), { loss, optimizer, rateMultipliers });
      const before = (await step.readState()).weights;
      await step.run(batch!, 1);
      const after = (await step.readState()).weights;
      return [...after].map(([key, values]) => values.map((value, i) => value - before.get(key)![i]!));
    };
    const [first, second] = await moves(new Map());
    const [slow, same] = await moves(new Map([['dense', 0.25]]));
    expect(slow).toBeAllClose(
      first!.map((value) => value / 4),
      { atol: 1e-7, rtol: 1e-5 },
    );
    expect(same).toEqual(second);
    const [still, double] = await moves((layer) => (layer === 'dense' ? 0 : 2));
    expect(still!.every((value) => value === 0)).toBe(true);
    expect(double).toBeAllClose(
      second!.map((value) => value * 2),
      { atol: 1e-7, rtol: 1e-5 },
    );
  });

  it('refuses rates of layers that are not trained, and rates below 0', async () => {
    const make = (rateMultipliers: RateMultipliers) =>
      makeStep(kind, partOf(WITHOUT_DROPOUT), {
        loss: WITHOUT_DROPOUT.loss,
        optimizer: optimizers.sgd(),
        rateMultipliers,
      });
    await expect(make(new Map([['dens_1', 0.5]]))).rejects.toThrow(
      withMessage(
        'learning rates by layer: expected names of layers that are trained, received "dens_1". The nearest is "dense_1".',
      ),
    );
    await expect(make(() => -1)).rejects.toThrow(
      withMessage(
        'learning rate of layer "dense": expected a factor of at least 0, received -1. ' +
          'Give 1 for the rate as it is, and less for a lower one.',
      ),
    );
  });

  it('shows what is not a number, clipped or not', async () => {
    const [batch] = makeBatches(WITHOUT_DROPOUT);
    const broken = { ...batch!, features: changed(batch!, (numbers) => numbers.fill(Number.NaN, 0, 1)) };
    for (const options of [
      {},
      { clipValue: 0.1 },
      ...(kind === 'graph' ? [{ clipNorm: 1 }, { globalClipNorm: 1 }] : []),
    ]) {
      const step = await make(WITHOUT_DROPOUT, optimizers.sgd(options));
      await step.run(broken, 1);
      const { weights } = await step.readState();
      expect(weights.get('dense_1/kernel')!.some(Number.isNaN)).toBe(true);
    }
  });

  it('takes weights back without slots: the slots stay as they are', async () => {
    const batches = makeBatches(WITHOUT_DROPOUT);
    const step = await make(WITHOUT_DROPOUT, optimizers.adam());
    await train(step, batches.slice(0, 4));
    const early = await step.readState({ slots: false });
    await train(step, batches.slice(4));
    const { slots } = await step.readState();
    await step.writeState(early);
    expect(await step.readState()).toEqual({ ...early, slots });
  });

  it('keeps a state of its own, whatever becomes of what it took and gave', async () => {
    const step = await make(WITHOUT_DROPOUT);
    const spoil = ({ weights, slots }: StepState) => {
      for (const values of [...weights.values(), ...slots.values()]) values.fill(7);
    };
    const expected = structuredClone(await step.readState());
    spoil(await step.readState());
    expect(await step.readState()).toEqual(expected);
    const taken = structuredClone(expected);
    await step.writeState(taken);
    spoil(taken);
    expect(await step.readState()).toEqual(expected);
  });

  it('refuses features and states of another size', async () => {
    const step = await make(WITHOUT_DROPOUT);
    const [batch] = makeBatches(WITHOUT_DROPOUT);
    const message = withMessage(
      `${kind} step: expected features [2, ${FEATURES}], received 5 numbers. Give the features of the model whose head this is.`,
    );
    const features = [tensor('float32', [5], new Float32Array(5))];
    await expect(step.predict(features, 2)).rejects.toThrow(message);
    await expect(step.run({ ...batch!, features, size: 2 }, 1)).rejects.toThrow(message);
    const weights = new Map([['dense/kernel', new Float32Array(3)]]);
    await expect(step.writeState({ iteration: 1, weights, slots: new Map() })).rejects.toThrow(
      withMessage(
        `state "dense/kernel": expected ${FEATURES * 10} numbers, received 3. Give the state of a step with the same layers.`,
      ),
    );
  });

  it('is disposed of as often as one likes, and then refuses to run', async () => {
    const step = await make(WITHOUT_DROPOUT);
    await step.dispose();
    await step.dispose();
    await expect(step.run(makeBatches(WITHOUT_DROPOUT)[0]!, 1)).rejects.toThrow(withMessage(DISPOSED[kind]));
  });
});

it('the dense step refuses what only the graph step can do', async () => {
  const { loss } = WITHOUT_DROPOUT;
  for (const [options, name] of [
    [{ clipNorm: 1 }, 'clipNorm'],
    [{ globalClipNorm: 1 }, 'globalClipNorm'],
    [{ gradientAccumulationSteps: 2 }, 'gradientAccumulationSteps'],
  ] as const) {
    const optimizer = optimizers.sgd(options);
    await expect(makeStep('dense', partOf(WITHOUT_DROPOUT), { loss, optimizer })).rejects.toThrow(
      withMessage(
        `dense step: expected an optimizer that updates every weight by itself, at every step, received SGD with ${name}. ` +
          'Take the graph step.',
      ),
    );
  }
});

/** The features of a batch, with other numbers. */
function changed(batch: Batch, change: (numbers: Float32Array) => Float32Array): Batch['features'] {
  return oneTensor(change(numbersOf(batch).slice()), batch.size);
}

describe('the graph step alone', () => {
  it('lets no weight be a number when the global norm is infinite, as Keras does, instead of standing still', async () => {
    const head = HEADS['one sigmoid on pooled features']!;
    const optimizer = optimizers.sgd({ globalClipNorm: 1 });
    const step = await makeStep('graph', partOf(head), { loss: head.loss, optimizer });
    const batch = makeBatches(head)[0]!;
    const features = changed(batch, (numbers) => numbers.map((value) => value * 1e30));
    await step.run({ ...batch, features }, 1);
    const { weights } = await step.readState();
    for (const values of weights.values()) expect(values.every(Number.isNaN)).toBe(true);
  });

  it('moves weights once in so many batches, as by the mean gradient', async () => {
    const head = HEADS['one sigmoid on pooled features']!;
    const batches = makeBatches(head).slice(0, 3);
    const { loss } = head;
    const step = await makeStep('graph', partOf(head), {
      loss,
      optimizer: optimizers.sgd({ gradientAccumulationSteps: 3 }),
    });
    const { weights: first } = await step.readState();
    const total = new Map([...first].map(([key, values]) => [key, values.slice()]));
    for (const batch of batches) {
      expect((await step.readState()).weights).toEqual(first);
      await step.run(batch, 0.3);
      const alone = await makeStep('graph', partOf(head), { loss, optimizer: optimizers.sgd() });
      await alone.run(batch, 0.3);
      for (const [key, values] of (await alone.readState()).weights) {
        values.forEach((value, i) => {
          total.get(key)![i]! += (value - first.get(key)![i]!) / 3;
        });
      }
    }
    const { weights, slots, iteration } = await step.readState();
    expect(iteration).toBe(3);
    for (const [key, values] of total)
      expect(weights.get(key)).toBeAllClose(values, { atol: 1e-6, rtol: 1e-5 });
    for (const values of slots.values()) expect(values.every((value) => value === 0)).toBe(true);
  });

  it('trains convolutions, and drops whole channels of images', async () => {
    const image = input({ shape: [6, 6, 2] });
    let x = layers.dropout({ rate: 0.5, noiseShape: [null, 1, 1, 2], name: 'drop' }).apply(image);
    x = layers.conv2d({ filters: 5, kernelSize: 3, activation: 'relu', name: 'conv' }).apply(x);
    x = layers.depthwiseConv2d({ kernelSize: 2, strides: 2, activation: 'tanh', name: 'depthwise' }).apply(x);
    x = layers.dense({ units: 3, name: 'last' }).apply(layers.flatten().apply(x));
    const model = new Functional({ inputs: image, outputs: x });
    model.initialize({ seed: 1 });
    const drawn: unknown[] = [];
    const masks = {
      draw(layer: string, rate: number, count: number) {
        drawn.push([layer, rate, count]);
        return new Float32Array(count).fill(1);
      },
      goTo() {},
    };
    const loss = losses.sparseCategoricalCrossentropy();
    const optimizer = optimizers.adam();
    const step = await makeStep('graph', splitAtFreezeBoundary(model), { loss, optimizer, masks });
    const random = createRandom(1);
    const batch: Batch = {
      features: oneTensor(
        Float32Array.from({ length: 4 * 72 }, () => random.normal()),
        4,
      ),
      targets: Float32Array.of(0, 1, 2, 0),
      sampleWeights: new Float32Array(4).fill(1),
      size: 4,
    };
    const predicted = await step.predict(batch.features, 4);
    const { logits } = await step.run(batch, LEARNING_RATE);
    expect(drawn).toEqual([['drop', 0.5, 4 * 2]]);
    expect(predicted).toBeAllClose(logits, { atol: 1e-6, rtol: 1e-6 });
    const seen = await train(step, Array<Batch>(40).fill(batch));
    expect(seen.at(-1)!).toBeLessThan(seen[0]! / 4);
    const { weights } = await step.readState();
    expect([...weights].map(([key, { length }]) => [key, length])).toEqual(
      model.weights.map(({ name, weight }) => [name, weight.value.length]),
    );
  });
});
