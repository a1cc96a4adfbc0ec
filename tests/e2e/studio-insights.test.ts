/** @file The studio in a real browser: what is wrong with images, why a model says what it says, and what mending brings. */

import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { needs } from '../support/needs.ts';
import { drawImages } from './drawn-images.ts';
import { expectAccessible, launchBrowser, openStudio } from './studio-browser.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';

/** Half of the images validate: a temperature is fitted on 50 and more. */
const CHOICE = { sizePx: '96', epochs: '30', validation: '0.5' };
/** Takes part in every list, and must do nothing. */
const MARKUP = '<img src=x onerror=document.title=1>.jpg';
const SLOW = { timeout: 300_000 };

let cwd: string;
let studio: StudioProcess;
let browser: Browser;

describe('the studio in Chromium', needs.chromium, () => {
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-studio-'));
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(cwd, 'shapes'), motif, 60);
    // Two wrong labels, one copy, and a name that is markup.
    await rename(at('bars/bars3.jpg'), at('discs/bars3.jpg'));
    await rename(at('discs/discs5.jpg'), at(`bars/${MARKUP}`));
    await writeFile(at('discs/copy.jpg'), await readFile(at('discs/discs7.jpg')));
    studio = await startStudioProcess(cwd, 'shapes', join(cwd, 'home'));
    await train(CHOICE);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('shows what speaks for a class, and the training images that are near, by keys', async () => {
    const page = await openStudio(browser, studio);
    await page.goto(`${studio.origin}/#results`);
    await page.getByRole('button', { name: 'Least sure' }).click(SLOW);
    await page.locator('.tile img').first().waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'what it predicts' }).and(page.locator(':enabled')).waitFor();
    await page.keyboard.press('h');
    const image = dialog.getByRole('img', { name: /^What speaks for the predicted class in / });
    await image.waitFor();
    await expect.poll(() => widthOf(page, '.large img'), SLOW).toBe(224);
    const predicted = await bytesOf(page, '.large img');
    await dialog
      .getByRole('group', { name: /^What speaks for/ })
      .getByRole('button', { name: 'bars' })
      .click();
    await dialog
      .getByRole('group', { name: /^What speaks for/ })
      .getByRole('button', { name: 'discs' })
      .click();
    await expect.poll(() => widthOf(page, '.large img'), SLOW).toBe(224);
    expect((await dialog.getByRole('img').first().getAttribute('src'))!).toMatch(
      /^\/heat\/large\/.*class=discs$/,
    );
    expect(predicted).toBeGreaterThan(1000);
    await dialog.getByRole('button', { name: 'Find the nearest training images' }).click();
    await expect.poll(() => page.locator('.neighbors li').count(), SLOW).toBe(6);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.close();
  });

  it('shows heat maps in the grid, how sure the model is, and what a threshold gives', async () => {
    const page = await openStudio(browser, studio);
    await page.goto(`${studio.origin}/#results`);
    await page.getByRole('button', { name: 'Least sure' }).click(SLOW);
    await page.getByLabel('heat maps').check();
    await expect
      .poll(() => page.locator('.tile img').first().getAttribute('src'), SLOW)
      .toMatch(/^\/heat\/small\//);
    await expect.poll(() => widthOf(page, '.tile img'), SLOW).toBeGreaterThan(100);
    await page.getByRole('button', { name: 'How sure it is' }).click();
    await page
      .getByRole('img', { name: /^Reliability diagram/ })
      .first()
      .waitFor();
    await page.getByText(/Expected calibration error on \d+ validation images/).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Threshold' }).click();
    const slider = page.getByRole('slider');
    await slider.focus();
    for (let press = 0; press < 60; press++) await page.keyboard.press('ArrowLeft');
    // From 1% on, all is taken for the class.
    await page.locator('.facts dd', { hasText: '100.0%' }).first().waitFor();
    await page.getByText(/^Area|Area under the ROC curve/).waitFor();
    await expectAccessible(page);
    await page.close();
  });

  it('finds wrong labels and copies, mends them by keys, and takes that back', async () => {
    const page = await openStudio(browser, studio);
    await page.getByRole('button', { name: 'Check the images' }).click();
    const suspects = page.getByRole('button', { name: /^Label suspects/ });
    await suspects.click(SLOW);
    await page.locator('.caption', { hasText: 'looks like' }).first().waitFor();
    const before = await numberOf(page, /^Label suspects/);
    expect(before).toBeGreaterThan(0);
    await expectAccessible(page);
    const listed = [await filesIn('bars'), await filesIn('discs')];
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Control+a');
    await page.getByRole('region', { name: 'Selected images' }).waitFor();
    await page.keyboard.press('a');
    await page.getByText(`Move ${before} image${before === 1 ? '' : 's'} to `).waitFor();
    await expect.poll(() => numberOf(page, /^Label suspects/), SLOW).toBe(0);
    expect([await filesIn('bars'), await filesIn('discs')]).not.toEqual(listed);
    expect(await filesIn('discs')).toContain(MARKUP);
    await page.keyboard.press('Control+z');
    await page.getByText(/^Undone/).waitFor();
    expect([await filesIn('bars'), await filesIn('discs')]).toEqual(listed);
    await expect.poll(() => numberOf(page, /^Label suspects/), SLOW).toBe(before);
    await page.keyboard.press('Control+Shift+z');
    await page.getByText(/^Redone/).waitFor();
    await page.getByRole('button', { name: /^Duplicates/ }).click();
    await page.locator('.caption', { hasText: 'same file as' }).first().waitFor();
    expect(await page.title()).toBe('Images · Graft studio');
    await page.close();
  });

  it('trains the same recipe again on the mended labels, and compares both runs on the same images', async () => {
    const page = await openStudio(browser, studio);
    await page.goto(`${studio.origin}/#results`);
    await page.getByRole('button', { name: 'Train again' }).click(SLOW);
    await page.getByRole('button', { name: 'Compare both' }).and(page.locator(':enabled')).click(SLOW);
    await page.getByRole('heading', { name: 'shapes-1 and shapes-2' }).waitFor(SLOW);
    await page.getByText(/On \d+ images that neither was trained on/).waitFor();
    await expectAccessible(page);
    const recipes = await Promise.all(['shapes-1', 'shapes-2'].map((run) => runFile(run, 'recipe.json')));
    expect(recipes[1]).toBe(recipes[0]);
    await page.close();
  });

  it('keeps a note beside a run, and nothing else of it changes', async () => {
    const before = await Promise.all(['recipe.json', 'history.csv'].map((file) => runFile('shapes-1', file)));
    const page = await openStudio(browser, studio);
    await page.goto(`${studio.origin}/#runs`);
    await page.getByRole('button', { name: 'shapes-1', exact: true }).click();
    await page.getByRole('textbox', { name: /^Notes/ }).fill('<b>the first</b>\nwith two wrong labels');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.locator('.run-note', { hasText: '<b>the first</b>' }).waitFor();
    expect(await runFile('shapes-1', 'notes.txt')).toBe('<b>the first</b>\nwith two wrong labels');
    expect(
      await Promise.all(['recipe.json', 'history.csv'].map((file) => runFile('shapes-1', file))),
    ).toEqual(before);
    await page.close();
  });

  it('opens zip archives and projects of Teachable Machine, whose folders and names are classes', async () => {
    const page = await openStudio(browser, studio);
    const [one, two] = [await readFile(at('bars/bars0.jpg')), await readFile(at('discs/discs0.jpg'))];
    await page.getByRole('button', { name: /^bars/ }).click();
    const choose = page.locator('input[type=file]').first();
    const zip = zipSync({ 'all/rings/a.jpg': one, '../../up/b.jpg': two, 'all/notes.txt': Buffer.from('x') });
    await choose.setInputFiles({ name: 'more.zip', mimeType: 'application/zip', buffer: Buffer.from(zip) });
    await page.getByText(/^Added 2 images\. Left out: notes\.txt/).waitFor();
    expect([await filesIn('rings'), await filesIn('up')]).toEqual([['a.jpg'], ['b.jpg']]);
    const project = zipSync({
      'manifest.json': Buffer.from('{"type":"image","version":"2.4.5","appdata":{}}'),
      'My mug-!-0.jpg': one,
      'No mug-!-0.jpg': two,
    });
    await choose.setInputFiles({
      name: 'mugs.tm',
      mimeType: 'application/zip',
      buffer: Buffer.from(project),
    });
    await page.getByText('Added 2 images.', { exact: true }).waitFor();
    expect([await filesIn('My mug'), await filesIn('No mug')]).toEqual([['0.jpg'], ['0.jpg']]);
    const bomb = zipSync({ 'bombs/zeros.jpg': new Uint8Array(70e6) }, { level: 9 });
    await choose.setInputFiles({ name: 'bomb.zip', mimeType: 'application/zip', buffer: Buffer.from(bomb) });
    await page.getByText('bomb.zip: bombs/zeros.jpg unpacks to more than 64 MB.').waitFor();
    expect((await readdir(join(cwd, 'shapes'))).toSorted()).toEqual(
      ['.graft', 'My mug', 'No mug', 'bars', 'discs', 'rings', 'up'].toSorted(),
    );
    // Of an archive all is undone at once.
    await page.keyboard.press('Control+z');
    await page.getByText(/^Undone/).waitFor();
    expect(await filesIn('My mug')).toEqual([]);
    await page.close();
  });
});

function at(path: string): string {
  return join(cwd, 'shapes', path);
}

async function filesIn(className: string): Promise<string[]> {
  return (await readdir(at(className)).catch(() => [])).toSorted();
}

function runFile(run: string, name: string): Promise<string> {
  return readFile(join(cwd, 'graft-runs', run, name), 'utf8');
}

async function train(choice: object): Promise<void> {
  const { run } = (await studio.ask('train', { choice })) as { run: string };
  // The report is the last that is written.
  await vi.waitFor(() => runFile(run, 'report.html'), { timeout: 600_000, interval: 300 });
}

function widthOf(page: Page, selector: string): Promise<unknown> {
  return page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.naturalWidth ?? 0`);
}

/** Bytes of the image that an element shows. */
function bytesOf(page: Page, selector: string): Promise<unknown> {
  const fetched = `fetch(document.querySelector(${JSON.stringify(selector)}).src)`;
  return page.evaluate(
    `${fetched}.then((response) => response.arrayBuffer()).then((bytes) => bytes.byteLength)`,
  );
}

/** The count on a button; 0 where it is not there. */
async function numberOf(page: Page, name: RegExp): Promise<number> {
  const button = page.getByRole('button', { name });
  if ((await button.count()) === 0) return 0;
  return Number((await button.first().locator('.class-count').textContent()) ?? 0);
}
