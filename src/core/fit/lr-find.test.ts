import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { type Batch, oneTensor, type StepState, type TrainingStep } from '../steps/training-step.ts';
import { findLearningRate } from './lr-find.ts';

const BATCH: Batch = {
  features: oneTensor(Float32Array.of(1), 1),
  targets: Float32Array.of(1),
  sampleWeights: Float32Array.of(1),
  size: 1,
};

/** A step whose loss is made up: from the index and the rate. */
function stepOf(loss: (index: number, rate: number) => number) {
  const seen = { rates: [] as number[], written: [] as StepState[] };
  const state: StepState = { iteration: 5, weights: new Map(), slots: new Map() };
  const step: TrainingStep = {
    kind: 'dense',
    async run(_, learningRate) {
      seen.rates.push(learningRate);
      return { loss: loss(seen.rates.length - 1, learningRate), logits: new Float32Array(1) };
    },
    predict: async () => new Float32Array(1),
    evaluate: async () => new Float32Array(1),
    readState: async () => state,
    viewState: async () => {
      throw new Error('not asked for');
    },
    async writeState(written) {
      seen.written.push(written);
    },
    dispose: async () => {},
  };
  return { step, seen, state };
}

/** Falls fastest at 1e-4, is lowest at 1e-2, and then rises without end. */
const VALLEY = (_: number, rate: number) => {
  const decade = Math.log10(rate);
  return 4 - 2 / (1 + Math.exp(-4 * (decade + 4))) + 20 * Math.max(0, decade + 2) ** 2;
};

describe('findLearningRate', () => {
  it('lets the rate grow by the same factor at every step', async () => {
    const { step, seen } = stepOf(() => 1);
    const { points, ended } = await findLearningRate(step, () => BATCH, { from: 1e-3, to: 1, steps: 6 });
    const expected = [1e-3, 10 ** -2.5, 1e-2, 10 ** -1.5, 1e-1, 10 ** -0.5];
    expect(seen.rates).toBeAllClose(expected, { atol: 0, rtol: 1e-12 });
    expect(points.map(({ learningRate }) => learningRate)).toEqual(seen.rates);
    expect(ended).toBe('steps');
  });

  it('goes from 1e-7 up to 10 in 100 steps unless told otherwise', async () => {
    const { step, seen } = stepOf(() => 1);
    await findLearningRate(step, () => BATCH);
    expect(seen.rates).toHaveLength(100);
    expect(seen.rates[0]).toBe(1e-7);
    expect(seen.rates[99]).toBeAllClose(10 * 10 ** -0.08, { atol: 0, rtol: 1e-12 });
  });

  it('smooths the loss with those of the rates around it', async () => {
    const { step } = stepOf((index) => [8, 4, 0][index]!);
    const { points } = await findLearningRate(step, () => BATCH, { steps: 3 });
    expect(points.map(({ loss }) => loss)).toEqual([8, 4, 0]);
    expect(points.map(({ smoothedLoss }) => smoothedLoss)).toEqual([6, 4, 2]);
  });

  it('suggests the middle between where the loss falls fastest and a tenth of where it is lowest', async () => {
    const { step } = stepOf(VALLEY);
    const { suggested, steepest, minimumTenth, ended } = await findLearningRate(step, () => BATCH);
    expect(ended).toBe('diverged');
    expect(Math.log10(steepest!)).toBeAllClose(-4, { atol: 0.1, rtol: 0 });
    expect(Math.log10(minimumTenth!)).toBeAllClose(-3.3, { atol: 0.2, rtol: 0 });
    expect(suggested).toBeAllClose(Math.sqrt(steepest! * minimumTenth!), { atol: 0, rtol: 1e-12 });
  });

  it('suggests no rate behind the lowest loss, however steeply a batch falls there', async () => {
    const cliff = (index: number, rate: number) =>
      rate < 1e-2 ? VALLEY(index, rate) : index % 2 === 0 ? 30 : 3;
    const { steepest, suggested } = await findLearningRate(stepOf(cliff).step, () => BATCH);
    expect(steepest).toBeLessThan(1e-3);
    expect(suggested).toBeLessThan(1e-3);
  });

  it('suggests no rate outside of what the training bears', async () => {
    for (const range of [
      { min: 0, max: 1e-6 },
      { min: 1e-2, max: 1 },
    ]) {
      const { suggested } = await findLearningRate(stepOf(VALLEY).step, () => BATCH, { range });
      expect(suggested).toBe(range.max === 1 ? range.min : range.max);
    }
  });

  it('suggests nothing where the batches differ and the rate makes no difference', async () => {
    const noise = (index: number) => 1 + ((index * 7919) % 13) / 13;
    const { suggested } = await findLearningRate(stepOf(noise).step, () => BATCH);
    expect(suggested).toBeUndefined();
  });

  it('ends when the loss is four times the lowest', async () => {
    const { step, seen } = stepOf((index) => [2, 1, 3.9, 4.1, 0][index] ?? 0);
    const { points, ended } = await findLearningRate(step, () => BATCH, { smoothing: 0 });
    expect(ended).toBe('diverged');
    expect(points).toHaveLength(4);
    expect(seen.rates).toHaveLength(4);
  });

  it('ends where the loss is not a number any more', async () => {
    const { step } = stepOf((index) => (index === 3 ? Number.NaN : 1));
    const { points, ended } = await findLearningRate(step, () => BATCH);
    expect(ended).toBe('diverged');
    expect(points).toHaveLength(3);
  });

  it('suggests nothing where the loss never falls', async () => {
    for (const loss of [() => 1, (index: number) => 1 + index / 100]) {
      const { suggested, steepest, minimumTenth } = await findLearningRate(stepOf(loss).step, () => BATCH);
      expect([suggested, steepest, minimumTenth]).toEqual([undefined, undefined, undefined]);
    }
  });

  it('asks for batches in turn, tells how far it is, and ends when it is told to', async () => {
    const { step } = stepOf(() => 1);
    const [asked, told]: [number[], number[]] = [[], []];
    const controller = new AbortController();
    const nextBatch = async (index: number) => {
      asked.push(index);
      if (index === 2) controller.abort();
      return BATCH;
    };
    const { ended, points } = await findLearningRate(step, nextBatch, {
      signal: controller.signal,
      onStep: (progress) => told.push(progress.step),
    });
    expect(asked).toEqual([0, 1, 2]);
    expect(told).toEqual([1, 2, 3]);
    expect({ ended, count: points.length }).toEqual({ ended: 'interrupted', count: 3 });
  });

  it('puts the state back, also after a failure', async () => {
    const { step, seen, state } = stepOf(() => 1);
    await findLearningRate(step, () => BATCH, { steps: 2 });
    const failing = () => Promise.reject(new Error('no more'));
    await expect(findLearningRate(step, failing)).rejects.toThrow(withMessage('no more'));
    expect(seen.written).toEqual([state, state]);
  });

  it('refuses a loss that is not finite from the start', async () => {
    await expect(findLearningRate(stepOf(() => Number.NaN).step, () => BATCH)).rejects.toThrow(
      withMessage(
        'learning rate search, step 1: expected a finite loss, received NaN. ' +
          'Look for broken examples, features or weights: the rate has done nothing yet.',
      ),
    );
  });

  it.each([
    [{ from: 0 }, 'from above 0, received 0'],
    [{ from: 1, to: 1 }, 'to above 1, received 1'],
    [{ steps: 1 }, 'steps: a whole number of at least 2, received 1'],
    [{ smoothing: 1 }, 'smoothing from 0 up to, not with, 1, received 1'],
    [{ divergence: 1 }, 'divergence above 1, received 1'],
  ])('refuses %j', async (options, message) => {
    await expect(findLearningRate(stepOf(() => 1).step, () => BATCH, options)).rejects.toThrow(
      withMessage(`learning rate search: expected ${message}. Correct it, or leave it out for the default.`),
    );
  });
});
