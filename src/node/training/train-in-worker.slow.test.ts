import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { drawImages } from '../../../tests/e2e/drawn-images.ts';
import { writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { RecipeInput } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import type { Task } from '../../recipe/task.ts';
import type { ClassifierOptions } from '../../runs/classifier-options.ts';
import type { TrainedClassifier } from '../../runs/grow-classifier.ts';
import { openFeatureCache } from '../feature-cache/feature-cache.ts';
import { gatherImages, type ImageSets } from './image-sets.ts';
import { trainClassifier, type WorkerOptions } from './training-call.ts';

const RECIPE: RecipeInput = { sizePx: 48, epochs: 2, learningRate: 1e-2, seed: 3, head: 'gap,dense:16:relu' };
let root: string;
let images: ImageSets;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graft-worker-'));
  for (const motif of ['bars', 'discs'] as const) await drawImages(join(root, 'data'), motif, 8);
  await writeFiles(root, { 'data/bars/odd.jpg': 'only words, no image' });
  images = await gatherImages(join(root, 'data'), readRecipe(RECIPE));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const train = (options: Partial<ClassifierOptions> & WorkerOptions = {}) =>
  trainClassifier(images, { folder: 'data', recipe: RECIPE, ...options });

/** All that was learned, and all that is told of it but how long it took. */
function outcome(trained: TrainedClassifier<Task>): unknown {
  const { model, backbone, history, seconds: _s, imagesPerSecond: _i, int8, ...plain } = trained;
  const hex = (value: Float32Array): string =>
    Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  return {
    ...plain,
    backbone: [backbone.pretrainedConfig.id, backbone.cut],
    weights: model.weights.map(({ name, weight, trainable }) => [
      name,
      trainable,
      trainable && hex(weight.value),
    ]),
    history: { ...history, epochs: history.epochs.map(({ seconds: _, ...record }) => record) },
    int8: int8 && [int8.frozen.boundary.layer.name, int8.comparison],
  };
}

/** All events, without times. */
function listening(): { readonly heard: unknown[]; readonly events: Partial<ClassifierOptions> } {
  const heard: unknown[] = [];
  return {
    heard,
    events: {
      onModel: ({ recipe, parameters, model }) => void heard.push(['model', recipe, parameters, model.name]),
      onPreflight: ({ images: counts, features }) => void heard.push(['preflight', counts, features]),
      onFeatures: (...done) => void heard.push(['features', ...done]),
      onPhase: (index, phase, features) => void heard.push(['phase', index, phase, features]),
      onStep: (progress) => void heard.push(['step', progress]),
      onEpoch: ({ seconds: _, ...record }) => void heard.push(['epoch', record]),
    },
  };
}

/** Turns of this thread's event loop while some work goes on. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

describe('trainClassifier in a worker', () => {
  it('tells the same events in the same order, and gives the same result to the bit', async () => {
    const [here, there] = [listening(), listening()];
    const inThis = await train(here.events);
    const inWorker = await train({ ...there.events, worker: true });
    expect(there.heard).toEqual(here.heard);
    expect(there.heard.length).toBeGreaterThan(8);
    expect(outcome(inWorker)).toEqual(outcome(inThis));
    expect(inWorker.skipped).toEqual([{ file: join(root, 'data/bars/odd.jpg'), reason: 'not an image' }]);
  });

  it.each<[string, RecipeInput]>([
    ['several phases', { phases: [{ unfreeze: 'block_15_project', epochs: 1, learningRate: 1e-3 }] }],
    ['int8', { precision: 'int8' }],
  ])('and the same of %s', async (_, more) => {
    const recipe = { ...RECIPE, epochs: 1, ...more };
    const worked = await train({ recipe, worker: true });
    expect(outcome(worked)).toEqual(outcome(await train({ recipe })));
  });

  it('lets this thread go on while it trains', async () => {
    const recipe = { ...RECIPE, epochs: 8 };
    const here = await turnsDuring(() => train({ recipe }));
    const there = await turnsDuring(() => train({ recipe, worker: true }));
    expect(there).toBeGreaterThan(here * 4);
  });

  it('trains on examples, with features from a cache', async () => {
    const cache = await openFeatureCache({ folder: join(root, 'cache') });
    onTestFinished(() => cache.close());
    const examples = ['bars', 'discs'].flatMap((label) =>
      [0, 1, 2, 3, 4, 5].map(async (index) => ({
        image: await readFile(join(root, 'data', label, `${label}${index}.jpg`)),
        label,
        name: `${label}${index}`,
      })),
    );
    const list = await Promise.all(examples);
    const first = await trainClassifier(list, { recipe: RECIPE, featureStores: cache, worker: true });
    expect(first.features).toEqual({ computed: 12, known: 0 });
    const again = await trainClassifier(list, { recipe: RECIPE, featureStores: cache });
    expect(again.features).toEqual({ computed: 0, known: 12 });
    const { features: _, ...rest } = first;
    expect(outcome({ ...rest, features: again.features })).toEqual(outcome(again));
  });

  it('ends with its signal: before it has learned, and while it trains', async () => {
    await expect(train({ worker: true, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'interrupted',
    });
    const controller = new AbortController();
    const epochs: number[] = [];
    const { history, bestEpoch } = await train({
      recipe: { ...RECIPE, epochs: 100_000 },
      worker: true,
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        epochs.push(epoch);
        if (epoch === 2) controller.abort();
      },
    });
    expect(history.ended).toBe('interrupted');
    expect([bestEpoch > 0, epochs.length >= 2]).toEqual([true, true]);
  });

  it('fails as in this thread', async () => {
    const recipe = { ...RECIPE, cut: 'block_77' };
    const [here, there] = await Promise.allSettled([train({ recipe }), train({ recipe, worker: true })]);
    expect(there).toMatchObject({
      status: 'rejected',
      reason: { name: 'GraftError', code: 'layer-not-found' },
    });
    expect((there as PromiseRejectedResult).reason.message).toBe(
      (here as PromiseRejectedResult).reason.message,
    );
  });

  it.each(['onModel', 'onPreflight', 'onEpoch'] as const)('ends with what %s throws', async (name) => {
    const mine = new Error('enough');
    const events = {
      [name]: () => {
        throw mine;
      },
    };
    await expect(train({ worker: true, ...events, recipe: { ...RECIPE, epochs: 100_000 } })).rejects.toBe(
      mine,
    );
  });

  it.each([
    [
      'callbacks',
      { callbacks: [{}] },
      'Leave it out, or train in this thread. onEpoch and a signal work in both.',
    ],
    [
      'runtime',
      { runtime: platform },
      'Leave it out, or train in this thread. onEpoch and a signal work in both.',
    ],
    [
      'featureStores',
      { featureStores: { space: () => Promise.reject() } },
      'Give what openFeatureCache gives.',
    ],
  ])('refuses %s, which stay here', async (name, options, advice) => {
    await expect(train({ worker: true, ...options })).rejects.toThrow(
      withMessage(
        `trainClassifier: expected options that can go to another thread, for worker: true, received ${name}. ${advice}`,
      ),
    );
  });
});
