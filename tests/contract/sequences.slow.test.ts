/** @file Models of sequences through the engine: ids in, a boundary of several tensors, targets at every position. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { HASH_BYTES } from '../../src/core/examples/content-hashes.ts';
import type { Example } from '../../src/core/examples/example.ts';
import type { Modality } from '../../src/core/examples/modality.ts';
import { RowBuffer } from '../../src/core/features/feature-set.ts';
import type { FeatureStores } from '../../src/core/features/feature-spaces.ts';
import { TrainingFeatures } from '../../src/core/features/training-features.ts';
import { fitWeights } from '../../src/core/fit/fit.ts';
import { measure } from '../../src/core/fit/measure.ts';
import { Functional } from '../../src/core/layers/functional.ts';
import { input } from '../../src/core/layers/input-layer.ts';
import { layers } from '../../src/core/layers/layers.ts';
import { losses } from '../../src/core/losses/losses.ts';
import { metrics } from '../../src/core/metrics/metrics.ts';
import { optimizers } from '../../src/core/optimizers/optimizers.ts';
import { platform } from '../../src/core/runtime/platform.ts';
import { chooseStep } from '../../src/core/steps/choose-step.ts';
import { splitAtFreezeBoundary } from '../../src/core/steps/freeze-boundary.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { integers, tensor } from '../../src/core/tensor/tensor.ts';
import { openFeatureCache } from '../../src/node/feature-cache/feature-cache.ts';
import { imageFiles } from '../../src/node/images/image-files.ts';
import { recipeSchema, shownRecipe } from '../../src/recipe/recipe.ts';
import { readRecipe } from '../../src/recipe/recipe-input.ts';
import { trainPhases } from '../../src/runs/train-phases.ts';
import { temporaryFolder } from '../support/image-folder.ts';

const VOCABULARY = 7;
const DIM = 4;

interface Sentence extends Example {
  readonly ids: readonly number[];
}

/** Each id is followed by the next one, round and round. */
const SENTENCES: readonly Sentence[] = [3, 5, 2, 4, 6, 3].map((length, start) => ({
  label: 0,
  ids: Array.from({ length }, (_, i) => (start + i) % VOCABULARY),
}));

/** Longest first, so that the order is none that anybody gave; a position learns the id behind it, the last one nothing. */
const sentences: Modality<Sentence> = {
  words: { one: 'sentence', several: 'sentences' },
  inputs: [{ name: 'ids', dtype: 'int64', shape: [null], padding: -1 }],
  hasPositionTargets: true,
  identity: { vocabulary: VOCABULARY },
  views: undefined,
  exampleBytes: undefined,
  nameOf: ({ ids }) => ids.join(' '),
  async hash(examples, start, end, { hashes }) {
    for (let index = start; index < end; index++) {
      hashes.set(platform.sha256().update(examples[index]!.ids.join()).bytes(), index * HASH_BYTES);
    }
  },
  isUnchanged: async () => true,
  decodeBytes: async () => 0,
  async *batches(examples, { batchSize }) {
    const sorted = examples.toSorted((a, b) => b.ids.length - a.ids.length);
    for (let start = 0; start < sorted.length; start += batchSize) {
      const some = sorted.slice(start, start + batchSize);
      const longest = some[0]!.ids.length;
      const padded = (numbers: (ids: readonly number[]) => number[], padding: number): number[] =>
        some.flatMap(({ ids }) => [...numbers(ids), ...Array<number>(longest - ids.length).fill(padding)]);
      yield {
        feeds: {
          ids: integers(
            padded((ids) => [...ids], -1),
            [some.length, longest],
          ),
          targets: tensor(
            'int32',
            [some.length, longest],
            Int32Array.from(padded((ids) => [...ids.slice(1), 0], 0)),
          ),
          target_weights: tensor(
            'float32',
            [some.length, longest],
            Float32Array.from(padded((ids) => ids.map((_, i) => Number(i < ids.length - 1)), 0)),
          ),
        },
        examples: some,
        lengths: Uint32Array.from(some, ({ ids }) => ids.length),
        done: start + some.length,
      };
    }
  },
  lowerInputs: (builder, { input: ids }) =>
    new Map([[ids, { value: builder.input('ids', 'int64', ['N', 'S']), layout: 'plain' }]]),
};

/** A table of ids, and a layer of logits over the vocabulary at every position. */
function languageModel({ isFrozen }: { readonly isFrozen: boolean }): Functional {
  const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
  const embedding = layers.embedding({ inputDim: VOCABULARY, outputDim: DIM, trainable: !isFrozen });
  const hidden = layers.dense({ units: 16, activation: 'tanh' }).apply(embedding.apply(ids));
  const logits = layers.dense({ units: VOCABULARY }).apply(hidden);
  const model = new Functional({ inputs: ids, outputs: logits, name: 'lm' });
  model.initialize({ seed: 5 });
  const random = createRandom(2);
  embedding.weight('embeddings').value = Float32Array.from({ length: VOCABULARY * DIM }, () =>
    random.normal(),
  );
  return model;
}

function featuresOf(
  model: Functional,
  more: {
    readonly featureStores?: FeatureStores;
    readonly featureDType?: 'float16' | undefined;
  } = {},
): TrainingFeatures {
  const { boundary } = splitAtFreezeBoundary(model);
  const sets = { train: SENTENCES };
  const features = new TrainingFeatures(
    { modality: sentences, model, sets, classNames: [], seed: 1, ...more },
    boundary,
  );
  onTestFinished(() => features.rest());
  return features;
}

async function train(features: TrainingFeatures, model: Functional, seesAccuracy: boolean) {
  const loss = losses.sparseCategoricalCrossentropy();
  const optimizer = optimizers.adam({ learningRate: 0.05 });
  const step = await chooseStep(splitAtFreezeBoundary(model), {
    loss,
    optimizer,
    random: createRandom(1),
    threads: 1,
    givesLogits: seesAccuracy,
  });
  onTestFinished(() => step.dispose());
  const set = await features.of('train', { signal: undefined });
  const history = await fitWeights(step, loss, set, set, {
    epochs: 40,
    batchSize: 4,
    learningRate: optimizer.learningRate,
    metrics: seesAccuracy ? [metrics.sparseCategoricalAccuracy()] : [],
    random: createRandom(3),
  });
  return { step, loss, set, epochs: history.epochs.map(({ logs }) => logs) };
}

describe.each([{ isFrozen: true }, { isFrozen: false }])(
  'a language model, embeddings frozen: $isFrozen',
  (form) => {
    it('learns what follows, from targets at every position', async () => {
      const model = languageModel(form);
      const { epochs, step, loss, set } = await train(featuresOf(model), model, true);
      expect(step.kind).toBe('graph');
      expect(epochs[0]!['loss']).toBeGreaterThan(1);
      expect(epochs.at(-1)!['loss']).toBeLessThan(0.05);
      expect(epochs.at(-1)!['val_sparse_categorical_accuracy']).toBe(1);
      // The mean over positions is that of each sentence by itself, weighed by its length: padding counts for nothing.
      const whole = await measure(step, loss, set, []);
      let [sum, count] = [0, 0];
      for (const row of SENTENCES.keys()) {
        const one = {
          ...set,
          size: 1,
          read: (_: Uint32Array, buffer: never) => set.read(Uint32Array.of(row), buffer),
        };
        const positions = SENTENCES[row]!.ids.length - 1;
        sum += (await measure(step, loss, one, []))['loss']! * positions;
        count += positions;
      }
      expect(whole['loss']).toBeAllClose(sum / count, { atol: 1e-7, rtol: 1e-4 });
    });

    it('has the same weights whether or not a step gives its logits', async () => {
      const states = [];
      for (const seesAccuracy of [true, false]) {
        const model = languageModel(form);
        const { step } = await train(featuresOf(model), model, seesAccuracy);
        states.push((await step.readState()).weights);
      }
      for (const [key, numbers] of states[0]!) expect(states[1]!.get(key)).toEqual(numbers);
    });
  },
);

describe('features of sequences', () => {
  it('are kept in the cache with their lengths, and found again', async () => {
    const model = languageModel({ isFrozen: true });
    const folder = await temporaryFolder();
    const seen = [];
    for (const dtype of ['float16', 'float16', undefined] as const) {
      const cache = await openFeatureCache({ folder });
      const more = { featureStores: cache, featureDType: dtype };
      const features = featuresOf(model, more);
      const set = await features.of('train', { signal: undefined });
      const tensors = await set.read(Uint32Array.of(4, 2), new RowBuffer());
      seen.push({ computed: features.throughput.computed, tensors });
      await cache.close();
      expect((await cache.verify()).damagedEntries).toBe(0);
    }
    expect(seen.map(({ computed }) => computed)).toEqual([6, 0, 6]);
    const [first, second, exact] = seen;
    expect(second!.tensors).toEqual(first!.tensors);
    expect(first!.tensors.map(({ shape }) => shape)).toEqual([
      [2, 6, DIM],
      [2, 6],
      [2, 6],
    ]);
    expect(first!.tensors[0]!.data).toBeAllClose(exact!.tensors[0]!.data as Float32Array, {
      atol: 1e-3,
      rtol: 1e-3,
    });
    expect([...exact!.tensors[1]!.data]).toEqual([5, 6, 0, 1, 2, 0, 3, 0, 0, 0, 0, 0]);
    // What is filled up is zeros.
    expect([...exact!.tensors[0]!.data.subarray(8 * DIM)].every((value) => value === 0)).toBe(true);
  });

  it('train to the same from the cache as from memory', async () => {
    const model = languageModel({ isFrozen: true });
    const cache = await openFeatureCache({ folder: await temporaryFolder() });
    onTestFinished(() => cache.close());
    const inMemory = await train(featuresOf(model), model, true);
    const again = languageModel({ isFrozen: true });
    const stored = await train(featuresOf(again, { featureStores: cache }), again, true);
    expect(stored.epochs).toEqual(inMemory.epochs.map((logs) => expect.objectContaining(logs)));
  });
});

/** Sentences of three ids; what is learned is whether the first is the largest. */
const TRIPLES: readonly Sentence[] = Array.from({ length: 48 }, (_, i) => {
  const random = createRandom(i);
  const ids = [0, 1, 2].map(() => random.integer(VOCABULARY));
  return { ids, label: Number(ids[0]! >= Math.max(...ids)) };
});

it('a classifier is trained, phase after phase, on examples of any kind', async () => {
  const ids = input({ shape: [3], dtype: 'int64', name: 'ids' });
  const embedding = layers.embedding({ inputDim: VOCABULARY, outputDim: DIM, name: 'embed' });
  const flat = layers.flatten({ name: 'flat' }).apply(embedding.apply(ids));
  const network = new Functional({ inputs: ids, outputs: flat, name: 'triples' });
  const hidden = layers.dense({ units: 16, activation: 'relu' }).apply(flat);
  const outputs = layers.dense({ units: 1, activation: 'sigmoid' }).apply(hidden);
  const model = new Functional({ inputs: ids, outputs, name: 'classifier' });
  model.initialize({ seed: 1 });
  const { hasPositionTargets: _, ...kind } = sentences;
  const triples: Modality<Sentence> = { ...kind, inputs: [{ name: 'ids', dtype: 'int64', shape: [3] }] };
  const phases = [{ unfreeze: 'embed', epochs: 20 }];
  const recipe = recipeSchema.parse({
    ...shownRecipe(readRecipe({ epochs: 10, learningRate: 0.02, patience: null, phases })),
    cut: 'flat',
    sizePx: 32,
  });
  const { total, trainable } = model.countParams();
  const classifier = {
    model,
    backbone: { model: network, cut: 'flat' },
    recipe,
    parameters: { total, trainable },
  };
  const told: unknown[] = [];
  const trained = await trainPhases(
    classifier,
    {
      task: 'classification',
      classNames: ['no', 'yes'],
      train: TRIPLES.slice(0, 32),
      validation: TRIPLES.slice(32),
      test: undefined,
      skipped: [],
    },
    {
      folder: 'triples',
      recipe,
      images: imageFiles,
      modality: () => triples as Modality,
      threads: 1,
      onPreflight: ({ phases: ahead }) => {
        told.push(ahead.map(({ featureNumbers }) => featureNumbers));
      },
      onPhase: (index, phase) => void told.push([index, phase.unfreeze]),
    },
  );
  // The second phase begins at the ids themselves.
  expect(told).toEqual([
    [3 * DIM, 3],
    [0, null],
    [1, 'embed'],
  ]);
  expect(trained.history.epochs).toHaveLength(30);
  expect(trained.train.accuracy).toBeGreaterThan(0.9);
  expect(trained.features).toEqual({ computed: 96, known: 0 });
});
