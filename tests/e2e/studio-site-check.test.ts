/** @file The check and the nearest training images in the studio of a plain web server: what the studio of folders says of the same images. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import type { BrowserContext, Page } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FindingKind } from '../../src/studio/engine/check-state.ts';
import type { ImageWindow } from '../../src/studio/engine/project-state.ts';
import type { NeighborImage } from '../../src/studio/engine/run-state.ts';
import { needs } from '../support/needs.ts';
import { drawImages } from './drawn-images.ts';
import { openSite, serveSite } from './site-page.ts';
import type { SiteServer } from './site-server.ts';
import { expectAccessible, launchProfile } from './studio-browser.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';

const IMAGES = 24;
/** What the pages call what is found. */
const FILTERS: Readonly<Record<FindingKind, RegExp>> = {
  label: /^Label suspects/,
  leak: /^Leaks/,
  duplicate: /^Duplicates/,
  outlier: /^Outliers/,
  fault: /^Poor images/,
};

let cwd: string;
let site: SiteServer;
let studio: StudioProcess;
let context: BrowserContext;
let page: Page;

describe('the studio of a plain web server, in Chromium', needs.chromium, () => {
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-site-'));
    const archive = await drawProject();
    studio = await startStudioProcess(cwd, 'shapes', join(cwd, 'home'));
    site = await serveSite(cwd);
    context = await launchProfile(join(cwd, 'profile'));
    page = await openSite(context, site);
    await page.locator('input[accept*=".zip"]').setInputFiles(archive);
    await page.getByText(/^Added \d+ images\.$/).waitFor();
  });
  afterAll(async () => {
    await context?.close();
    await site?.close();
    await studio?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('ends a check that is under way, and leaves nothing of it', async () => {
    await page.getByRole('button', { name: 'Check the images' }).click();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Check the images' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('finds the copies, leaks, label suspects, outliers and faults that graft check finds', async () => {
    await studio.ask('check', {});
    await page.getByRole('button', { name: 'Check the images' }).click();
    await page.getByRole('progressbar', { name: 'Checking the images' }).waitFor();
    await page.getByRole('button', { name: 'Check again' }).waitFor();
    await expect.poll(async () => (await foundByServer('duplicate')).length).toBeGreaterThan(0);
    const found: Partial<Record<FindingKind, number>> = {};
    for (const kind of Object.keys(FILTERS) as FindingKind[]) {
      const expected = await foundByServer(kind);
      expect([kind, await foundByPage(kind)]).toEqual([kind, expected]);
      found[kind] = expected.length;
    }
    // What was planted: three copies with what they are copies of, one of them in the other class; a wrong label, which that is, too.
    expect(found['duplicate']).toBeGreaterThanOrEqual(6);
    expect(found['leak']).toBeGreaterThanOrEqual(2);
    expect(found['label']).toBeGreaterThanOrEqual(1);
    expect(found['fault']).toBeGreaterThanOrEqual(2);
  });

  it('mends labels by a key, takes that back, and has nothing that axe-core finds', async () => {
    const suspects = page.getByRole('button', { name: FILTERS.label });
    await suspects.click();
    await page.locator('.caption', { hasText: 'looks like' }).first().waitFor();
    await expectAccessible(page, 'check');
    const before = Number(/\d+/.exec((await suspects.textContent())!)![0]);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('a');
    await page.getByText(`Move ${before} image${before === 1 ? '' : 's'} to `).waitFor();
    await page.getByText('None.', { exact: true }).waitFor();
    await page.keyboard.press('Control+z');
    await page.getByText(/^Undone/).waitFor();
    await expect.poll(() => suspects.textContent()).toMatch(new RegExp(`${before}$`));
    await suspects.click();
  });

  it('shows the training images that are near, as the studio of folders does', async () => {
    const choice = { epochs: '3' };
    const { run } = (await studio.ask('train', { choice })) as { readonly run: string };
    await page.goto(`${site.address}#train`);
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Epochs', { exact: true }).fill('3');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'See the results' }).waitFor();
    await page.goto(`${site.address}#images`);
    await page.getByRole('button', { name: 'Least sure' }).click();
    await page.getByRole('searchbox').fill('discs7.png');
    await expect.poll(() => page.locator('.tile img').count()).toBe(1);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Find the nearest training images' }).click();
    const neighbors = dialog.locator('.neighbors img');
    await neighbors.first().waitFor();
    const shown = await neighbors.evaluateAll((images) =>
      images.map((image) => (image as unknown as { readonly alt: string }).alt),
    );
    const hash = (await windowOf({ search: 'discs7.png' })).rows[0]!.hash!;
    let expected: readonly NeighborImage[] = [];
    await expect
      .poll(async () => {
        expected = (await studio.ask('neighbors', { run, hash }).catch(() => [])) as typeof expected;
        return expected.length;
      })
      .toBe(6);
    expect(shown).toEqual(expected.map(({ row }) => `${row.name} of ${row.className}`));
    await expectAccessible(page, 'neighbors');
    await page.keyboard.press('Escape');
  });
});

function windowOf(query: object): Promise<ImageWindow> {
  return studio.ask('images', { query, from: 0, count: 400 }) as Promise<ImageWindow>;
}

async function foundByServer(found: FindingKind): Promise<string[]> {
  const { rows } = await windowOf({ found });
  return rows.map(({ finding, className }) => `${finding!.text}, ${className}`).sort();
}

/** By its filter, which is switched off again; one that finds nothing is not there. */
async function foundByPage(found: FindingKind): Promise<string[]> {
  const filter = page.getByRole('button', { name: FILTERS[found] });
  if ((await filter.count()) === 0) return [];
  const number = Number(/\d+$/.exec((await filter.textContent())!)![0]);
  await filter.click();
  await expect.poll(() => page.locator('.tile img').count()).toBe(number);
  const told = await page.locator('.tile').evaluateAll((tiles) =>
    tiles.map((tile) => {
      const { children } = tile as unknown as {
        readonly children: Iterable<{ readonly className: string; readonly textContent: string }>;
      };
      const text = (name: string) => [...children].find((each) => each.className === name)!.textContent;
      return `${text('caption')}, ${text('hidden')}`;
    }),
  );
  await filter.click();
  return told.sort();
}

/** As a folder, and as an archive. Of the network's size, so that nothing is reduced: both decode to the same pixels. */
async function drawProject(): Promise<string> {
  const files: Record<string, Uint8Array> = {};
  const put = async (name: string, image: Sharp): Promise<void> => {
    files[name] = await image.png().toBuffer();
  };
  for (const motif of ['bars', 'discs'] as const) {
    await drawImages(join(cwd, 'drawn'), motif, IMAGES);
    for (let index = 0; index < IMAGES; index++)
      await put(`${motif}/${motif}${index}.png`, sharp(drawn(motif, index)));
  }
  files['bars/a copy.png'] = files['bars/bars3.png']!;
  files['discs/of bars.png'] = files['bars/bars8.png']!;
  await put('discs/brighter.png', sharp(drawn('discs', 5)).linear(1.2));
  await put('bars/mirrored.png', sharp(drawn('bars', 11)).flop());
  const plain = (background: string): Sharp =>
    sharp({ create: { width: 224, height: 224, channels: 3, background } });
  await put('discs/one color.png', plain('#7a9'));
  await put('bars/night.png', plain('#040404'));
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(cwd, 'shapes', name, '..'), { recursive: true });
    await writeFile(join(cwd, 'shapes', name), bytes);
  }
  const path = join(cwd, 'shapes.zip');
  await writeFile(path, zipSync(files satisfies Zippable, { level: 0 }));
  return path;
}

function drawn(motif: string, index: number): string {
  return join(cwd, 'drawn', motif, `${motif}${index}.jpg`);
}
