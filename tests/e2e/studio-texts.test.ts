/** @file The studio on texts in a real browser: a table, whose labels are mended and learned; a folder of texts. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { ANIMALS, PARTS } from './farm-and-garage.ts';
import { axeFindings, expectAccessible, launchBrowser, openStudio } from './studio-browser.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';

const PAGES = ['images', 'train', 'results', 'try', 'runs', 'export'];

/** Sentences on animals and on parts of cars, one of them labeled wrong. */
function sentences(): (readonly [text: string, label: string])[] {
  const animals = ANIMALS.flatMap((name) => [
    [`the ${name} sleeps in the barn, "quietly"`, 'farm'] as const,
    [`a young ${name} eats grass and runs to its mother`, 'farm'] as const,
  ]);
  const parts = PARTS.flatMap((name) => [
    [`the ${name} of my car is broken again`, 'garage'] as const,
    [`what does a new ${name} cost, with the work?`, name === 'brake' ? 'farm' : 'garage'] as const,
  ]);
  return animals.flatMap((animal, index) => [animal, parts[index]!]);
}

const TABLE = `id,text,label\r\n${sentences()
  .map(([text, label], index) => `${index},"${text.replaceAll('"', '""')}",${label}`)
  .join('\r\n')}\r\n`;

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-studio-texts-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('a table of texts in Chromium', needs.chromium, () => {
  const file = (): string => join(cwd, 'notes.csv');
  let studio: StudioProcess;
  let browser: Browser;
  let page: Page;
  const asked = new Set<string>();

  beforeAll(async () => {
    await writeFile(file(), TABLE);
    studio = await startStudioProcess(cwd, 'notes.csv', join(cwd, 'home'));
    browser = await launchBrowser();
    page = await openStudio(browser, studio, asked);
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it('finds texts by their words, and changes a label by a key, in the file, and back', async () => {
    await page.getByRole('searchbox').fill('NEW BRAKE');
    const row = page.locator('.text-row');
    await expect.poll(() => row.count()).toBe(1);
    expect(await row.locator('.label').textContent()).toBe('farm');
    await page.getByRole('listbox').focus();
    await page.keyboard.press('2');
    await page.getByText('Move 1 text to "garage".').waitFor();
    await expect.poll(() => row.locator('.label').textContent()).toBe('garage');
    const mended = TABLE.replace(
      'what does a new brake cost, with the work?",farm',
      'what does a new brake cost, with the work?",garage',
    );
    expect(mended).not.toBe(TABLE);
    expect(await readFile(file(), 'utf8')).toBe(mended);
    await page.keyboard.press('Control+z');
    await page.getByText(/^Undone/).waitFor();
    expect(await readFile(file(), 'utf8')).toBe(TABLE);
    await page.keyboard.press('Control+Shift+z');
    await page.getByText(/^Redone/).waitFor();
    expect(await readFile(file(), 'utf8')).toBe(mended);
    await page.getByRole('searchbox').fill('');
  });

  it('takes texts that are written, shows what another program adds, and keeps what was removed', async () => {
    await page.getByRole('button', { name: /^farm/ }).click();
    await page.getByRole('button', { name: 'Add texts' }).click();
    await page.getByLabel('Texts, one a line').fill('a donkey, and its cart\n\nthe duck swims');
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Added 2 texts.').waitFor();
    const added = await readFile(file(), 'utf8');
    expect(added.endsWith(',"a donkey, and its cart",farm\r\n,the duck swims,farm\r\n')).toBe(true);
    await writeFile(file(), `${added}99,the turkey is loud,farm\r\n`);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await expect.poll(() => page.getByRole('option').first().getAttribute('aria-setsize')).toBe('23');
    await page.getByRole('listbox').focus();
    await page.keyboard.press('End');
    await page.getByText('the turkey is loud').waitFor();
    await page.keyboard.press('Delete');
    await page.getByText('Move 1 text to the bin.').waitFor();
    expect(await readFile(file(), 'utf8')).toBe(added);
    await page.getByRole('button', { name: /^Bin/ }).click();
    await expect
      .poll(() => page.locator('.text-row .said').allTextContents())
      .toEqual(['the turkey is loud']);
    await page.getByRole('button', { name: /^All texts/ }).click();
  });

  it('trains, opens the texts behind a number, and says which words speak for a class', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    // The command line says --validation.
    await page.getByText('Give more with "Validation".').waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'See the results' }).click({ timeout: 600_000 });
    const cell = page.locator('.cell:not(:disabled)').first();
    await cell.waitFor({ timeout: 600_000 });
    const number = Number(await cell.textContent());
    await cell.click();
    await expect.poll(() => page.locator('.text-row').count()).toBe(number);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.locator('mark[title]').first().waitFor();
    const words = (await dialog.locator('mark[title]').allTextContents()).join('');
    expect(sentences().some(([text]) => text === words)).toBe(true);
    await dialog
      .getByRole('group', { name: 'What speaks for' })
      .getByRole('button', { name: 'garage' })
      .click();
    await dialog.getByText('speaks for garage').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
  });

  it('says what it thinks of a text while it is written', async () => {
    await page.goto(`${studio.origin}/#try`);
    await page.getByLabel('A text').fill('the engine of the old car is loud');
    await page.locator('.verdict', { hasText: 'garage' }).waitFor();
    await page.getByLabel('A text').fill('a calf eats grass in the barn');
    await page.locator('.verdict', { hasText: 'farm' }).waitFor();
    await page.locator('mark.for[title]').first().waitFor();
  });

  it('has what the command line trains, to the byte, and snippets for texts', async () => {
    await graft(['train', 'notes.csv', '--out', 'again'], { cwd });
    const [one, other] = ['graft-runs/notes-1', 'again'].map((run) => join(cwd, run, 'model.onnx'));
    expect((await readFile(one!)).equals(await readFile(other!))).toBe(true);
    await page.goto(`${studio.origin}/#export`);
    await page.getByText('openTextClassifier').first().waitFor();
  });

  it('tries several learning rates, and shows them as a chart', async () => {
    await page.goto(`${studio.origin}/#train`);
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Learning rates', { exact: true }).fill('1e-3, 1e-5');
    await page.getByLabel('Learning rates', { exact: true }).blur();
    await page.getByText('graft sweep notes.csv --lrs=1e-3,1e-5').waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'See the sweep' }).click({ timeout: 600_000 });
    const chart = page.getByRole('region', { name: 'Sweep notes-2', exact: true });
    await expect.poll(() => chart.locator('tbody tr').count()).toBe(2);
    expect(await chart.getByRole('columnheader', { name: 'lr' }).count()).toBe(1);
    expect(await chart.locator('.dot').count()).toBe(2);
  });

  it('has nothing that axe-core finds, on any page, light and dark, wide and narrow', async () => {
    for (const name of PAGES) {
      await page.goto(`${studio.origin}/#${name}`);
      await page.locator('h1').waitFor();
      if (name === 'results') await page.locator('.confusion').waitFor({ timeout: 600_000 });
      if (name === 'runs') await page.locator('.sweep').waitFor();
      if (name === 'train') await page.locator('summary', { hasText: /^More/ }).click();
      await expectAccessible(page, name);
    }
    // Nothing leaves the machine.
    expect([...asked]).toEqual([studio.origin]);
  });
});

it('has a folder of texts, whose files are moved; trains on it, and asks its model', async () => {
  for (const [index, [text, label]] of sentences().entries()) {
    await mkdir(join(cwd, 'letters', label), { recursive: true });
    await writeFile(join(cwd, 'letters', label, `${index}.txt`), text);
  }
  const studio = await startStudioProcess(cwd, 'letters', join(cwd, 'home'));
  const window = async (query: object): Promise<{ id: number; name: string; text: string }[]> => {
    const { rows } = (await studio.ask('images', { query, from: 0, count: 100 })) as {
      rows: { id: number; name: string; text: string }[];
    };
    return rows;
  };
  await expect.poll(async () => (await window({})).length).toBe(40);
  const [found] = await window({ search: 'new brake' });
  expect(found).toMatchObject({ name: '11.txt', text: 'what does a new brake cost, with the work?' });
  await studio.ask('relabel', { ids: [found!.id], className: 'garage' });
  expect(await readdir(join(cwd, 'letters/garage'))).toContain('11.txt');
  const { run } = (await studio.ask('train', { choice: {} })) as { run: string };
  await expect
    .poll(() => readdir(join(cwd, 'graft-runs', run)).catch(() => []), { timeout: 600_000 })
    .toContain('model.onnx');
  await studio.ask('judge', { run });
  const results = async (): Promise<object> => (await studio.ask('results', { run })) as object;
  await expect.poll(results, { timeout: 600_000 }).toMatchObject({ status: 'there', images: 40, unasked: 0 });
  expect(await studio.close()).toBe(0);
});

it('refuses a table that is not there, and one of several labels, with words', async () => {
  const missing = await graft(['studio', 'nothing.csv', '--no-open'], { cwd });
  expect([missing.status, missing.stderr]).toEqual([
    1,
    'error project "nothing.csv": expected a table of texts, received nothing of that name. Check the path.\n',
  ]);
  await writeFile(join(cwd, 'tags.csv'), 'text,tags\nso good it is,a;b\nso bad it is,a\n');
  const tags = await graft(['studio', 'tags.csv', '--no-open'], { cwd });
  expect([tags.status, tags.stderr]).toEqual([
    1,
    'error text file "tags.csv": expected one class for each text, for the studio, received any number of labels. Use graft train and graft evaluate from the command line.\n',
  ]);
});
