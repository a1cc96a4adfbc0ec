/** @file Training in Chromium from photographs that libvips decodes: the file of Node, to the byte. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import type { PageServer } from './browser-server.ts';
import { launchBrowser, openPage } from './studio-browser.ts';
import type { PageTrained, PageTraining, TrainingFunctions } from './training-page.ts';
import { RECIPES, startTrainingServer } from './training-server.ts';
import { trainInNode, wasmInNode } from './wasm-in-node.ts';

describe('photographs in Chromium', needs.chromium, () => {
  let folder: string;
  let server: PageServer;
  let browser: Browser;
  let images: PageTraining['images'];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-exact-'));
    ({ server, images } = await startTrainingServer(folder, 'photographs'));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('decoded by libvips give the model of Node to the byte, and those of the browser another', async () => {
    const [, recipe] = RECIPES[0]!;
    const model = join(folder, 'node.onnx');
    await trainInNode(join(folder, 'data'), { recipe, runtime: await wasmInNode(), model });
    const expected = await readFile(model);
    const page = await openPage(browser);
    await page.goto(server.addresses.isolated);
    await page.waitForFunction(() => 'graft' in globalThis);
    const train = async (worker: 'worker' | 'exact') => {
      const request = { images, recipe: { ...recipe }, worker, model: `${worker}.onnx` };
      const { cached } = await trainInPage(page, request);
      return { isSame: Buffer.from(server.files.get(request.model)!).equals(expected), cached };
    };
    // Features of the browser's pixels are of no use to libvips, nor the other way round.
    expect(await train('worker')).toEqual({ isSame: false, cached: 0 });
    expect(await train('exact')).toEqual({ isSame: true, cached: 0 });
    expect(await train('exact')).toEqual({ isSame: true, cached: 36 });
    expect(await train('worker')).toEqual({ isSame: false, cached: 36 });
  });
});

function trainInPage(page: Page, request: PageTraining): Promise<PageTrained> {
  return page.evaluate(
    (what) => (globalThis as never as { graft: TrainingFunctions }).graft.train(what),
    request,
  );
}
