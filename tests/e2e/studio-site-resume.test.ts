/** @file Trainings of the studio of a plain web server that were stopped, or cut off with their page, and went on. */

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawArchive } from './drawn-archive.ts';
import { type SiteServer, startSiteServer } from './site-server.ts';
import { expectAccessible, launchProfile } from './studio-browser.ts';

const SIZE_PX = 64;
/** So many that a page can be closed in the middle. */
const EPOCHS = 800;

describe('a training of a plain web server that is cut off, in Chromium', needs.chromium, () => {
  let cwd: string;
  let site: SiteServer;
  let context: BrowserContext;
  let page: Page;
  /** The model of a training that nothing cut off. */
  let whole: string;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-site-resume-'));
    expect((await graft(['studio', '--build', 'site'], { cwd })).status).toBe(0);
    site = await startSiteServer(join(cwd, 'site'));
    context = await launchProfile(join(cwd, 'profile'));
    page = await open();
    await page.locator('input[accept*=".zip"]').setInputFiles(await drawArchive(cwd, SIZE_PX));
    await page.getByText('Added 24 images.').waitFor();
  });
  afterAll(async () => {
    await context?.close();
    await site?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('goes on after its page was closed, and gives the model of one that was not', async () => {
    whole = sha256(await trained(await started()));
    const cut = await started();
    await reached(cut, EPOCHS / 2);
    await page.close({ runBeforeUnload: false });
    page = await open();
    await show('train');
    const left = page.locator('section', { hasText: 'Not finished' });
    await left.getByText(cut, { exact: true }).waitFor();
    await expectAccessible(page, 'train, with a run that was cut off');
    await left.getByRole('button', { name: 'Resume' }).click();
    const card = page.getByRole('region', { name: `Training ${cut}` });
    // From a checkpoint, and not from the beginning.
    await expect.poll(() => firstEpoch(card)).toBeGreaterThan(50);
    expect(sha256(await trained(cut))).toBe(whole);
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(0);
  });

  it('goes on after it was stopped, whose best epoch can be used meanwhile', async () => {
    const run = await started();
    await reached(run, EPOCHS / 4);
    const card = page.getByRole('region', { name: `Training ${run}` });
    await card.getByRole('button', { name: 'Stop, and keep the best epoch' }).click();
    await card.getByRole('button', { name: 'Try it' }).waitFor();
    const stopped = await download(run);
    await show('train');
    await card.getByRole('button', { name: 'Resume' }).click();
    const resumed = await trained(run);
    expect(sha256(resumed)).not.toBe(sha256(stopped));
    expect(sha256(resumed)).toBe(whole);
  });

  /** The epoch that was trained first since the page was opened, as the card tells of the one that is trained. */
  async function firstEpoch(card: ReturnType<Page['getByRole']>): Promise<number> {
    const text = await card
      .locator('.numbers')
      .first()
      .textContent()
      .catch(() => '');
    return Number(/epoch (\d+)/.exec(text ?? '')?.[1] ?? 0);
  }

  /** Presses Train. @returns The run. */
  async function started(): Promise<string> {
    await show('train');
    if (!(await page.getByLabel('Epochs', { exact: true }).isVisible()))
      await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Size', { exact: true }).fill(String(SIZE_PX));
    await page.getByLabel('Epochs', { exact: true }).fill(String(EPOCHS));
    const before = await page.getByRole('region', { name: /^Training / }).count();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await expect.poll(() => page.getByRole('region', { name: /^Training / }).count()).toBe(before + 1);
    return (await page
      .getByRole('region', { name: /^Training / })
      .first()
      .locator('h2')
      .textContent())!;
  }

  async function reached(run: string, epoch: number): Promise<void> {
    const card = page.getByRole('region', { name: `Training ${run}` });
    await expect.poll(() => firstEpoch(card), { interval: 20 }).toBeGreaterThan(epoch);
  }

  /** Waits for the end. @returns The model file. */
  async function trained(run: string): Promise<Buffer> {
    const card = page.getByRole('region', { name: `Training ${run}` });
    await card.locator('.tag', { hasText: 'done' }).waitFor();
    return download(run);
  }

  async function download(run: string): Promise<Buffer> {
    const bytes = await page.evaluate(
      `fetch('download/model/${run}').then((answer) => answer.arrayBuffer()).then((all) => [...new Uint8Array(all)])`,
    );
    return Buffer.from(bytes as number[]);
  }

  async function open(): Promise<Page> {
    const opened = await context.newPage();
    opened.on('pageerror', (error) => {
      throw error;
    });
    await opened.goto(site.address);
    await opened.locator('h1').waitFor();
    return opened;
  }

  async function show(name: string): Promise<void> {
    await page.goto(`${site.address}#${name}`);
    await page.locator('h1').waitFor();
  }
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
