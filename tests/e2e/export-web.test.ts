/** @file `graft export --to web`: the folder in a real browser, and the examples in it, run as they stand there. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { SENTENCES, sentencesCsv } from '../support/sentences.ts';
import { graft } from './cli.ts';
import { predictDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { expectAccessible, launchBrowser, openPage } from './studio-browser.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLASSES = ['bars', 'discs', 'rings'] as const;
/** What a page may weigh beside its model. */
const MAX_BYTES = 6e6;

describe('export to web', needs.chromium, () => {
  let cwd: string;
  let browser: Browser;
  let server: Server;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-web-'));
    for (const motif of CLASSES) await drawImages(join(cwd, 'three'), motif, 36);
    const { status } = await graft(['train', 'three', '--size', '64', '--epochs', '20', '--out', 'run'], {
      cwd,
    });
    expect(status).toBe(0);
    // Of the network's size: no resizing rounds otherwise.
    await sharp(join(cwd, 'three/discs/discs3.jpg')).resize(64).png().toFile(join(cwd, 'small.png'));
    const noise = Uint8Array.from(
      { length: 64 * 64 * 3 },
      (_, index) => (index * 7919 + (index % 13) * 331) % 256,
    );
    await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toFile(join(cwd, 'noise.png'));
    await mkdir(join(cwd, 'node_modules'));
    await symlink(ROOT, join(cwd, 'node_modules/graft-ml'));
    await symlink(join(ROOT, 'node_modules/onnxruntime-web'), join(cwd, 'node_modules/onnxruntime-web'));
    await symlink(join(ROOT, 'node_modules/vite'), join(cwd, 'node_modules/vite'));
    const exported = await graft(['export', 'run/model.onnx', '--to', 'web', '--out', 'site', '--json'], {
      cwd,
    });
    expect([exported.status, exported.stderr]).toEqual([0, '']);
    server = await startExample(join(cwd, 'site'));
    browser = await launchBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('writes a folder that is small beside its model, and says how to serve it', async () => {
    const files = await filesIn(join(cwd, 'site'));
    expect([...files.keys()].sort()).toEqual([
      'NOTICES.txt',
      'README.md',
      'examples/plain.html',
      'examples/server.mjs',
      'examples/vite/index.html',
      'examples/vite/main.js',
      'examples/vite/package.json',
      'examples/vite/vite.config.js',
      'graft.js',
      'icon.svg',
      'index.html',
      'model.onnx',
      'onnxruntime.wasm.gz',
      'page.css',
      'page.js',
      'worker.js',
    ]);
    const bytes = [...files].reduce((sum, [name, size]) => (name === 'model.onnx' ? sum : sum + size), 0);
    expect(bytes).toBeLessThan(MAX_BYTES);
    const model = await readFile(join(cwd, 'run/model.onnx'));
    expect((await readFile(join(cwd, 'site/model.onnx'))).equals(model)).toBe(true);
    const again = await graft(['export', 'run/model.onnx', '--to', 'web', '--out', 'site'], { cwd });
    expect([again.status, again.stderr.includes('expected')]).toEqual([1, true]);
    const second = await graft(['export', 'run/model.onnx', '--to', 'web'], { cwd });
    expect(second.stderr).toContain('Any web server serves it: npx http-server run/web.');
  });

  it('shows what the command line says of an image that is dropped, chosen or pasted, and asks no other host', async () => {
    const expected = await said('small.png');
    const { page, asked, complaints } = await open('/');
    const bytes = [...(await readFile(join(cwd, 'small.png')))];
    await page.evaluate(`{
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.of(${bytes.join()})], 'small.png', { type: 'image/png' }));
      const drop = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector('#stage').dispatchEvent(drop);
    }`);
    await expectBars(page, expected);
    expect(await page.title()).toBe('bars, discs, rings');
    expect(await page.locator('#said').textContent()).toMatch(/^(bars|discs|rings), [\d.]+%$/);
    await page.locator('#chooser').setInputFiles(join(cwd, 'noise.png'));
    await expectBars(page, await said('noise.png'));
    await page.getByText('None of these.').waitFor();
    expect(await page.locator('#bars .none .value').textContent()).toBe('yes');
    await page.locator('#chooser').setInputFiles(join(cwd, 'site/README.md'));
    await page
      .getByText('image "README.md": expected an image, received a file that the browser cannot decode.')
      .waitFor();
    await page.locator('#chooser').setInputFiles(join(cwd, 'small.png'));
    await expectBars(page, expected);
    expect([...asked]).toEqual([server.origin]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('gives the probabilities of the command line to 1e-5 in pages of their own', async () => {
    const { page } = await open('/examples/plain.html');
    await page.locator('#image').setInputFiles(join(cwd, 'small.png'));
    expect(Object.values(await printed(page))).toBeAllClose(Object.values(await said('small.png')), {
      atol: 1e-5,
      rtol: 0,
    });
    await page.close();
  });

  it('shows what the webcam sees, until it is stopped', async () => {
    const { page, complaints } = await open('/');
    await page.getByRole('button', { name: 'Start the webcam' }).click({ timeout: 600_000 });
    await holds(page, "document.querySelector('#bars .value').textContent !== '–'");
    await page.getByRole('button', { name: 'Stop the webcam' }).click();
    await page.getByText('Drop or paste an image here').waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('has nothing that axe-core finds, light and dark, wide and narrow', async () => {
    const { page } = await open('/');
    await page.locator('#chooser').setInputFiles(join(cwd, 'small.png'));
    await expectBars(page, await said('small.png'));
    await expectAccessible(page);
    await page.close();
  });

  it('has a server that answers as the command line', async () => {
    const ask = (body: Uint8Array<ArrayBuffer>) =>
      fetch(`${server.origin}/predict`, { method: 'POST', body });
    const response = await ask(new Uint8Array(await readFile(join(cwd, 'small.png'))));
    const { probabilities } = (await response.json()) as { readonly probabilities: Record<string, number> };
    expect(probabilities).toEqual(await said('small.png'));
    expect((await ask(Uint8Array.of(1, 2, 3))).status).toBe(400);
    expect((await fetch(`${server.origin}/../../run/recipe.json`)).status).toBe(404);
    expect((await fetch(`${server.origin}/%2e%2e/%2e%2e/run/recipe.json`)).status).toBe(404);
  });

  it('has an example that Vite builds', async () => {
    const root = join(cwd, 'site/examples/vite');
    await build({ root, logLevel: 'error' });
    const { page } = await open('/examples/vite/dist/index.html');
    await page.locator('#image').setInputFiles(join(cwd, 'small.png'));
    expect(Object.values(await printed(page))).toBeAllClose(Object.values(await said('small.png')), {
      atol: 1e-5,
      rtol: 0,
    });
    await page.close();
  });

  it('makes a page for a model of texts', async () => {
    await writeFile(join(cwd, 'texts.csv'), sentencesCsv(SENTENCES));
    await graft(['train', 'texts.csv', '--out', 'texts', '--epochs', '3'], { cwd });
    const { status } = await graft(['export', 'texts/model.onnx', '--to', 'web', '--out', 'text-site'], {
      cwd,
    });
    expect(status).toBe(0);
    const { text } = SENTENCES[0]!;
    const { stdout } = await graft(['predict', 'texts/model.onnx', text, '--json'], { cwd });
    const [{ probabilities }] = JSON.parse(stdout) as [{ readonly probabilities: Record<string, number> }];
    const own = await startStatic(join(cwd, 'text-site'));
    try {
      const { page, complaints } = await open('/', own);
      await page.getByLabel('A text').fill(text, { timeout: 600_000 });
      await expectBars(page, probabilities);
      expect(complaints).toEqual([]);
      await page.close();
      const plain = (await open('/examples/plain.html', own)).page;
      await plain.locator('#text').fill(text);
      await plain.locator('#text').press('Tab');
      expect(Object.values(await printed(plain))).toBeAllClose(Object.values(probabilities), {
        atol: 1e-5,
        rtol: 0,
      });
      await plain.close();
    } finally {
      await own.close();
    }
  });

  it('takes a backbone to a small file that trains like itself', async () => {
    const { status, stderr } = await graft(
      ['export', 'mobilenet_v2_openimages', '--to', 'backbone', '--out', 'backbone.safetensors'],
      { cwd },
    );
    expect([status, stderr]).toEqual([
      0,
      'written backbone.safetensors\nmobilenet_v2_openimages up to "block_15_add", of Open Images v4; its license is Apache-2.0.\n',
    ]);
    expect((await stat(join(cwd, 'backbone.safetensors'))).size).toBeLessThan(3.1e6);
  });

  async function said(file: string): Promise<Record<string, number>> {
    const { stdout } = await graft(['predict', 'run/model.onnx', file, '--json'], { cwd });
    const [result] = predictDocument.parse(JSON.parse(stdout));
    if (result === undefined || 'error' in result) throw new Error(stdout);
    return result.probabilities as Record<string, number>;
  }

  async function open(
    path: string,
    { origin }: Server = server,
  ): Promise<{ readonly page: Page; readonly asked: Set<string>; readonly complaints: string[] }> {
    const page = await openPage(browser);
    const asked = new Set<string>();
    const complaints: string[] = [];
    page.on('request', (sent) => {
      const url = new URL(sent.url());
      if (url.protocol !== 'blob:') asked.add(url.origin);
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${origin}${path}`, { waitUntil: 'networkidle' });
    return { page, asked, complaints };
  }
});

/** What the bars show is what is expected. */
async function expectBars(page: Page, expected: Readonly<Record<string, number>>): Promise<void> {
  await holds(
    page,
    `${JSON.stringify(Object.entries(expected))}.every(([name, value]) => {
      const rows = [...document.querySelectorAll('#bars li')];
      const row = rows.find((each) => each.querySelector('.name').textContent === name);
      return Math.abs(row.querySelector('progress').value - value) < 1e-5;
    })`,
  );
}

/** Waits until an expression is true. Playwright's own waiting runs text as a program, which the page's policy forbids. */
async function holds(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate(expression), { timeout: 600_000, interval: 50 }).toBe(true);
}

async function printed(page: Page): Promise<Record<string, number>> {
  await holds(page, "document.querySelector('#prediction').textContent !== ''");
  const text = await page.locator('#prediction').textContent();
  return (JSON.parse(text!) as { readonly probabilities: Record<string, number> }).probabilities;
}

interface Server {
  readonly origin: string;
  close(): Promise<void>;
}

/** The server of the examples, as it stands there. */
async function startExample(folder: string): Promise<Server> {
  const child = spawn(process.execPath, [join(folder, 'examples/server.mjs')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { origin: new URL(line).origin, close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

/** Any web server. */
async function startStatic(folder: string): Promise<Server> {
  const { preview } = await import('vite');
  const server = await preview({
    root: folder,
    build: { outDir: '.' },
    preview: { port: 0 },
    logLevel: 'error',
  });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error('the server has no address');
  return { origin: new URL(address).origin, close: () => server.close() };
}

async function filesIn(folder: string): Promise<Map<string, number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return new Map(files.map((file, index) => [file.slice(folder.length + 1), sizes[index]!]));
}
