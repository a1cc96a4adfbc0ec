/**
 * @file Draws the pictures of docs/studio.md: every page of the studio, wide and light, narrow and dark, in a real browser.
 *
 *     npm run build && npx tsx tools/studio-pictures.ts FOLDER
 *     npm run build && npx tsx tools/studio-pictures.ts TABLE
 *
 * FOLDER has images by class, some of them in the wrong one, and two runs in graft-runs of the folder above it; TABLE is a copy of a table
 * of texts, with a run beside it. CHROMIUM is the browser, if not /usr/bin/chromium.
 */

import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { startStudioProcess } from '../tests/e2e/studio-process.ts';

/** Pictures of texts, with the page that each is of. */
const TEXT_PICTURES = { texts: 'images', words: 'results' } as const;
/** And of images. */
const PICTURES = {
  images: 'images',
  suspects: 'images',
  train: 'train',
  results: 'results',
  viewer: 'results',
  try: 'try',
  runs: 'runs',
  export: 'export',
} as const;
type PictureName = keyof typeof PICTURES | keyof typeof TEXT_PICTURES;

const HEIGHT = 800;
const WIDE = 1280;
const NARROW = 390;
const GAP = 24;

const folder = resolve(process.argv[2]!);
const out = fileURLToPath(new URL('../docs/studio', import.meta.url));
mkdirSync(out, { recursive: true });
const studio = await startStudioProcess(
  dirname(folder),
  basename(folder),
  process.env['GRAFT_HOME'] ?? dirname(folder),
);
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
await page.goto(studio.address);
const pictures = statSync(folder).isFile() ? TEXT_PICTURES : PICTURES;
for (const [name, pageName] of Object.entries(pictures) as [PictureName, string][]) {
  await page.keyboard.press('Escape');
  await page.goto(`${studio.origin}/#${pageName}`);
  await ready(name);
  const [light, dark] = [await picture('light', WIDE), await picture('dark', NARROW)];
  const canvas = { width: WIDE + GAP + NARROW, height: HEIGHT, channels: 4 as const, background: '#0000' };
  const both = await sharp({ create: canvas })
    .composite([
      { input: light, left: 0, top: 0 },
      { input: dark, left: WIDE + GAP, top: 0 },
    ])
    .png()
    .toBuffer();
  await sharp(both)
    .resize({ width: 1200 })
    .webp({ quality: 78 })
    .toFile(join(out, `${name}.webp`));
}
await browser.close();
await studio.close();

/** Waits for what the page is about. */
async function ready(name: PictureName): Promise<void> {
  await page.setViewportSize({ width: WIDE, height: HEIGHT });
  await page.locator('h1').waitFor();
  if (name === 'images') await page.locator('.tile img').first().waitFor();
  if (name === 'texts') {
    await page.getByRole('button', { name: 'Check the texts' }).click();
    await page.getByRole('button', { name: /^Label suspects/ }).click({ timeout: 600_000 });
    await page.locator('.remark', { hasText: 'looks like' }).first().waitFor();
  }
  if (name === 'words') {
    await page.locator('.confusion').waitFor({ timeout: 600_000 });
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    await page.locator('mark[title]').first().waitFor();
  }
  if (name === 'suspects') {
    await page.getByRole('button', { name: 'Check the images' }).click();
    await page.getByRole('button', { name: /^Label suspects/ }).click({ timeout: 600_000 });
    await page.locator('.caption', { hasText: 'looks like' }).first().waitFor();
  }
  if (name === 'train') await page.locator('.facts dd', { hasText: 'MB' }).waitFor();
  if (name === 'results') {
    await page.locator('.confusion').waitFor({ timeout: 600_000 });
    await page.getByRole('button', { name: 'Least sure' }).click();
    await page.getByLabel('heat maps').check();
  }
  if (name === 'viewer') {
    await page.getByRole('button', { name: 'Top losses' }).click();
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'what it predicts' }).click();
    await page.getByRole('button', { name: 'Find the nearest training images' }).click();
    await page.locator('.neighbors li').first().waitFor({ timeout: 600_000 });
  }
  if (name === 'runs') {
    for (const box of (await page.getByRole('checkbox', { name: /^Compare/ }).all()).slice(0, 2))
      await box.check();
    await page.getByRole('region', { name: 'Comparison' }).getByRole('heading').waitFor({ timeout: 600_000 });
  }
  if (name === 'try') {
    const [className] = readdirSync(folder).filter((each) => !each.startsWith('.'));
    const [image] = readdirSync(join(folder, className!));
    await page.locator('input[type=file]').setInputFiles(join(folder, className!, image!));
    await page.locator('li.on').waitFor();
  }
}

async function picture(colorScheme: 'light' | 'dark', width: number): Promise<Buffer> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: HEIGHT });
  // Thumbnails that were not needed before.
  await page.waitForTimeout(2500);
  return page.screenshot();
}
