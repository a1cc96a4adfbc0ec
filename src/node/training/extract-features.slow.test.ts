import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { drawImages } from '../../../tests/e2e/drawn-images.ts';
import { writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { nearestNeighbors } from '../../core/evaluation/nearest-neighbors.ts';
import { layers } from '../../core/layers/layers.ts';
import { platform } from '../../core/runtime/platform.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import type { Backbone } from '../../vision/backbone/backbone.ts';
import { loadBackbone } from '../backbones/load-backbone.ts';
import { openFeatureCache } from '../feature-cache/feature-cache.ts';
import { imageDatasetFromDirectory } from '../images/image-dataset.ts';
import { extractFeatures } from './extract-features.ts';
import { gatherImages } from './image-sets.ts';
import { model } from './model.ts';
import { trainClassifier } from './training-call.ts';

let root: string;
let backbone: Backbone;
let files: string[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graft-embeddings-'));
  for (const motif of ['bars', 'discs'] as const) await drawImages(join(root, 'data'), motif, 6);
  backbone = await loadBackbone(DEFAULT_RECIPE.backbone, { inputShape: [64, 64, 3] });
  files = ['bars', 'discs'].flatMap((motif) =>
    [0, 1, 2, 3, 4, 5].map((index) => join(root, 'data', motif, `${motif}${index}.jpg`)),
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('extractFeatures', () => {
  it('gives what the network makes of files, bytes and data sets, the same', async () => {
    const { features, shape, files: named, skipped } = await extractFeatures(backbone, files);
    expect([shape.length, shape[0], named, skipped]).toEqual([2, 12, files, []]);
    const bytes = await Promise.all(files.map((file) => readFile(file)));
    const inMemory = await extractFeatures(backbone, bytes);
    expect(inMemory.features).toEqual(features);
    expect(inMemory.files.slice(0, 2)).toEqual(['image 1', 'image 2']);
    const below = await extractFeatures(backbone, [
      join(root, 'data/bars'),
      join(root, 'data/discs'),
      'no.jpg',
    ]);
    expect([below.files, below.skipped]).toEqual([files, [{ file: 'no.jpg', reason: 'file not found' }]]);
    expect(below.features).toEqual(features);
    const data = await imageDatasetFromDirectory(join(root, 'data'));
    expect((await extractFeatures(backbone, data)).features).toEqual(features);
    // A program of layers gives the same.
    const { cut, preprocessing, model: whole } = backbone;
    const outputs = layers.globalAveragePooling2d().apply(whole.getLayer(cut).output);
    const pooled = model({ inputs: whole.inputs, outputs, preprocessing });
    const rows = await pooled.predict(files);
    expect([...features]).toBeAllClose(rows.flat(), { atol: 1e-6, rtol: 0 });
    expect((await extractFeatures(pooled, files)).features).toEqual(features);
  });

  it('gives maps, the largest of each channel, and other layers', async () => {
    const map = await extractFeatures(backbone, files.slice(0, 1), { pooling: 'none' });
    const [, height, width, channels] = map.shape as [number, number, number, number];
    expect(map.features.length).toBe(height * width * channels);
    const largest = await extractFeatures(backbone, files.slice(0, 1), { pooling: 'max' });
    expect(largest.shape).toEqual([1, channels]);
    expect([...largest.features]).toBeAllClose(
      Array.from({ length: channels }, (_, channel) =>
        Math.max(...map.features.filter((_, index) => index % channels === channel)),
      ),
      { atol: 1e-6, rtol: 0 },
    );
    const early = await extractFeatures(backbone, files.slice(0, 1), { layer: 'block_3_project' });
    expect(early.shape).not.toEqual(largest.shape);
  });

  it('finds like images by them', async () => {
    const all = await extractFeatures(backbone, files);
    const query = await extractFeatures(backbone, [files[8]!]);
    const { indices, distances } = nearestNeighbors(all, query, { k: 4 });
    expect(indices[0]).toBe(8);
    expect(distances[0]!).toBeAllClose(0, { atol: 1e-6, rtol: 0 });
    expect([...indices].every((index) => index >= 6)).toBe(true);
  });

  it('takes from the cache what a training left there, without a network', async () => {
    const cache = await openFeatureCache({ folder: join(root, 'cache') });
    onTestFinished(() => cache.close());
    const recipe = readRecipe({ sizePx: 64, epochs: 1, head: 'gap,dense:4', features: 'float32' });
    const images = await gatherImages(join(root, 'data'), recipe);
    await trainClassifier(images, { folder: 'data', recipe, featureStores: cache });
    const runtime = { ...platform };
    const sessions = vi.spyOn(runtime, 'createSession');
    const done: number[] = [];
    // Of its own: a layer that another test has put on the other one has taken the name of the pooling.
    const fresh = await loadBackbone(DEFAULT_RECIPE.backbone, { inputShape: [64, 64, 3] });
    const cached = await extractFeatures(fresh, files, {
      featureCache: cache,
      runtime,
      onProgress: (count, total) => done.push(count, total),
    });
    expect(sessions.mock.calls.length).toBe(0);
    expect(done).toEqual([12, 12]);
    expect(cached.features).toEqual((await extractFeatures(backbone, files)).features);
  });

  it('leaves out what is no image, or says so', async () => {
    await writeFiles(root, { 'odd.jpg': 'only words, no image' });
    const odd = join(root, 'odd.jpg');
    const found = await extractFeatures(backbone, [files[0]!, odd, files[1]!]);
    expect([found.shape[0], found.files]).toEqual([2, [files[0], files[1]]]);
    expect(found.skipped).toEqual([{ file: odd, reason: 'not an image' }]);
    await expect(extractFeatures(backbone, [odd], { strict: true })).rejects.toMatchObject({ code: 'image' });
    await expect(extractFeatures(backbone, ['no.jpg'], { strict: true })).rejects.toThrow(
      withMessage(
        'image "no.jpg": expected an image, received file not found. Check the path, or leave out strict.',
      ),
    );
  });

  it('ends with its signal, and refuses what it does not know', async () => {
    await expect(extractFeatures(backbone, files, { signal: AbortSignal.abort() })).rejects.toThrow(
      withMessage(
        'extractFeatures: expected to reach the end of the images, received a request to stop. With a featureCache, what was computed is kept for the next call.',
      ),
    );
    await expect(extractFeatures(backbone, files, { pooling: 'mean' as 'avg' })).rejects.toThrow(
      withMessage(
        'extractFeatures: expected pooling "avg", "max" or "none", received "mean". Correct it, or leave it out for "avg".',
      ),
    );
    const runtime = { ...platform, totalBytes: () => 5e4 };
    await expect(extractFeatures(backbone, files, { pooling: 'none', runtime })).rejects.toMatchObject({
      code: 'memory',
    });
  });
});
