/** @file `graft studio --build`: the studio in a real browser that trains by itself, from a plain web server. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { unzipSync, zipSync } from 'fflate';
import type { BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawImages, type Motif } from './drawn-images.ts';
import { download } from './site-page.ts';
import { type SiteServer, startSiteServer } from './site-server.ts';
import { expectAccessible, launchProfile } from './studio-browser.ts';
import { trainInNode, wasmInNode } from './wasm-in-node.ts';

const PAGES = ['images', 'train', 'results', 'try', 'runs', 'export'];
const SIZE = '64';
/** What Firefox does to threads on a busy machine now and then: of a worker's own none starts, and nothing is said. Models answer nevertheless. */
const LOSE_THREADS = `const Started = Worker;
globalThis.Worker = class {
  constructor(address, options) {
    if (options?.name !== 'em-pthread') return new Started(address, options);
  }
  postMessage() {}
  terminate() {}
};`;

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-site-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('graft studio --build', () => {
  it('writes a folder, brings its own up to date, and writes over nothing else', async () => {
    const built = await graft(['studio', '--build', 'built'], { cwd });
    expect([built.status, built.stdout]).toEqual([0, '']);
    expect(built.stderr).toMatch(
      /^written built: \d+ files, \d+\.\d MB\nServe it at https:\/\/ or at localhost: npx http-server built\n$/,
    );
    expect((await readdir(join(cwd, 'built'))).sort()).toEqual(
      expect.arrayContaining(['NOTICES.txt', 'index.html', 'page', 'service-worker.js']),
    );
    expect((await graft(['studio', '--build', 'built'], { cwd })).status).toBe(0);
    await mkdir(join(cwd, 'mine'));
    await writeFile(join(cwd, 'mine/index.html'), 'mine');
    const refused = await graft(['studio', '--build', 'mine'], { cwd });
    expect([refused.status, refused.stderr]).toEqual([
      1,
      'error folder "mine": expected a new or empty folder, or one that graft studio --build has written, ' +
        'received one with a file of something else. Give another one.\n',
    ]);
    expect(await readFile(join(cwd, 'mine/index.html'), 'utf8')).toBe('mine');
    expect(await readdir(join(cwd, 'mine'))).toEqual(['index.html']);
  });

  it("has at most 80 KB of JavaScript for the pages, as graft studio's own, beside that of the engine", async () => {
    for (const pages of ['site', 'app']) {
      const folder = fileURLToPath(new URL(`../../dist/studio/${pages}/`, import.meta.url));
      const scripts = new Set(['app.js']);
      let bytes = 0;
      for (const name of scripts) {
        const script = await readFile(join(folder, name), 'utf8');
        bytes += gzipSync(script, { level: 9 }).length;
        for (const [, other] of script.matchAll(/\bimport(?:[^;"']*\bfrom)?\s*["']\.\/([^"']+)["']/g))
          scripts.add(other!);
      }
      expect([pages, bytes <= 80_000]).toEqual([pages, true]);
    }
  });
});

describe('the studio of a plain web server, in Chromium', needs.chromium, () => {
  let server: SiteServer;
  let context: BrowserContext;
  let page: Page;
  const asked = new Set<string>();

  beforeAll(async () => {
    expect((await graft(['studio', '--build', 'site'], { cwd })).status).toBe(0);
    const program = join(cwd, 'site/studio-worker.js');
    await writeFile(program, `${LOSE_THREADS}\n${await readFile(program, 'utf8')}`);
    server = await startSiteServer(join(cwd, 'site'));
  });
  afterAll(async () => {
    await context?.close();
    await server?.close();
  });

  it('collects two classes with the webcam, trains, and tells them apart live', async () => {
    await openWith('bars');
    // The server sends no headers: those for threads are of the service worker.
    expect(await page.evaluate('crossOriginIsolated')).toBe(true);
    await collect('bars');
    await openWith('discs');
    await collect('discs');
    await show('train');
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Size', { exact: true }).fill('96');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'See the results' }).waitFor({ timeout: 600_000 });
    await tryLive('discs');
    await openWith('bars');
    await tryLive('bars');
  });

  it('shows what the model gets right, the images behind a number, and what speaks for a class', async () => {
    await show('results');
    const cell = page.locator('.cell:not(:disabled)').first();
    await cell.waitFor({ timeout: 600_000 });
    const number = Number(await cell.textContent());
    await cell.click();
    await expect.poll(() => page.locator('.tile').count()).toBe(number);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'what it predicts' }).click({ timeout: 120_000 });
    const map = page.getByRole('img', { name: /^What speaks for/ });
    await expect
      .poll(() => map.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth), {
        timeout: 120_000,
      })
      .toBeGreaterThan(0);
    await page.keyboard.press('Escape');
  });

  it('has nothing that axe-core finds, on any page, light and dark, wide and narrow', async () => {
    for (const name of PAGES) {
      await show(name);
      await expectAccessible(page, name);
    }
  });

  it('gives the model and a page with it', async () => {
    await show('export');
    const model = await download(page, () => page.getByRole('link', { name: 'Download model.onnx' }).click());
    await writeFile(join(cwd, 'model.onnx'), model);
    await drawImages(join(cwd, 'unseen'), 'discs', 4, 99);
    const { status, stdout } = await graft(['predict', 'model.onnx', 'unseen/discs', '--json'], { cwd });
    expect([status, stdout.match(/"(?:bars|discs)":/g)?.length]).toEqual([0, 8]);
    const card = page.getByRole('region', { name: 'A web page' });
    await card.getByRole('button', { name: 'Export' }).click();
    const link = card.getByRole('link', { name: 'Download' });
    await link.waitFor({ timeout: 60_000 });
    const site = unzipSync(new Uint8Array(await download(page, () => link.click())));
    expect((await graft(['export', 'model.onnx', '--to', 'web', '--out', 'page'], { cwd })).status).toBe(0);
    const entries = await readdir(join(cwd, 'page'), { recursive: true, withFileTypes: true });
    const written = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(
      Object.keys(site)
        .map((name) => join(cwd, 'page', name))
        .sort(),
    ).toEqual(written.sort());
    for (const [name, bytes] of Object.entries(site))
      expect([name, sha256(bytes)]).toEqual([name, sha256(await readFile(join(cwd, 'page', name)))]);
    expect(sha256(site['model.onnx']!)).toBe(sha256(model));
  });

  it('keeps edits, undo and runs when the page is loaded again, without a network', async () => {
    await show('images');
    const count = page.locator('.class-count').first();
    const before = Number(await count.textContent());
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Delete');
    await page.getByText(/^Move 1 image to the bin/).waitFor();
    await context.setOffline(true);
    const served = server.asked.size;
    await page.reload();
    await page.locator('.tile img').first().waitFor();
    expect(Number(await count.textContent())).toBe(before - 1);
    await page.keyboard.press('Control+z');
    await page.getByText(/^Undone/).waitFor();
    await expect.poll(() => count.textContent()).toBe(String(before));
    await show('runs');
    await page.getByRole('button', { name: 'my-project-1', exact: true }).waitFor();
    expect(server.asked.size).toBe(served);
    await context.setOffline(false);
  });

  it('is open in one tab at a time: another one waits, and goes on', async () => {
    const second = await context.newPage();
    await second.goto(server.address);
    const words = 'Another tab or window has this project open. Close it, and this one goes on.';
    await second.getByText(words).waitFor();
    await page.close();
    await second.locator('.tile img').first().waitFor();
    expect(await second.getByText(words).count()).toBe(0);
    page = second;
  });

  it("trains Node's model, to the byte, from a zip archive, which it saves again", async () => {
    await context.close();
    context = await launchProfile(join(cwd, 'other'));
    page = await open(context);
    const images = await drawSmall();
    await page.locator('input[accept*=".zip"]').setInputFiles(images);
    await page.getByText('Added 24 images.').waitFor();
    await show('train');
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Size', { exact: true }).fill(SIZE);
    await page.getByLabel('Epochs', { exact: true }).fill('12');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'See the results' }).waitFor({ timeout: 600_000 });
    await show('export');
    const model = await download(page, () => page.getByRole('link', { name: 'Download model.onnx' }).click());
    await trainInNode(join(cwd, 'small'), {
      recipe: { sizePx: Number(SIZE), epochs: 12 },
      runtime: await wasmInNode(),
      model: join(cwd, 'node.onnx'),
    });
    expect(sha256(model)).toBe(sha256(await readFile(join(cwd, 'node.onnx'))));
    await show('images');
    const archive = await download(page, () => page.getByRole('button', { name: 'Save as zip' }).click());
    const saved = unzipSync(new Uint8Array(archive));
    expect(Object.keys(saved).sort()).toEqual(
      ['bars', 'discs'].flatMap((motif) =>
        Array.from({ length: 12 }, (_, index) => `${motif}/${motif}${index}.png`).sort(),
      ),
    );
    expect(sha256(saved['discs/discs3.png']!)).toBe(
      sha256(await readFile(join(cwd, 'small/discs/discs3.png'))),
    );
  });

  it('begins a new project when that is meant', async () => {
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    expect(await page.locator('.class-count').first().textContent()).toBe('24');
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByRole('button', { name: 'Forget it all' }).click();
    await page.getByRole('button', { name: 'Make the first class' }).waitFor();
    await show('try');
    await page.getByText('There is no trained model of this project yet.').waitFor();
  });

  it('asks no other host for anything', () => {
    expect([...asked]).toEqual([new URL(server.address).origin]);
  });

  /** The same browser again, with another film for its webcam: what it keeps outlives its end. */
  async function openWith(motif: Motif): Promise<void> {
    await context?.close();
    context = await launchProfile(join(cwd, 'profile'), [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${await film(motif)}`,
    ]);
    page = await open(context);
  }

  async function open(where: BrowserContext): Promise<Page> {
    const opened = await where.newPage();
    opened.on('request', (sent) => {
      const { protocol, origin } = new URL(sent.url());
      if (protocol !== 'blob:') asked.add(origin);
    });
    opened.on('pageerror', (error) => {
      throw error;
    });
    await opened.goto(server.address);
    await opened.locator('h1').waitFor();
    return opened;
  }

  async function show(name: string): Promise<void> {
    await page.goto(`${server.address}#${name}`);
    await page.locator('h1').waitFor();
  }

  /** Makes a class, and holds the key until it has images. */
  async function collect(className: string): Promise<void> {
    await page.keyboard.press('n');
    await page.getByRole('dialog').getByRole('textbox').fill(className);
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: className }).waitFor();
    await page.keyboard.press('w');
    const width = "document.querySelector('video')?.videoWidth ?? 0";
    await expect.poll(() => page.evaluate(width), { timeout: 60_000 }).toBeGreaterThan(0);
    await page.getByRole('button', { name: /^Hold to record/ }).focus();
    await page.keyboard.down(' ');
    const recorded = page.locator('.class.on .class-count');
    await expect
      .poll(async () => Number(await recorded.textContent()), { timeout: 300_000 })
      .toBeGreaterThan(15);
    await page.keyboard.up(' ');
    await page.getByRole('button', { name: 'Close webcam' }).click();
  }

  async function tryLive(motif: Motif): Promise<void> {
    await show('try');
    await page.getByRole('button', { name: 'Start the webcam' }).click();
    await page.locator('.verdict', { hasText: motif }).waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: 'Stop the webcam' }).click();
  }

  async function film(motif: Motif): Promise<string> {
    await drawImages(join(cwd, 'films'), motif, 16, 7);
    const frames = (await readdir(join(cwd, 'films', motif))).map((name) =>
      sharp(join(cwd, 'films', motif, name))
        .resize(640, 480, { fit: 'cover' })
        .jpeg()
        .toBuffer(),
    );
    const path = join(cwd, `${motif}.mjpeg`);
    await writeFile(path, Buffer.concat(await Promise.all(frames)));
    return path;
  }

  /** Of the network's size, so that nothing is reduced: both decode to the same pixels. As folders, and in an archive. */
  async function drawSmall(): Promise<string> {
    const files: Record<string, Uint8Array> = {};
    for (const motif of ['bars', 'discs'] as const) {
      await drawImages(join(cwd, 'drawn'), motif, 12);
      await mkdir(join(cwd, 'small', motif), { recursive: true });
      for (const name of await readdir(join(cwd, 'drawn', motif))) {
        const png = `${motif}/${name.replace('.jpg', '.png')}`;
        const drawn = sharp(join(cwd, 'drawn', motif, name)).resize(Number(SIZE));
        files[png] = await drawn.png().toBuffer();
        await writeFile(join(cwd, 'small', png), files[png]);
      }
    }
    const path = join(cwd, 'small.zip');
    await writeFile(path, zipSync(files));
    return path;
  }
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
