/** @file Class folders of texts in the studio of a plain web server: what they are in a folder of a machine, checked, trained on, and saved again. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/inspection/check-report.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { ANIMALS, PARTS } from './farm-and-garage.ts';
import { download, openSite, serveSite } from './site-page.ts';
import type { SiteServer } from './site-server.ts';
import { expectAccessible, launchProfile } from './studio-browser.ts';
import { trainTextsInNode } from './wasm-in-node.ts';

/** Paths and what stands there; more than 9 in each class, so that the order of numbers counts. */
const FILES: Readonly<Record<string, string>> = Object.fromEntries([
  ...ANIMALS.flatMap((animal, index) => [
    [`farm/${2 * index + 1}.txt`, `the ${animal} sleeps in the barn, quietly\n`],
    [`farm/${2 * index + 2}.txt`, `a young ${animal} eats grass and runs to its mother`],
  ]),
  ...PARTS.flatMap((part, index) => [
    [`garage/${2 * index + 1}.txt`, `the ${part} of my car is broken again`],
    [`garage/${2 * index + 2}.txt`, `what does a new ${part} cost`],
  ]),
  ['garage/copy.txt', 'the axle of my car is broken again'],
  ['garage/of the farm.txt', 'a young dog eats grass and runs to its mother'],
]);
const EPOCHS = 8;

describe('class folders of texts in the studio of a plain web server, in Chromium', needs.chromium, () => {
  let cwd: string;
  let server: SiteServer;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-site-folders-'));
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(join(cwd, 'letters', path, '..'), { recursive: true });
      await writeFile(join(cwd, 'letters', path), text);
    }
    const encoder = new TextEncoder();
    const entries = Object.entries(FILES).map(([path, text]) => [`letters/${path}`, encoder.encode(text)]);
    await writeFile(join(cwd, 'letters.zip'), zipSync(Object.fromEntries(entries)));
    server = await serveSite(cwd);
    await reopen();
  });
  afterAll(async () => {
    await context?.close();
    await server?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('open as a project of texts out of an archive, and are searched, moved, saved and kept', async () => {
    await page.locator('input[accept*=".zip"]').setInputFiles(join(cwd, 'letters.zip'));
    await page.locator('h1', { hasText: 'Texts' }).waitFor();
    expect(await page.locator('.class-count').allTextContents()).toEqual(['42', '20', '22']);
    expect(savedTexts(await save())).toEqual(FILES);
    await page.getByRole('searchbox').fill('YOUNG DOG');
    await expect.poll(() => page.locator('.text-row').count()).toBe(2);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('1');
    await page.getByText('Move 1 text to "farm".').waitFor();
    const { 'garage/of the farm.txt': moved, ...others } = FILES;
    const edited = { ...others, 'farm/of the farm.txt': moved };
    expect(savedTexts(await save())).toEqual(edited);
    await context.close();
    await reopen();
    await page.locator('h1', { hasText: 'Texts' }).waitFor();
    expect(savedTexts(await save())).toEqual(edited);
    await page.keyboard.press('Control+z');
    await page.getByText(/^Undone/).waitFor();
    expect(savedTexts(await save())).toEqual(FILES);
  });

  it('are checked as graft check does the folder', async () => {
    const { stdout } = await graft(['check', 'letters', '--json'], { cwd });
    const { duplicates, leaks } = JSON.parse(stdout) as CheckReport;
    await page.getByRole('button', { name: 'Check the texts' }).click();
    await page.getByRole('button', { name: 'Check again' }).waitFor();
    for (const [name, groups] of [
      ['Duplicates', duplicates],
      ['Leaks', leaks],
    ] as const) {
      const expected = [...new Set(groups.flatMap(({ files }) => files))].map((path) => FILES[path]!.trim());
      expect(expected.length).toBeGreaterThan(1);
      const filter = page.getByRole('button', { name: new RegExp(`^${name}`) });
      await filter.click();
      const said = page.locator('.text-row .said');
      await expect.poll(async () => (await said.allTextContents()).sort()).toEqual(expected.sort());
      await filter.click();
    }
    await expectAccessible(page, 'folders');
  });

  it('train the file that Node trains on the folder, to the byte', async () => {
    await page.goto(`${server.address}#train`);
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Epochs', { exact: true }).fill(String(EPOCHS));
    await page.getByLabel('Epochs', { exact: true }).blur();
    await page.getByText(`graft train FOLDER --epochs=${EPOCHS}`).waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'See the results' }).click();
    await page.goto(`${server.address}#export`);
    const model = await download(page, () => page.getByRole('link', { name: 'Download model.onnx' }).click());
    expect(hashOf(model)).toBe(await trainedInNode());
  });

  it('open from a folder that is chosen, once a new project is begun', async () => {
    await page.goto(`${server.address}#images`);
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByRole('button', { name: 'Forget it all' }).click();
    await page.getByRole('button', { name: 'Make the first class' }).waitFor();
    await page.locator('input[webkitdirectory]').setInputFiles(join(cwd, 'letters'));
    await page.locator('h1', { hasText: 'Texts' }).waitFor();
    expect(await page.locator('.class-count').allTextContents()).toEqual(['42', '20', '22']);
  });

  async function reopen(): Promise<void> {
    context = await launchProfile(join(cwd, 'profile'));
    page = await openSite(context, server);
  }

  function save(): Promise<Buffer> {
    return download(page, () => page.getByRole('button', { name: 'Save as zip' }).click());
  }

  async function trainedInNode(): Promise<string> {
    const data = join(cwd, 'letters');
    const path = await trainTextsInNode(data, { epochs: EPOCHS }, join(cwd, 'run'));
    return hashOf(await readFile(path));
  }
});

function savedTexts(archive: Uint8Array): Record<string, string> {
  const decoder = new TextDecoder();
  return Object.fromEntries(
    Object.entries(unzipSync(archive)).map(([path, bytes]) => [path, decoder.decode(bytes)]),
  );
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
