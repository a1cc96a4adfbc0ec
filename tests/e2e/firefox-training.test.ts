/** @file Training in Firefox: the numbers of Node, to the byte, where both run onnxruntime-web. */

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import type { PageServer } from './browser-server.ts';
import { askFirefox, closeFirefox, launchFirefox } from './firefox-pages.ts';
import type { PageTraining, TrainingFunctions } from './training-page.ts';
import { CLASSES, RECIPES, startTrainingServer } from './training-server.ts';
import { trainInNode, wasmInNode } from './wasm-in-node.ts';

describe('training in Firefox', needs.firefox, () => {
  let folder: string;
  let server: PageServer;
  let images: Readonly<Record<string, readonly string[]>>;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-firefox-'));
    ({ server, images } = await startTrainingServer(folder));
    browser = await launchFirefox();
  });
  afterAll(async () => {
    if (browser !== undefined) await closeFirefox(browser);
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(RECIPES)(
    'with a %s head gives the file of Node to the byte, with and without threads',
    async (name, recipe) => {
      const model = join(folder, `${name}.onnx`);
      const byNode = await trainInNode(join(folder, 'data'), { recipe, runtime: await wasmInNode(), model });
      const expected = sha256(await readFile(model));
      for (const kind of ['isolated', 'plain'] as const) {
        const request: PageTraining = {
          images,
          recipe: { ...recipe },
          worker: 'worker',
          model: `${name}-${kind}.onnx`,
        };
        const said = await askFirefox(browser, server.addresses[kind], (page) => trainInPage(page, request));
        expect([said.classNames, said.accuracy, said.loss]).toEqual([
          CLASSES,
          byNode.validation.accuracy,
          byNode.validation.loss,
        ]);
        expect([kind, sha256(server.files.get(request.model)!)]).toEqual([kind, expected]);
      }
    },
  );

  function trainInPage(page: Page, request: PageTraining): ReturnType<TrainingFunctions['train']> {
    return page.evaluate(
      (what) => (globalThis as never as { graft: TrainingFunctions }).graft.train(what),
      request,
    );
  }
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
