/** @file A table of texts in the studio of a plain web server: kept in the browser, mended, trained on, and saved again. */

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { ANIMALS, PARTS } from './farm-and-garage.ts';
import { chooseTable, download, openSite, serveSite } from './site-page.ts';
import type { SiteServer } from './site-server.ts';
import { expectAccessible, launchProfile } from './studio-browser.ts';
import { trainTextsInNode } from './wasm-in-node.ts';

/** Sentences on animals and on parts of cars, one of them labeled wrong, one not at all. */
const TABLE = `id,text,label\r\n${ANIMALS.flatMap((animal, index) => [
  `${index},"the ${animal} sleeps in the barn, ""quietly""",farm`,
  `${index},a young ${animal} eats grass and runs to its mother,farm`,
  `${index},the ${PARTS[index]} of my car is broken again,garage`,
  `${index},what does a new ${PARTS[index]} cost,${PARTS[index] === 'brake' ? 'farm' : 'garage'}`,
]).join('\r\n')}\r\n10,the plum is ripe,\r\n`;
const MENDED = TABLE.replace('what does a new brake cost,farm', 'what does a new brake cost,garage');
const EPOCHS = 12;

describe('a table in the studio of a plain web server, in Chromium', needs.chromium, () => {
  let cwd: string;
  let server: SiteServer;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-site-texts-'));
    server = await serveSite(cwd);
    await reopen();
  });
  afterAll(async () => {
    await context?.close();
    await server?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('refuses a table of something else in words, and opens one of texts in the place of nothing', async () => {
    await chooseTable(page, 'notes.csv', 'text,price\nso good,1.5\nso bad,2.25\n');
    await page.getByText('expected one class for each text, for the studio, received values').waitFor();
    await chooseTable(page, 'notes.csv', TABLE);
    await page.locator('h1', { hasText: 'Texts' }).waitFor();
    expect(await counts()).toEqual(['41', '21', '19', '1']);
  });

  it('changes labels and removes texts, takes new ones, undoes it, and has all of it after the browser has ended', async () => {
    await page.getByRole('searchbox').fill('NEW BRAKE');
    const row = page.locator('.text-row');
    await expect.poll(() => row.count()).toBe(1);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('2');
    await page.getByText('Move 1 text to "garage".').waitFor();
    await expect.poll(() => row.locator('.label').textContent()).toBe('garage');
    await page.getByRole('searchbox').fill('');
    expect((await save()).toString()).toBe(MENDED);
    await page.getByRole('button', { name: /^farm/ }).click();
    await page.getByRole('button', { name: 'Add texts' }).click();
    await page.getByLabel('Texts, one a line').fill('a donkey, and its cart\nthe duck swims');
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Added 2 texts.').waitFor();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('End');
    await page.getByText('the duck swims').waitFor();
    await page.keyboard.press('Delete');
    await page.getByText('Move 1 text to the bin.').waitFor();
    const edited = `${MENDED},"a donkey, and its cart",farm\r\n`;
    expect((await save()).toString()).toBe(edited);
    await context.close();
    await reopen();
    await page.locator('h1', { hasText: 'Texts' }).waitFor();
    expect((await save()).toString()).toBe(edited);
    await page.getByRole('button', { name: /^Bin/ }).click();
    await expect.poll(() => page.locator('.text-row .said').allTextContents()).toEqual(['the duck swims']);
    for (const _ of ['out of the bin', 'the texts']) {
      await page.keyboard.press('Control+z');
      await page.getByText(/^Undone/).waitFor();
      await page.getByRole('button', { name: 'Close message' }).click();
    }
    await page.getByRole('button', { name: /^All texts/ }).click();
    expect((await save()).toString()).toBe(MENDED);
  });

  it('loads the network when it trains, gives the file of Node to the byte, and says which words speak for a class', async () => {
    const network = [...server.asked].filter((path) => path.includes('/use_lite/'));
    expect(network).toEqual([]);
    await show('train');
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Epochs', { exact: true }).fill(String(EPOCHS));
    await page.getByLabel('Epochs', { exact: true }).blur();
    await page.getByText(`graft train notes.csv --epochs=${EPOCHS}`).waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'See the results' }).click({ timeout: 600_000 });
    expect([...server.asked].filter((path) => path.includes('/use_lite/')).length).toBe(9);
    // It is kept for times without a network.
    const kept =
      "Promise.all(['model.json', 'group1-shard7of7'].map((name) => caches.match('use_lite/' + name)))";
    expect(await page.evaluate(`${kept}.then((found) => found.map((each) => each?.status))`)).toEqual([
      200, 200,
    ]);
    await show('export');
    const model = await download(page, () => page.getByRole('link', { name: 'Download model.onnx' }).click());
    expect(hashOf(model)).toBe(await trainedInNode());
    await show('results');
    const cell = page.locator('.cell:not(:disabled)').first();
    await cell.waitFor({ timeout: 600_000 });
    const number = Number(await cell.textContent());
    await cell.click();
    await expect.poll(() => page.locator('.text-row').count()).toBe(number);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.locator('mark[title]').first().waitFor();
    await page.keyboard.press('Escape');
    await show('try');
    await page.getByLabel('A text').fill('the engine of the old car is loud');
    await page.locator('.verdict', { hasText: 'garage' }).waitFor();
  });

  it('has nothing that axe-core finds, on any page', async () => {
    for (const name of ['images', 'train', 'results', 'try', 'runs', 'export']) {
      await show(name);
      await expectAccessible(page, name);
    }
  });

  it('opens no table over another one, until a new project is begun', async () => {
    await show('images');
    const dropped = await page.evaluateHandle(() => {
      const scope = globalThis as never as {
        DataTransfer: new () => { items: { add(file: File): void } };
      };
      const transfer = new scope.DataTransfer();
      transfer.items.add(new File(['text,label\na,b\nc,d\n'], 'other.csv'));
      return transfer;
    });
    await page.dispatchEvent('.page.images', 'drop', { dataTransfer: dropped });
    await page.getByText('expected a new project, received that of "notes.csv"').waitFor();
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByRole('button', { name: 'Forget it all' }).click();
    await page.getByRole('button', { name: 'Make the first class' }).waitFor();
  });

  /** The same browser again: what it keeps outlives its end. */
  async function reopen(): Promise<void> {
    context = await launchProfile(join(cwd, 'profile'));
    page = await openSite(context, server);
  }

  async function show(name: string): Promise<void> {
    await page.goto(`${server.address}#${name}`);
    await page.locator('h1').waitFor();
  }

  function counts(): Promise<string[]> {
    return page.locator('.class-count').allTextContents();
  }

  function save(): Promise<Buffer> {
    return download(page, () => page.getByRole('button', { name: 'Save the table' }).click());
  }

  /** @returns The SHA-256 of the model of the table as it is saved, without what has no label. */
  async function trainedInNode(): Promise<string> {
    const data = join(cwd, 'notes.csv');
    await writeFile(data, MENDED.replace('10,the plum is ripe,\r\n', ''));
    const path = await trainTextsInNode(data, { epochs: EPOCHS }, join(cwd, 'run'));
    return hashOf(await readFile(path));
  }
});

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
