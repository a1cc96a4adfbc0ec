/**
 * @file Does the studio without a server stay small and quick with a table of a hundred thousand texts? Opening, search, relabeling, the
 * bin, undo, and the memory of the page and its worker, in Chromium:
 *
 *     npm run build && npx tsx bench/studio-site-texts.ts [TEXTS] [WORDS]
 */

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { graft } from '../tests/e2e/cli.ts';
import { startSiteServer } from '../tests/e2e/site-server.ts';
import { launchProfile } from '../tests/e2e/studio-browser.ts';
import { watchMemory } from './browser-processes.ts';
import { drawTable } from './drawn-table.ts';

const TEXTS = Number(process.argv[2] ?? 200_000);
/** Of a text, on average. */
const WORDS = Number(process.argv[3] ?? 30);

const cwd = mkdtempSync(join(tmpdir(), 'graft-bench-site-texts-'));
try {
  const table = join(cwd, 'reviews.csv');
  writeFileSync(table, drawTable(TEXTS, WORDS));
  const fileBytes = statSync(table).size;
  console.log(`${TEXTS} texts, ${(fileBytes / 1e6).toFixed(1)} MB`);
  await graft(['studio', '--build', 'site'], { cwd });
  const site = await startSiteServer(join(cwd, 'site'));
  const context = await launchProfile(join(cwd, 'profile'), [
    '--enable-blink-features=ForceEagerMeasureMemory',
  ]);
  try {
    const page = await context.newPage();
    await page.goto(site.address);
    await page.locator('h1').waitFor();
    const before = await heldBytes(page);
    const peak = watchMemory(process.pid);
    await timed('opened', async () => {
      await page.locator('input[type=file]:not([webkitdirectory])').setInputFiles(table);
      await page.locator('h1', { hasText: 'Texts' }).waitFor();
      await page.locator('.text-row .said').first().waitFor();
    });
    const { pageBytes } = peak();
    const held = (await heldBytes(page)) - before;
    console.log(
      `held: ${megabytes(held)}, ${(held / fileBytes).toFixed(1)} times the file; process of the page, at most: ${megabytes(pageBytes)}`,
    );
    await measure(page);
    console.log(`held after edits: ${megabytes((await heldBytes(page)) - before)}`);
    await timed('opened again', async () => {
      await page.reload();
      await page.locator('.text-row .said').first().waitFor();
    });
    console.log(`held then: ${megabytes((await heldBytes(page)) - before)}`);
  } finally {
    await context.close();
    await site.close();
  }
} finally {
  rmSync(cwd, { recursive: true, force: true });
}

async function measure(page: Page): Promise<void> {
  await timed('search', async () => {
    await page.getByRole('searchbox').fill(`great ${TEXTS - 1}`);
    await page.locator('.text-row').nth(1).waitFor({ state: 'detached' });
  });
  await page.getByRole('searchbox').fill('');
  await page.getByRole('button', { name: /^class-0/ }).click();
  const toast = async (what: string, key: string, words: RegExp): Promise<void> => {
    await page.getByRole('listbox').focus();
    await timed(what, async () => {
      await page.keyboard.press(key);
      await page.getByText(words).first().waitFor();
    });
    await page.getByRole('button', { name: 'Close message' }).click();
  };
  await page.locator('.text-row .said').first().waitFor();
  await toast('one relabeled', '2', /^Move 1 text to "class-1"/);
  await page.getByRole('listbox').focus();
  await page.keyboard.press('Control+a');
  await page.getByRole('region', { name: 'Selected texts' }).waitFor();
  await toast('a class relabeled', '3', /^Move .* to "class-2"/);
  await toast('undone', 'Control+z', /^Undone/);
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await work();
  console.log(`${what}: ${Math.round(performance.now() - started)} ms`);
}

/** Of the page and its workers, after what nobody needs was collected. */
async function heldBytes(page: Page): Promise<number> {
  const measured = 'performance.measureUserAgentSpecificMemory().then(({ bytes }) => bytes)';
  return (await page.evaluate(measured)) as number;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
