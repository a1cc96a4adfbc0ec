import { describe, expect, it } from 'vitest';
import { copiedState } from '../../tests/support/fit-state.ts';
import { featuresInMemory } from '../core/features/feature-set.ts';
import { fitWeights } from '../core/fit/fit.ts';
import type { FitOptions } from '../core/fit/fit-options.ts';
import type { FitState } from '../core/fit/fit-state.ts';
import { cutMix, mixUp } from '../core/fit/mixing.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import { layers } from '../core/layers/layers.ts';
import { losses } from '../core/losses/losses.ts';
import { metrics } from '../core/metrics/metrics.ts';
import { optimizers } from '../core/optimizers/optimizers.ts';
import { chooseStep } from '../core/steps/choose-step.ts';
import { splitAtFreezeBoundary } from '../core/steps/freeze-boundary.ts';
import type { Batch } from '../core/steps/training-step.ts';
import { createRandom } from '../core/tensor/random.ts';
import { createBatchMixing, cutMixBatch } from './batch-mixing.ts';

const MAP = { height: 5, width: 7, channels: 3 };
const PLACES = MAP.height * MAP.width;
const WIDTH = PLACES * MAP.channels;
const CLASSES = 4;

/** Samples that are one number throughout, which tells them apart; one class each. */
function batchOf(size: number): Batch {
  const features = new Float32Array(size * WIDTH);
  const targets = new Float32Array(size * CLASSES);
  for (let sample = 0; sample < size; sample++) {
    features.fill(sample + 1, sample * WIDTH, (sample + 1) * WIDTH);
    targets[sample * CLASSES + (sample % CLASSES)] = 1;
  }
  const sampleWeights = Float32Array.from({ length: size }, (_, sample) => sample / 2);
  return { features, targets, sampleWeights, size };
}

/** A classifier on feature maps: through the one step or the other. */
function classifier(head: 'flatten' | 'gap') {
  const x = input({ shape: [MAP.height, MAP.width, MAP.channels] });
  const flat = head === 'flatten' ? layers.flatten().apply(x) : layers.globalAveragePooling2d().apply(x);
  const outputs = layers.dense({ units: CLASSES, activation: 'softmax', name: 'last' }).apply(flat);
  const model = new Functional({ inputs: x, outputs });
  model.initialize({ seed: 2 });
  return splitAtFreezeBoundary(model, { beforePooling: true });
}

describe('cutMixBatch', () => {
  it('takes of the sample before as large a fraction as the targets say, for any box', () => {
    const mix = cutMixBatch(1, MAP);
    const fractions = new Set<number>();
    for (let n = 0; n < 200; n++) {
      const batch = batchOf(CLASSES);
      const mixed = mix(batch, createRandom(n));
      for (let sample = 0; sample < CLASSES; sample++) {
        const other = (sample + CLASSES - 1) % CLASSES;
        const row = mixed.features.subarray(sample * WIDTH, (sample + 1) * WIDTH);
        expect(row.every((value) => value === sample + 1 || value === other + 1)).toBe(true);
        const fraction = row.filter((value) => value === other + 1).length / WIDTH;
        const targets = [...mixed.targets.subarray(sample * CLASSES, (sample + 1) * CLASSES)];
        const expected = targets.map((_, label) =>
          label === sample ? 1 - fraction : label === other ? fraction : 0,
        );
        expect(targets).toBeAllClose(expected, { atol: 1e-6, rtol: 0 });
        fractions.add(fraction);
      }
      // As with MixUp, a sample keeps its own weight.
      expect(mixed.sampleWeights).toEqual(batch.sampleWeights);
      expect(batch).toEqual(batchOf(CLASSES));
    }
    expect(fractions.size).toBeGreaterThan(10);
    expect(Math.max(...fractions)).toBeGreaterThan(0.5);
    expect(fractions.has(0)).toBe(true);
  });
});

describe('createBatchMixing', () => {
  const part = classifier('flatten');
  const { features: values, targets, size } = batchOf(6);
  const blended = (random = createRandom(8)) => mixUp({ values, targets, size }, random, { alpha: 0.3 });
  const cut = (random = createRandom(8)) => cutMix({ values, targets, size }, MAP, random, { alpha: 2 });

  it('is nothing, MixUp or CutMix, as the recipe says', () => {
    expect(createBatchMixing({ mixup: null, cutmix: null }, part)).toBeUndefined();
    const mixup = createBatchMixing({ mixup: 0.3, cutmix: null }, part)!(batchOf(6), createRandom(8));
    expect([mixup.features, mixup.targets]).toEqual([blended().values, blended().targets]);
    const cutmix = createBatchMixing({ mixup: null, cutmix: 2 }, part)!(batchOf(6), createRandom(8));
    expect([cutmix.features, cutmix.targets]).toEqual([cut().values, cut().targets]);
  });

  it('gives each batch one of both, either about as often, by its random numbers alone', () => {
    const mix = createBatchMixing({ mixup: 0.3, cutmix: 2 }, part)!;
    let cuts = 0;
    for (let n = 0; n < 100; n++) {
      const random = createRandom(n);
      const isCut = random.uniform() < 0.5;
      const expected = isCut ? cut(random) : blended(random);
      expect(mix(batchOf(6), createRandom(n)).features).toEqual(expected.values);
      if (isCut) cuts++;
    }
    // Five standard deviations of 100 fair draws are 25.
    expect(Math.abs(cuts - 50)).toBeLessThan(25);
  });
});

const TRAINED_SIZE = 40;
/** Classes by the channel that is largest on average, so that a fraction of a map tells a fraction of the class. */
const SET = (() => {
  const random = createRandom(9);
  const labels = Uint32Array.from({ length: TRAINED_SIZE }, (_, row) => row % MAP.channels);
  const features = Float32Array.from({ length: TRAINED_SIZE * WIDTH }, (_, i) => {
    const own = labels[Math.floor(i / WIDTH)] === i % MAP.channels;
    return random.normal() + (own ? 2 : 0);
  });
  return featuresInMemory(features, { labels, width: WIDTH, classes: CLASSES });
})();

describe.each(['flatten', 'gap'] as const)('a training with CutMix, %s', (head) => {
  async function train(options: Partial<FitOptions>) {
    const part = classifier(head);
    const loss = losses.categoricalCrossentropy();
    const step = await chooseStep(part, {
      loss,
      optimizer: optimizers.adam({ learningRate: 0.02 }),
      random: createRandom(1),
      threads: 1,
    });
    const mix = createBatchMixing({ mixup: null, cutmix: 1 }, part)!;
    try {
      const history = await fitWeights(step, loss, SET, SET, {
        epochs: 20,
        batchSize: 8,
        learningRate: 0.02,
        metrics: [metrics.categoricalAccuracy()],
        random: createRandom(3),
        mix,
        ...options,
      });
      return { logs: history.epochs.at(-1)!.logs, state: await step.readState() };
    } finally {
      await step.dispose();
    }
  }

  it('learns', async () => {
    const { logs } = await train({});
    expect(logs['val_categorical_accuracy']).toBeGreaterThan(0.95);
    // It is trained on mixed maps, which are harder than whole ones.
    expect(logs['loss']).toBeGreaterThan(logs['val_loss']!);
  });

  it('goes on from any state to the same weights, to the bit, also where each batch draws one of two', async () => {
    const mix = createBatchMixing({ mixup: 0.4, cutmix: 1 }, classifier(head))!;
    const kept: FitState[] = [];
    const options = { epochs: 4, mix };
    const whole = await train({
      ...options,
      checkpoints: { isDue: () => true, save: async (state) => void kept.push(copiedState(state)) },
    });
    expect(kept.length).toBeGreaterThan(12);
    for (const at of [0, 7, 12]) expect(await train({ ...options, resume: kept[at]! })).toStrictEqual(whole);
    expect((await train({ ...options, random: createRandom(4) })).state.weights).not.toEqual(
      whole.state.weights,
    );
  });
});
