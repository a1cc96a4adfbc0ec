/** @file Training in a real browser from files: the numbers of Node, to the byte, where both run onnxruntime-web. */

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/core/runtime/runtime.ts';
import { Classifier } from '../../src/node/artifacts/classifier.ts';
import { runtime as native } from '../../src/node/runtime/runtime.ts';
import type { RecipeInput } from '../../src/recipe/recipe.ts';
import { needs } from '../support/needs.ts';
import type { PageServer } from './browser-server.ts';
import { launchBrowser, openPage } from './studio-browser.ts';
import type { PageTrained, PageTraining, TrainingFunctions } from './training-page.ts';
import { CLASSES, RECIPES, SIZE, startTrainingServer } from './training-server.ts';
import { trainInNode, wasmInNode } from './wasm-in-node.ts';

describe('training in Chromium', needs.chromium, () => {
  let folder: string;
  let server: PageServer;
  let browser: Browser;
  let images: Readonly<Record<string, readonly string[]>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-page-'));
    ({ server, images } = await startTrainingServer(folder));
    browser = await launchBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(RECIPES)(
    'with a %s head gives the file of Node to the byte, with and without a worker and threads',
    async (name, recipe) => {
      const byNode = await trainHere(recipe, await wasmInNode(), `${name}-wasm.onnx`);
      const hashes = new Map([['Node', await sha256(join(folder, `${name}-wasm.onnx`))]]);
      for (const [kind, worker] of [
        ['isolated', 'worker'],
        ['plain', 'worker'],
        ['plain', false],
        // With the threads of a larger machine.
        ['isolated', false],
      ] as const) {
        const model = `${name}-${kind}-${worker}.onnx`;
        const said = await trainInPage(await open(kind, 6), { images, recipe: { ...recipe }, worker, model });
        expect(said.events).toEqual(['data', 'model', 'phase', 'stage', 'epoch', 'metrics', 'result']);
        expect(said.classNames).toEqual(CLASSES);
        expect([said.accuracy, said.loss]).toEqual([byNode.validation.accuracy, byNode.validation.loss]);
        hashes.set(model, createHash('sha256').update(server.files.get(model)!).digest('hex'));
      }
      expect([...new Set(hashes.values())]).toHaveLength(1);
    },
  );

  it('goes on with one thread, and the same bytes, where a browser loses the threads that it starts', async () => {
    const [, recipe] = RECIPES[0]!;
    const page = await open('isolated');
    const train = (worker: PageTraining['worker']) =>
      trainInPage(page, { images, recipe: { ...recipe }, worker, cache: false, model: `${worker}.onnx` });
    const [whole, alone] = [await train('worker'), await train('threadless')];
    const note =
      'this browser started none of the threads that it promised: one does all, with the same results';
    expect([whole.notes.includes(note), alone.notes.includes(note)]).toEqual([false, true]);
    const [expected, received] = ['worker.onnx', 'threadless.onnx'].map((name) => server.files.get(name)!);
    expect(Buffer.from(received!).equals(expected!)).toBe(true);
  });

  it('computes in several workers where pages may not share memory, and with the others once one is lost', async () => {
    const [, recipe] = RECIPES[0]!;
    const page = await open('plain');
    const train = (worker: PageTraining['worker']) =>
      trainInPage(page, { images, recipe: { ...recipe }, worker, cache: false, model: `${worker}.onnx` });
    await train('worker');
    const { notes } = await train('mortal');
    expect(notes).toContain('lost one of 2 workers');
    const [expected, received] = ['worker.onnx', 'mortal.onnx'].map((name) => server.files.get(name)!);
    expect(Buffer.from(received!).equals(expected!)).toBe(true);
  });

  it('sweeps on one pass of the network, and gives the best as a training of its recipe does, to the byte', async () => {
    const axes = { heads: ['linear', 'gap,dense:8:relu'], learningRates: [1e-4, 1e-2] };
    const shared = { epochs: 6, sizePx: SIZE, seed: 6 };
    const page = await open('plain');
    const request = { images, recipe: shared, worker: 'worker' as const, model: 'swept.onnx' };
    const { events, rows, computed } = await page.evaluate(
      ([what, tried]) =>
        (globalThis as never as { graft: TrainingFunctions }).graft.sweep(what as never, tried as never),
      [{ ...request, cache: false }, axes] as const,
    );
    expect(events).toEqual(['data', 'stage', 'combination', 'metrics']);
    expect([rows.length, computed]).toEqual([4, 36]);
    expect(rows[0]!.accuracy).toBeGreaterThan(rows[3]!.accuracy);
    const [{ head, learningRate }] = rows as [(typeof rows)[number]];
    await trainInPage(page, { ...request, recipe: { ...shared, head, learningRate }, model: 'best.onnx' });
    const [best, swept] = ['best.onnx', 'swept.onnx'].map((name) => server.files.get(name)!);
    expect(Buffer.from(swept!).equals(best!)).toBe(true);
  });

  it('finds the best epoch of the native library, and probabilities within 1e-5 of its own', async () => {
    const [, recipe] = RECIPES[0]!;
    const byNode = await trainHere(recipe, native, 'native.onnx');
    const byWasm = await Classifier.open(join(folder, 'linear-wasm.onnx'));
    const info = byWasm.file.info;
    expect('bestEpoch' in info && info.bestEpoch).toBe(byNode.bestEpoch);
    const names = CLASSES.flatMap((motif) => images[motif]!);
    const predictions = await byWasm.predict(
      CLASSES.flatMap((motif) => images[motif]!.map((file) => join(folder, 'data', motif, file))),
    );
    await byWasm.dispose();
    const expected = predictions.flatMap(({ probabilities }) => CLASSES.map((name) => probabilities[name]!));
    server.files.set('linear-wasm.onnx', await readFile(join(folder, 'linear-wasm.onnx')));
    const page = await open('plain');
    const rows = await page.evaluate(
      (files) =>
        (globalThis as never as { graft: TrainingFunctions }).graft.predict('linear-wasm.onnx', files),
      names,
    );
    expect(rows.flat()).toBeAllClose(expected, { atol: 1e-5, rtol: 0 });
    const { frame, captured } = await page.evaluate(() =>
      (globalThis as never as { graft: TrainingFunctions }).graft.predictVideo('linear-wasm.onnx'),
    );
    // A frame that is kept as PNG is the frame.
    expect(captured).toEqual(frame);
  });

  it('reads features of images that it has seen from the browser, in a worker, until they are cleared', async () => {
    const page = await open('plain');
    const [, recipe] = RECIPES[0]!;
    const request = {
      images,
      recipe: { ...recipe, seed: 8 },
      worker: 'worker' as const,
      model: 'cached.onnx',
    };
    const clear = () =>
      page.evaluate(() => (globalThis as never as { graft: TrainingFunctions }).graft.clear());
    await clear();
    const first = await trainInPage(page, request);
    expect([first.computed, first.cached]).toEqual([36, 0]);
    const model = server.files.get('cached.onnx')!;
    const second = await trainInPage(page, request);
    expect([second.computed, second.cached]).toEqual([0, 36]);
    expect(Buffer.from(server.files.get('cached.onnx')!).equals(model)).toBe(true);
    const without = await trainInPage(page, { ...request, cache: false });
    expect(without.cached).toBe(0);
    // A head of 8 bytes; of each image its hash, a checksum, and 160 pooled features in float16.
    expect(await clear()).toBe(8 + 36 * (32 + 4 + 320));
    expect((await trainInPage(page, request)).cached).toBe(0);
  });

  it('stops when it is told to: before the first epoch with an error, later with the best weights so far', async () => {
    const page = await open('plain');
    const request = {
      images,
      recipe: { head: 'linear', epochs: 100_000, patience: null, sizePx: SIZE },
      worker: 'worker' as const,
      cache: false,
      model: 'stopped.onnx',
    };
    const interrupt = (at: string) =>
      page.evaluate(
        ([what, when]) =>
          (globalThis as never as { graft: TrainingFunctions }).graft.interrupt(what as never, when as never),
        [request, at] as const,
      );
    expect(await interrupt('model')).toMatch(/an interruption|aborted/);
    expect(await interrupt('epoch')).toBe('ended: interrupted');
  });

  it('refuses in words what cannot be trained', async () => {
    const page = await open('plain');
    const refuse = (more: Partial<PageTraining>) =>
      page.evaluate(
        (what) =>
          (globalThis as never as { graft: TrainingFunctions }).graft.interrupt(what as never, 'none'),
        { images, recipe: {}, worker: 'worker' as const, model: 'none.onnx', ...more },
      );
    expect(await refuse({ images: { bars: images['bars']! } })).toBe(
      'training images: expected at least 2 classes, received 1 ("bars"). Give images by class: { cat: files, dog: files }.',
    );
    expect(await refuse({ images: { bars: images['bars']!, discs: [] } })).toBe(
      'training images: expected at least 1 readable image in every class, received none in "discs". ' +
        'Put images (jpg, png, webp, gif, tiff or avif) into the folder, or remove it.',
    );
    expect(await refuse({ recipe: { validation: 'photos' } })).toBe(
      'recipe: expected a fraction of the training images as validation, received the folder "photos". ' +
        'A page has no folders: give the option validation with images by class.',
    );
  });

  async function trainHere(recipe: RecipeInput, runtime: Runtime, file: string) {
    return trainInNode(join(folder, 'data'), { recipe, runtime, model: join(folder, file) });
  }

  function trainInPage(page: Page, request: PageTraining): Promise<PageTrained> {
    return page.evaluate(
      (what) => (globalThis as never as { graft: TrainingFunctions }).graft.train(what),
      request,
    );
  }

  /** @param cores - That the page itself is told of. */
  async function open(kind: 'isolated' | 'plain', cores?: number): Promise<Page> {
    const page = await openPage(browser);
    await page.addInitScript((count) => {
      if (count === undefined) return;
      Object.defineProperty(navigator, 'hardwareConcurrency', { value: count });
    }, cores);
    page.on('pageerror', (error) => {
      throw error;
    });
    await page.goto(server.addresses[kind]);
    await page.waitForFunction(() => 'graft' in globalThis);
    return page;
  }

  async function sha256(file: string): Promise<string> {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  }
});
