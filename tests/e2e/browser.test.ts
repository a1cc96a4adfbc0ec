/** @file Graft in a real browser: model files of the command line used, and heads trained, on given pixels. */

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PixelClassifier } from '../../src/artifacts/pixel-classifier.ts';
import { tensor } from '../../src/core/tensor/tensor.ts';
import { writeSafetensors } from '../../src/core/weights/safetensors.ts';
import { loadBackbone } from '../../src/node/backbones/load-backbone.ts';
import { scanFolder } from '../../src/node/images/folder-scan.ts';
import { listImages } from '../../src/node/images/image-list.ts';
import { readWeights } from '../../src/node/weights/read-weights.ts';
import { needs } from '../support/needs.ts';
import { SENTENCES, sentencesCsv } from '../support/sentences.ts';
import type { PageFunctions, TrainReport, TrainRequest } from './browser-page.ts';
import { type PageServer, startPageServer } from './browser-server.ts';
import { graft } from './cli.ts';
import { predictDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { pixelsOf } from './image-pixels.ts';
import { launchBrowser, openPage } from './studio-browser.ts';
import { drawWorkplace, type Workplace } from './trained-models.ts';

const SIZE = 64;
const CLASSES = ['bars', 'discs', 'rings'];

describe('in Chromium', needs.chromium, () => {
  let work: Workplace;
  let server: PageServer;
  let browser: Browser;

  beforeAll(async () => {
    work = await drawWorkplace();
    for (const motif of ['bars', 'discs', 'rings'] as const)
      await drawImages(join(work.cwd, 'validation'), motif, 6, 5);
    server = await startPageServer();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await work?.remove();
  });

  it.each(['isolated', 'plain'] as const)(
    'gives the probabilities of graft predict for the same pixels, on a page that is %s',
    async (kind) => {
      const { status, stderr } = await train('run');
      expect([status, stderr.includes('error')]).toEqual([0, false]);
      const files = await listImages([join(work.cwd, 'validation')]);
      const { stdout } = await graft(['predict', 'run/model.onnx', 'validation', '--json'], {
        cwd: work.cwd,
      });
      const expected = predictDocument.parse(JSON.parse(stdout)).flatMap((result) => {
        if ('error' in result) throw new Error(result.error);
        return CLASSES.map((name) => result.probabilities[name]!);
      });
      server.files.set('model.onnx', await readFile(join(work.cwd, 'run/model.onnx')));
      server.files.set(
        'pixels',
        await pixelsOf(
          files.map(({ file }) => file),
          SIZE,
        ),
      );
      const page = await open(kind);
      const rows = await page.evaluate(
        (count) =>
          (globalThis as never as { graft: PageFunctions }).graft.predict('model.onnx', 'pixels', count),
        files.length,
      );
      expect(rows).toHaveLength(18);
      expect(rows.flat()).toBeAllClose(expected, { atol: 1e-5, rtol: 0 });
    },
  );

  it.each(['isolated', 'plain'] as const)(
    'gives the probabilities of graft predict for the same texts, on a page that is %s',
    async (kind) => {
      await writeFile(join(work.cwd, 'texts.csv'), sentencesCsv(SENTENCES));
      const out = ['--out', `texts-${kind}`, '--epochs', '3', '--ngrams', '2', '--long', 'windows'];
      const trained = await graft(['train', 'texts.csv', ...out], { cwd: work.cwd });
      expect([trained.status, trained.stderr.includes('error')]).toEqual([0, false]);
      const texts = [
        ...SENTENCES.slice(0, 9).map(({ text }) => text),
        'Wörter, 猫 and a cat 🐈 '.repeat(80),
        'x',
      ];
      const model = `texts-${kind}/model.onnx`;
      const { stdout } = await graft(['predict', model, ...texts, '--json'], { cwd: work.cwd });
      const said = JSON.parse(stdout) as { readonly probabilities: Readonly<Record<string, number>> }[];
      const expected = said.flatMap(({ probabilities }) =>
        ['animals', 'food', 'money'].map((name) => probabilities[name]!),
      );
      server.files.set('texts.onnx', await readFile(join(work.cwd, model)));
      const page = await open(kind);
      const rows = await page.evaluate(
        (asked) => (globalThis as never as { graft: PageFunctions }).graft.predictTexts('texts.onnx', asked),
        texts,
      );
      expect(rows).toHaveLength(texts.length);
      // The mean of many windows of odd letters is 2e-5 off; what fits into one window is not.
      const ofLong = (_: unknown, index: number): boolean => Math.floor(index / 3) === 9;
      const others = (value: number, index: number): boolean => !ofLong(value, index);
      expect(rows.flat().filter(others)).toBeAllClose(expected.filter(others), { atol: 1e-5, rtol: 0 });
      expect(rows.flat().filter(ofLong)).toBeAllClose(expected.filter(ofLong), { atol: 1e-4, rtol: 0 });
    },
  );

  it('trains a head on pixels: the same file with and without threads and in a worker, which the command line reads', async () => {
    const { status, stdout } = await train('trained-by-node', '--json');
    expect(status).toBe(0);
    const byNode = JSON.parse(stdout) as { validation: { loss: number; accuracy: number } };
    const request = await trainRequest();
    const reports: TrainReport[] = [];
    for (const [kind, call] of [
      ['isolated', 'train'],
      ['plain', 'train'],
      ['isolated', 'trainInWorker'],
    ] as const) {
      const page = await open(kind);
      const asked = { ...request, model: `${kind}-${call}.onnx` };
      reports.push(
        await page.evaluate(
          ([name, what]) => (globalThis as never as { graft: PageFunctions }).graft[name](what),
          [call, asked] as const,
        ),
      );
    }
    const [isolated, plain, inWorker] = reports as [TrainReport, TrainReport, TrainReport];
    expect([isolated, plain, inWorker].map(({ isIsolated }) => isIsolated)).toEqual([true, false, true]);
    expect(plain.threads).toBe(1);
    const file = server.files.get('isolated-train.onnx')!;
    for (const other of ['plain-train.onnx', 'isolated-trainInWorker.onnx'])
      expect([other, sha256(server.files.get(other)!)]).toEqual([other, sha256(file)]);
    // The same engine on the same pixels with the same seed; but another build of ONNX Runtime rounds otherwise.
    expect([isolated.accuracy]).toEqual([byNode.validation.accuracy]);
    expect([isolated.loss]).toBeAllClose([byNode.validation.loss], { atol: 1e-3, rtol: 0 });

    await mkdir(join(work.cwd, 'from-the-page'));
    await writeFile(join(work.cwd, 'from-the-page/model.onnx'), file);
    const evaluated = await graft(['evaluate', 'from-the-page/model.onnx', 'validation', '--json'], {
      cwd: work.cwd,
    });
    expect((JSON.parse(evaluated.stdout) as { accuracy: number }).accuracy).toBe(isolated.accuracy);
    const native = await PixelClassifier.load(file);
    const pixels = server.files.get('validation')!;
    const page = await open('plain');
    const rows = await page.evaluate(() =>
      (globalThis as never as { graft: PageFunctions }).graft.predict(
        'isolated-train.onnx',
        'validation',
        18,
      ),
    );
    expect(rows.flat()).toBeAllClose(await native.predictPixels(pixels, 18), { atol: 1e-5, rtol: 0 });
    await native.dispose();
  });

  it('reads the files of Keras, again and again', async () => {
    const names = ['keras_legacy.h5', 'keras3.weights.h5', 'archive.keras'];
    const expected: Record<string, number>[] = [];
    for (const name of names) {
      const path = join('tests/golden/weights', name);
      server.files.set(name, await readFile(path));
      const { tensors } = await readWeights(path);
      expected.push(
        Object.fromEntries(
          [...tensors].map(([key, { data }]) => [key, data.reduce((sum, value) => sum + value, 0)]),
        ),
      );
    }
    const page = await open('plain');
    const read = (files: readonly string[]) =>
      page.evaluate(
        (what) => (globalThis as never as { graft: PageFunctions }).graft.readWeights(what),
        files,
      );
    expect(await read(names)).toEqual(expected);
    expect(await read(names.toReversed())).toEqual(expected.toReversed());
  });

  it('refuses a damaged model file in words', async () => {
    server.files.set('damaged.onnx', Uint8Array.of(1, 2, 3));
    const page = await open('plain');
    const message = await page.evaluate(() =>
      (globalThis as never as { graft: PageFunctions }).graft.refuse('damaged.onnx'),
    );
    expect(message).toBe(
      'model "model.onnx": expected an ONNX model, received 3 bytes that are none, or only a part of one. ' +
        'Give the model.onnx of a run folder; if it was copied, copy it again.',
    );
  });

  /** Training and validation images are told apart by folder, so that the page may have the same. */
  function train(out: string, ...more: string[]) {
    const args = ['train', 'three', '--validation', 'validation', '--out', out, '--overwrite'];
    return graft([...args, '--size', `${SIZE}`, '--epochs', '12', '--head', 'flatten,dense:600', ...more], {
      cwd: work.cwd,
    });
  }

  async function trainRequest(): Promise<Omit<TrainRequest, 'model'>> {
    const { model } = await loadBackbone('mobilenet_v2_openimages', { inputShape: [SIZE, SIZE, 3] });
    const weights = model.layers.flatMap((layer) =>
      layer.weights.map(
        ({ spec, value }) => [`${layer.name}/${spec.name}`, tensor('float32', spec.shape, value)] as const,
      ),
    );
    server.files.set('weights', writeSafetensors(new Map(weights)));
    const scan = {
      train: await scanFolder(join(work.cwd, 'three')),
      validation: await scanFolder(join(work.cwd, 'validation')),
    };
    for (const [name, { train: samples }] of Object.entries(scan))
      server.files.set(
        name,
        await pixelsOf(
          samples.map(({ file }) => file),
          SIZE,
        ),
      );
    return {
      weights: 'weights',
      sizePx: SIZE,
      classNames: CLASSES,
      train: { pixels: 'train', labels: scan.train.train.map(({ label }) => label) },
      validation: { pixels: 'validation', labels: scan.validation.train.map(({ label }) => label) },
      recipe: { head: 'flatten,dense:600', epochs: 12 },
    };
  }

  async function open(kind: 'isolated' | 'plain'): Promise<Page> {
    const page = await openPage(browser);
    page.on('pageerror', (error) => {
      throw error;
    });
    await page.goto(server.addresses[kind]);
    await page.waitForFunction(() => 'graft' in globalThis);
    return page;
  }
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
