import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { drawImages } from '../../../tests/e2e/drawn-images.ts';
import { writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { platform } from '../../core/runtime/platform.ts';
import { USABLE_MEMORY } from '../../core/steps/memory.ts';
import { formatHead, parseHead } from '../../recipe/head-spec.ts';
import { DEFAULT_RECIPE, type RecipeInput, type RecipeRequest } from '../../recipe/recipe.ts';
import type { SweepResult } from '../../runs/sweep/run-sweep.ts';
import { planSweep } from '../../runs/sweep/sweep-plan.ts';
import { type FeatureCache, openFeatureCache } from '../feature-cache/feature-cache.ts';
import { type FoldSets, gatherFolds } from './fold-sets.ts';
import { gatherImages, type ImageSets } from './image-sets.ts';
import { type SweepOptions, sweep } from './sweep.ts';
import { loadSweptNetworks } from './swept-networks.ts';
import { trainClassifier } from './train-classifier.ts';

const BASE: RecipeRequest = { ...DEFAULT_RECIPE, sizePx: 48, epochs: 4, seed: 3 };
const AXES = {
  cuts: ['block_5_add', 'block_8_add'],
  heads: ['linear', 'gap,dense:8:relu,dropout:0.3', 'flatten'],
  learningRates: [1e-2, 1e-3],
};

let root: string;
let images: ImageSets;
let folds: FoldSets;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graft-sweep-'));
  const data = join(root, 'data');
  for (const motif of ['bars', 'discs', 'rings'] as const) await drawImages(data, motif, 12);
  await writeFiles(data, { 'bars/broken.jpg': 'no image' });
  images = await gatherImages(data, BASE);
  folds = await gatherFolds(data, 3, BASE);
});
afterAll(() => rm(root, { recursive: true, force: true }));

function swept(options: Partial<SweepOptions> = {}, of: ImageSets | FoldSets = images) {
  return sweep(of, { folder: 'data', base: BASE, axes: AXES, ...options });
}

/** A cache of its own. */
async function cached<T>(name: string, work: (cache: FeatureCache) => Promise<T>): Promise<T> {
  const cache = await openFeatureCache({ folder: join(root, name) });
  try {
    return await work(cache);
  } finally {
    await cache.close();
  }
}

const namesOf = ({ recipe: { cut, head, learningRate } }: { readonly recipe: RecipeRequest }) =>
  `${cut} ${formatHead(head)} ${learningRate}`;

describe('sweep', () => {
  let result: SweepResult;
  let featureLayers: number;
  beforeAll(async () => {
    result = await cached('shared', (featureStores) =>
      swept({
        featureStores,
        onPlan: (plan) => {
          featureLayers = plan.featureLayers.length;
        },
      }),
    );
  });

  it.each([
    ['a split', () => images],
    ['folds', () => folds],
  ] as const)('does all on the machine that it is given, on %s', async (_, of) => {
    const parts = ['createSession', 'loadKernel', 'startHelpers', 'nextTurn'] as const;
    const runtime = { ...platform, totalBytes: vi.fn(platform.totalBytes) };
    const own = vi.spyOn(runtime, 'createSession');
    const spies = parts.map((name) => vi.spyOn(platform, name));
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore();
    });
    const axes = { heads: ['linear', 'flatten,dense:4'], learningRates: [1e-2] };
    await swept({ runtime, axes, base: { ...BASE, epochs: 1 } }, of());
    expect([own.mock.calls.length > 0, runtime.totalBytes.mock.calls.length > 0]).toEqual([true, true]);
    expect(parts.filter((_name, index) => spies[index]!.mock.calls.length > 0)).toEqual([]);
  });

  it('ranks every combination, the best first, on features of four featureLayers', () => {
    expect(result).toMatchObject({ asked: 12, ended: 'complete', failed: [] });
    expect(new Set(result.rows.map(namesOf)).size).toBe(12);
    // Both pooled heads learn from the same features.
    expect(featureLayers).toBe(4);
    const { rows } = result;
    for (const [index, row] of rows.entries()) {
      const next = rows[index + 1];
      if (next === undefined) continue;
      expect(row.validation.accuracy).toBeGreaterThanOrEqual(next.validation.accuracy);
      if (row.validation.accuracy === next.validation.accuracy) {
        expect(row.validation.loss).toBeLessThanOrEqual(next.validation.loss);
      }
    }
    expect(rows[0]!.difference).toBeUndefined();
    expect(rows.slice(1).every(({ difference }) => difference!.adjustedPValue >= difference!.pValue)).toBe(
      true,
    );
    expect(result.best.recipe).toEqual(rows[0]!.recipe);
    expect(result.best.validation).toEqual(rows[0]!.validation);
  });

  it('runs each image through the network once, and says which cannot be read', () => {
    const all = images.train.length + images.validation.length;
    expect(result.features).toEqual({ computed: all - 1, known: 0 });
    expect(result.skipped).toEqual([
      { file: expect.stringMatching(/broken\.jpg$/), reason: expect.any(String) },
    ]);
  });

  it('trains each as a training of its own does, to the bit, from the features of the sweep', async () => {
    await cached('shared', async (featureStores) => {
      for (const row of result.rows) {
        const alone = await trainClassifier(images, { folder: 'data', recipe: row.recipe, featureStores });
        expect(alone.features.computed).toBe(0);
        expect(alone.validation).toEqual(row.validation);
        expect(alone.right).toEqual(row.right);
        expect([alone.bestEpoch, alone.history.epochs.length]).toEqual([row.bestEpoch, row.epochs]);
        if (row !== result.rows[0]) continue;
        const weightsOf = ({ model }: typeof alone) =>
          model.weights.filter(({ trainable }) => trainable).map(({ name, weight }) => [name, weight.value]);
        expect(weightsOf(result.best)).toEqual(weightsOf(alone));
      }
    });
  });

  it('needs no cache, and gives the same without', async () => {
    const without = await swept();
    expect(without.rows.map(namesOf)).toEqual(result.rows.map(namesOf));
    expect(without.rows.map(({ validation }) => validation)).toEqual(
      result.rows.map(({ validation }) => validation),
    );
  });

  it('computes nothing a second time, and only what is new of a sweep that tries more', async () => {
    await cached('shared', async (featureStores) => {
      const again = await swept({ featureStores });
      expect(again.features.computed).toBe(0);
      const more = await swept({ featureStores, axes: { cuts: ['block_5_add', 'block_4_add'] } });
      expect(more.features.computed).toBe(result.features.computed);
      expect((await swept({ featureStores, axes: { cuts: ['block_4_add'] } })).features.computed).toBe(0);
    });
  });

  it('computes in int8 what a training of its own computes, for every layer that heads grow from', async () => {
    const base = { ...BASE, precision: 'int8' as const };
    await cached('int8', async (featureStores) => {
      const axes = { cuts: ['block_5_add', 'block_8_add'] };
      const { rows, best } = await swept({ base, axes, featureStores });
      for (const { recipe, validation, right } of rows) {
        const options = { folder: 'data', recipe };
        const alone = await trainClassifier(images, { ...options, featureStores });
        expect(alone.features.computed).toBe(0);
        expect([alone.validation, alone.right]).toEqual([validation, right]);
        // And without what the sweep has kept.
        expect((await trainClassifier(images, options)).validation).toEqual(validation);
      }
      expect(best.int8?.comparison).toBeDefined();
    });
  });

  it('draws views once for all heads: those that a training of its own draws', async () => {
    const base = { ...BASE, augmentation: 'rotation:20,flip', views: 2 };
    await cached('views', async (featureStores) => {
      const { rows, features } = await swept({
        base,
        axes: { heads: ['linear', 'gap,dense:4'] },
        featureStores,
      });
      const [train, validation] = [images.train.length, images.validation.length];
      const broken = images.train.some(({ file }) => file.endsWith('broken.jpg')) ? 3 : 1;
      expect(features.computed).toBe(3 * train + validation - broken);
      for (const { recipe, validation: metrics } of rows) {
        const alone = await trainClassifier(images, { folder: 'data', recipe, featureStores });
        expect(alone.validation).toEqual(metrics);
        expect(alone.features.computed).toBe(0);
      }
    });
  });

  it('goes on where a combination diverges, and says why', async () => {
    const { rows, failed, ended } = await swept({
      base: { ...BASE, optimizer: 'sgd' },
      axes: { heads: ['gap,dense:8:relu'], learningRates: [1e-3, 1e30] },
    });
    expect([rows.length, failed.length, ended]).toEqual([1, 1, 'complete']);
    expect(failed[0]!.recipe.learningRate).toBe(1e30);
    const reason =
      'training, epoch 1: expected a finite validation loss, received NaN. Lower the learning rate (it was 1e+30), and look for broken examples or weights.';
    expect(failed[0]!.reason).toBe(reason);
    await expect(
      swept({
        base: { ...BASE, optimizer: 'sgd' },
        axes: { heads: ['gap,dense:8:relu'], learningRates: [1e30] },
      }),
    ).rejects.toThrow(
      withMessage(
        `sweep: expected at least 1 combination that learns, received 1 that failed; the first: ${reason} Take lower learning rates.`,
      ),
    );
  });

  it('keeps what is finished when it is interrupted', async () => {
    const controller = new AbortController();
    const { rows, ended, asked, best } = await swept({
      signal: controller.signal,
      onRow: (done) => {
        if (done === 5) controller.abort();
      },
    });
    expect([rows.length, ended, asked]).toEqual([5, 'interrupted', 12]);
    expect(best.recipe).toEqual(rows[0]!.recipe);
  });

  it('interrupted before anything is finished, says so', async () => {
    const controller = new AbortController();
    await expect(swept({ signal: controller.signal, onFeatures: () => controller.abort() })).rejects.toThrow(
      withMessage(
        'sweep: expected to finish at least 1 combination, received an interruption. ' +
          'Stopped before a combination was finished: there is nothing to keep yet.',
      ),
    );
  });
});

describe('a sweep with folds', () => {
  it('evaluates every image once, by a training that did not see it, and trains the best on all', async () => {
    const axes = { heads: ['linear', 'gap,dense:8:relu'] };
    const { rows, best, features } = await swept({ axes }, folds);
    const readable = folds.pool.length - 1;
    expect(features.computed).toBe(readable);
    for (const row of rows) {
      expect(row.folds).toHaveLength(3);
      expect(row.validation.examples).toBe(readable);
      const right = row.right.reduce((sum, each) => sum + each, 0);
      expect(row.validation.accuracy).toBeAllClose(right / readable, { atol: 1e-12, rtol: 0 });
    }
    expect(best.train.examples).toBe(readable);
    expect(best.validation).toEqual(rows[0]!.validation);
    expect(best.recipe).toMatchObject({ epochs: rows[0]!.bestEpoch, patience: null, monitor: 'val_loss' });
    expect(best.history.epochs).toHaveLength(rows[0]!.bestEpoch);
  });

  it('gives each fold what a training on its images alone gives', async () => {
    const { rows } = await swept({ axes: {} }, folds);
    const accuracies: number[] = [];
    for (const fold of folds.folds) {
      const own = new Set(fold);
      const train = folds.pool.filter((sample) => !own.has(sample));
      const sets = { ...images, train, validation: fold };
      const alone = await trainClassifier(sets, { folder: 'data', recipe: BASE });
      accuracies.push(alone.validation.accuracy);
    }
    expect(rows[0]!.folds).toEqual(accuracies);
  });

  it('can be interrupted, and still trains the best on all images', async () => {
    const controller = new AbortController();
    const { rows, best } = await swept(
      {
        axes: { heads: ['linear', 'gap,dense:8:relu'] },
        signal: controller.signal,
        onRow: () => controller.abort(),
      },
      folds,
    );
    expect(rows).toHaveLength(1);
    expect(best.train.examples).toBe(folds.pool.length - 1);
  });
});

describe('what a sweep refuses before it begins', () => {
  const refused = (base: RecipeInput, axes: SweepOptions['axes'] = {}) =>
    swept({ base: { ...BASE, ...base }, axes });

  it.each([
    [
      { unfreeze: 'block_8_add' },
      'sweep: expected recipes that train the head alone, received one that trains the backbone from "block_8_add" on. ' +
        'Sweep the heads first; then train the best one further with graft train --then unfreeze=LAYER.',
    ],
    [
      { lora: 8 },
      'sweep: expected recipes that train the head alone, received one that trains adapters of rank 8. ' +
        'Sweep the heads first; then train the best one further with graft train --then lora=RANK.',
    ],
    [
      { augmentation: 'flip', views: null },
      'sweep: expected views that come again (--views 10), received new views in every epoch (--views 0). ' +
        'All heads learn from the same views, which are computed once.',
    ],
  ])('%j', async (base, message) => {
    await expect(refused(base)).rejects.toThrow(withMessage(message));
  });

  it('a cut that the network does not have, with the nearest names', async () => {
    await expect(refused({}, { cuts: ['block_5_add', 'block_8_ad'] })).rejects.toThrow(
      withMessage(
        'model "mobilenetv2_1.00_48": expected the name of a layer, received "block_8_ad". ' +
          'The nearest names are "block_8_add", "block_1_pad", "block_2_add".',
      ),
    );
  });

  it('more features than the machine can hold without a cache', async () => {
    const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
    const usableBytes = platform.totalBytes() * USABLE_MEMORY;
    const usable = gigabytes(usableBytes);
    const request = { ...BASE, head: parseHead('flatten') };
    const many = Array.from({ length: 9 }, (_, i) => ({
      ...BASE,
      cut: `block_${[2, 4, 5, 7, 8, 9, 11, 12, 14][i]}_add`,
    }));
    const networks = await loadSweptNetworks([request, ...many], 2, undefined);
    const options = { numClasses: 2, networks, images: 1e9, trainingImages: 1e9, views: 2 };
    expect(() => planSweep([request], { ...options, hasStores: false })).toThrow(
      withMessage(
        `head: expected at most ${usable} GB (80 % of this machine's memory), received 1280.0 GB: features 1,000,000,000 x 640 x 2 bytes = 1280.0 GB, weights and optimizer 641 x 4 x 4 bytes = 0.0 GB. ` +
          'Pool the features (--head gap), use fewer units, a smaller --size, or a later --cut.',
      ),
    );
    // The widest feature layer, of 160 numbers, would do alone; all of them have 632.
    const count = Math.floor((0.9 * usableBytes) / (160 * 2));
    expect(() => planSweep(many, { ...options, images: count, hasStores: false })).toThrow(
      withMessage(
        `sweep: expected features of at most ${usable} GB (80 % of this machine's memory), received ${gigabytes(count * 632 * 2 * 3)} GB: ${count.toLocaleString('en')} images and 2 views of each, at 9 feature layers of the network. Let the features lie in the cache (leave out --no-cache), or take fewer cuts.`,
      ),
    );
    expect(planSweep(many, { ...options, images: count, hasStores: true })).toBeDefined();
  });
});
