/** @file What leaves the studio: exports and downloads by the buttons of its page, and the page's snippets, run as they stand there. */

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawImages } from './drawn-images.ts';
import { launchBrowser, openStudio } from './studio-browser.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the page of exports', needs.chromium, () => {
  let cwd: string;
  let studio: StudioProcess;
  let browser: Browser;
  let page: Page;
  /** Where a person puts what was downloaded. */
  let folder: string;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-studio-export-'));
    folder = join(cwd, 'program');
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(cwd, 'two'), motif, 12);
    await graft(['train', 'two', '--size', '64', '--epochs', '20'], { cwd });
    await mkdir(join(folder, 'node_modules'), { recursive: true });
    await symlink(ROOT, join(folder, 'node_modules/graft-ml'));
    await writeFile(join(folder, 'image.jpg'), await readFile(join(cwd, 'two/discs/discs3.jpg')));
    studio = await startStudioProcess(cwd, 'two', join(cwd, 'home'));
    browser = await launchBrowser();
    page = await openStudio(browser, studio);
    await page.goto(`${studio.origin}/#export`);
    await page.getByRole('heading', { name: 'The model file' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('downloads the model file by the name that the snippets have', async () => {
    const file = await downloaded(page.getByRole('link', { name: 'Download model.onnx' }));
    expect(await areEqual(file, join(cwd, 'graft-runs/two-1/model.onnx'))).toBe(true);
  });

  it.each([
    ['Keras 3', 'model.keras'],
    ['Keras 2 and 3 (HDF5)', 'model.h5'],
  ])('exports to %s, says how far it was checked, and downloads it', async (title, name) => {
    const card = page.getByRole('region', { name: title, exact: true });
    await card.getByRole('button', { name: 'Export' }).click();
    const link = card.getByRole('link', { name: 'Download' });
    await link.waitFor({ timeout: 300_000 });
    expect(await card.getByText(/^Checked: probabilities differ/).count()).toBe(1);
    const file = await downloaded(link);
    expect(file).toBe(join(folder, name));
    expect(await areEqual(file, join(cwd, 'graft-runs/two-1', name))).toBe(true);
  });

  it('exports to TensorFlow.js, and downloads its folder as an archive', async () => {
    const card = page.getByRole('region', { name: 'TensorFlow.js', exact: true });
    await card.getByRole('button', { name: 'Export' }).click();
    const link = card.getByRole('link', { name: 'Download' });
    await link.waitFor({ timeout: 300_000 });
    const files = unzipSync(await readFile(await downloaded(link)));
    const made = join(cwd, 'graft-runs/two-1/tfjs');
    expect(Object.keys(files).toSorted()).toEqual((await readdir(made)).toSorted());
    for (const [name, bytes] of Object.entries(files)) {
      expect([name, Buffer.from(bytes).equals(await readFile(join(made, name)))]).toEqual([name, true]);
    }
  });

  it('has a program for Node, and a command, which tell what is on an image', async () => {
    await writeFile(join(folder, 'program.mjs'), await snippet('In a program'));
    const [label, probability] = (await run(process.execPath, ['program.mjs'])).trim().split(' ');
    expect([label, Number(probability) > 0.5]).toEqual(['discs', true]);
    const [npx, name, ...args] = (await snippet('From the command line')).split(' ');
    expect([npx, name]).toEqual(['npx', 'graft']);
    const { status, stdout } = await graft(args, { cwd: folder });
    expect([status, stdout.includes('discs')]).toEqual([0, true]);
  });

  it('has a program for Python, which tells the same', needs.onnxruntime, async () => {
    await writeFile(join(folder, 'program.py'), await snippet('In Python'));
    const said = JSON.parse(
      (await run(process.env['GRAFT_ORACLE_PYTHON']!, ['program.py'])).replaceAll("'", '"'),
    );
    expect([Object.keys(said), said.discs > 0.5]).toEqual([['bars', 'discs'], true]);
  });

  it('copies a snippet', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy: From the command line' }).click();
    await page.getByText('Copied.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      await snippet('From the command line'),
    );
  });

  async function downloaded(link: ReturnType<Page['getByRole']>): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    const file = join(folder, download.suggestedFilename());
    await download.saveAs(file);
    return file;
  }

  async function snippet(title: string): Promise<string> {
    return (await page.locator('figure', { hasText: title }).locator('pre').textContent())!;
  }

  /** What a program prints; a failure is thrown. */
  function run(command: string, args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      let [out, error] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        error += text;
      });
      child.once('error', reject);
      child.once('close', (status) => (status === 0 ? resolve(out) : reject(new Error(error))));
    });
  }
});

async function areEqual(first: string, second: string): Promise<boolean> {
  return (await readFile(first)).equals(await readFile(second));
}
