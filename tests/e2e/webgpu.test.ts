/** @file A classifier in Chromium whose graphics card is a program (SwiftShader): slow, and right. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listImages } from '../../src/node/images/image-list.ts';
import { needs } from '../support/needs.ts';
import { type PageServer, startPageServer } from './browser-server.ts';
import { graft } from './cli.ts';
import { pixelsOf } from './image-pixels.ts';
import { launchBrowser, openPage } from './studio-browser.ts';
import { drawWorkplace, type Workplace } from './trained-models.ts';
import type { WebgpuAnswers, WebgpuPage } from './webgpu-page.ts';

const SIZE = 32;
const COUNT = 4;
const SOFTWARE_CARD = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--enable-unsafe-swiftshader',
];

describe('WebGPU in Chromium', needs.chromium, () => {
  let work: Workplace;
  let server: PageServer;
  let browser: Browser;

  beforeAll(async () => {
    work = await drawWorkplace();
    const args = ['train', 'three', '--out', 'run', '--size', `${SIZE}`, '--epochs', '3'];
    expect((await graft(args, { cwd: work.cwd })).status).toBe(0);
    const files = (await listImages([join(work.cwd, 'three')])).slice(0, COUNT);
    server = await startPageServer({ page: fileURLToPath(new URL('webgpu-page.ts', import.meta.url)) });
    server.files.set('model.onnx', await readFile(join(work.cwd, 'run/model.onnx')));
    const paths = files.map(({ file }) => file);
    server.files.set('pixels', await pixelsOf(paths, SIZE));
    browser = await launchBrowser(SOFTWARE_CARD);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await work?.remove();
  });

  async function ask(pretends: boolean, chromium: Browser = browser): Promise<WebgpuAnswers> {
    const page = await openPage(chromium);
    await page.goto(server.addresses.isolated);
    await page.waitForFunction(() => 'webgpu' in globalThis);
    const request = { model: 'model.onnx', pixels: 'pixels', count: COUNT, pretends };
    return page.evaluate(
      (asked) => (globalThis as never as { webgpu: WebgpuPage }).webgpu.answers(asked),
      request,
    );
  }

  it('measures the card, and leaves it where WebAssembly is faster', async () => {
    const { before, choice, after } = await ask(false);
    expect(choice.processor).toBe('wasm');
    expect(choice.reason).toMatch(/^WebGPU takes [\d.]+ ms, WebAssembly [\d.]+ ms$/);
    expect(after).toEqual(before);
  });

  it('answers by the card where it seems faster, the same to 1e-3', async () => {
    const { before, choice, after } = await ask(true);
    expect(choice.processor).toBe('webgpu');
    expect(after).toBeAllClose(before, { atol: 1e-3, rtol: 0 });
    // Another processor rounds otherwise: else it was not asked.
    expect(after).not.toEqual(before);
  });

  it('tells that a browser has none', async () => {
    const chromium = await launchBrowser();
    try {
      const { choice } = await ask(false, chromium);
      expect(choice).toEqual({
        processor: 'wasm',
        reason:
          'no WebGPU: WebGPU: expected a graphics card that the browser lets pages use, received none. WebAssembly answers.',
      });
    } finally {
      await chromium.close();
    }
  });
});
