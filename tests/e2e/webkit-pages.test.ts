/** @file The pages of Graft in WebKit: the studio, that of a plain web server, and the page of a model. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { predictDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { keepFiles } from './kept-files.ts';
import { type SiteServer, startSiteServer } from './site-server.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';
import { trainInNode, wasmInNode } from './wasm-in-node.ts';
import { WebKit } from './webkit-browser.ts';

const CLASSES = ['bars', 'discs'] as const;
const PAGES = ['images', 'train', 'results', 'try', 'runs', 'export'];
const SIZE = '64';
const ALL_SHOWN = "[...document.querySelectorAll('.tile img')].every((image) => image.naturalWidth > 0)";

describe('pages in WebKit', needs.webkit, () => {
  let cwd: string;
  let webkit: WebKit;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-webkit-'));
    for (const motif of CLASSES) await drawImages(join(cwd, 'shapes'), motif, 12);
    // Of the network's size: no resizing rounds otherwise.
    const disc = sharp(join(cwd, 'shapes/discs/discs3.jpg')).resize(Number(SIZE));
    await disc.png().toFile(join(cwd, 'small.png'));
    webkit = await WebKit.launch();
  });
  afterAll(async () => {
    await webkit?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  describe('of the studio', () => {
    let studio: StudioProcess;

    beforeAll(async () => {
      studio = await startStudioProcess(cwd, 'shapes', join(cwd, 'home'));
    });
    afterAll(() => studio?.close());

    it('shows the images, trains on them, and tells what an image shows', async () => {
      await webkit.goto(studio.address);
      await webkit.holds("document.querySelectorAll('.tile img').length === 24");
      await webkit.holds(ALL_SHOWN);

      await show('train');
      await train();
      await show('results');
      await webkit.holds("document.querySelectorAll('.confusion .cell').length === 4");

      await show('try');
      await webkit.type('//input[@type="file"]', join(cwd, 'small.png'));
      await webkit.holds("document.querySelector('.verdict')?.textContent.includes('discs')");
    });

    it('shows every page with nothing beyond its edge, wide and narrow', async () => {
      // MiniBrowser's buttons need 447 px.
      for (const width of [1280, 450]) {
        await webkit.setWidth(width);
        for (const name of PAGES) {
          await show(name);
          await webkit.holds('document.documentElement.scrollWidth <= innerWidth');
        }
      }
    });

    async function show(name: string): Promise<void> {
      await webkit.goto(`${studio.origin}/#${name}`);
      await webkit.holds("document.querySelector('h1') !== null");
    }
  });

  describe('of a model', () => {
    it('shows what the command line says of an image', async () => {
      const train = ['train', 'shapes', '--size', SIZE, '--epochs', '12', '--out', 'run'];
      expect((await graft(train, { cwd })).status).toBe(0);
      const exported = ['export', 'run/model.onnx', '--to', 'web', '--out', 'page'];
      expect((await graft(exported, { cwd })).status).toBe(0);
      const { stdout } = await graft(['predict', 'run/model.onnx', 'small.png', '--json'], { cwd });
      const [result] = predictDocument.parse(JSON.parse(stdout));
      if (result === undefined || 'error' in result) throw new Error(stdout);
      const expected = result.probabilities as Readonly<Record<string, number>>;
      const server = await startSiteServer(join(cwd, 'page'));
      try {
        await webkit.goto(server.address);
        await webkit.holds("document.querySelector('#ask')?.hidden === false");
        await webkit.type('//input[@id="chooser"]', join(cwd, 'small.png'));
        await webkit.holds("/^(bars|discs), [\\d.]+%$/.test(document.querySelector('#said').textContent)");
        const shown = await webkit.evaluate<[], Record<string, number>>(
          `Object.fromEntries([...document.querySelectorAll('#bars li')].map((row) =>
            [row.querySelector('.name').textContent, row.querySelector('progress').value]))`,
        );
        const values = (of: Readonly<Record<string, number>>) => CLASSES.map((name) => of[name]!);
        expect(values(shown)).toBeAllClose(values(expected), { atol: 1e-5, rtol: 0 });
      } finally {
        await server.close();
      }
    });
  });

  describe('of the studio of a plain web server', () => {
    let server: SiteServer;

    beforeAll(async () => {
      expect((await graft(['studio', '--build', 'site'], { cwd })).status).toBe(0);
    });
    afterEach(() => server?.close());

    it('is isolated by its service worker, and says that the browser keeps nothing', async () => {
      server = await startSiteServer(join(cwd, 'site'));
      await webkit.goto(server.address);
      await webkit.holds('crossOriginIsolated && navigator.serviceWorker.controller !== null');
      await webkit.seeText(
        'studio: expected a browser that keeps files for this page, received none. ' +
          'Open it in Chromium, Firefox or Safari, at https:// or at localhost.',
      );
    });

    it("trains Node's model, to the byte, and tries it, with a file system that stands in", async () => {
      server = await startSiteServer(join(cwd, 'site'), await keepFiles());
      await webkit.goto(server.address);
      await webkit.holds('crossOriginIsolated && navigator.serviceWorker.controller !== null');
      await webkit.type('//input[contains(@accept, ".zip")]', await drawArchive());
      await webkit.seeText('Added 24 images.');
      await webkit.holds("document.querySelectorAll('.tile img').length === 24");
      await webkit.holds(ALL_SHOWN);

      await webkit.goto(`${server.address}#train`);
      await train();
      await webkit.goto(`${server.address}#try`);
      await webkit.type('//input[@type="file"]', join(cwd, 'small.png'));
      await webkit.holds("document.querySelector('.verdict')?.textContent.includes('discs')");

      await webkit.goto(`${server.address}#export`);
      await webkit.find('//a[contains(., "Download model.onnx")]');
      const model = await webkit.evaluate<[], string>(`(async () => {
        const link = [...document.querySelectorAll('a')].find((each) => each.textContent.includes('model.onnx'));
        const bytes = await (await fetch(link.href)).arrayBuffer();
        const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      })()`);
      await trainInNode(join(cwd, 'small'), {
        recipe: { sizePx: Number(SIZE), epochs: 12 },
        runtime: await wasmInNode(),
        model: join(cwd, 'node.onnx'),
      });
      const expected = createHash('sha256').update(await readFile(join(cwd, 'node.onnx')));
      expect(model).toBe(expected.digest('hex'));
    });
  });

  /** On the page of trainings. */
  async function train(): Promise<void> {
    await webkit.click('//summary[normalize-space()="More"]');
    await webkit.type('//label[.="Size"]/following::input[1]', SIZE);
    await webkit.type('//label[.="Epochs"]/following::input[1]', '12');
    await webkit.click('//button[normalize-space()="Train"]');
    // What trains says so while it does.
    await webkit.find('//button[normalize-space()="See the results"]');
  }

  /** Of the network's size, so that nothing is reduced: both decode to the same pixels. As folders, too. */
  async function drawArchive(): Promise<string> {
    const files: Record<string, Uint8Array> = {};
    for (const motif of CLASSES) {
      await mkdir(join(cwd, 'small', motif), { recursive: true });
      for (const name of await readdir(join(cwd, 'shapes', motif))) {
        const png = `${motif}/${name.replace('.jpg', '.png')}`;
        files[png] = await sharp(join(cwd, 'shapes', motif, name))
          .resize(Number(SIZE))
          .png()
          .toBuffer();
        await writeFile(join(cwd, 'small', png), files[png]);
      }
    }
    const path = join(cwd, 'small.zip');
    await writeFile(path, zipSync(files));
    return path;
  }
});
