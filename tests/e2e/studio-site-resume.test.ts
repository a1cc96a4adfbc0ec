/** @file Trainings of the studio of a plain web server that were stopped, or cut off with their page, and went on. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { paceEpochs } from './paced-epochs.ts';
import { openSite, serveSite } from './site-page.ts';
import { SITE_PROJECTS } from './site-projects.ts';
import type { SiteServer } from './site-server.ts';
import { expectAccessible, launchProfile } from './studio-browser.ts';

const EPOCHS = 50;
/** A checkpoint is written when a second has passed. */
const EPOCH_MS = 60;
/** By then there is one. */
const HELD_EPOCH = 40;

const TITLE = 'a training on %s of a plain web server that is cut off, in Chromium';

describe.each(SITE_PROJECTS)(TITLE, needs.chromium, (_, project) => {
  const epochs = paceEpochs(EPOCH_MS);
  let cwd: string;
  let site: SiteServer;
  let context: BrowserContext;
  let page: Page;
  /** SHA-256 of the model of a training that nothing cut off. */
  let whole: string;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-site-resume-'));
    site = await serveSite(cwd, epochs);
    context = await launchProfile(join(cwd, 'profile'));
    page = await openSite(context, site);
    await project.open(page, cwd);
    whole = await trained(await started());
    expect(epochs.taken()).toEqual(numbers(1, EPOCHS));
  });
  afterAll(async () => {
    await context?.close();
    await site?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('goes on after its page was closed, and gives the model of one that was not', async () => {
    const isHeld = epochs.hold(HELD_EPOCH);
    const cut = await started();
    await isHeld;
    await page.close({ runBeforeUnload: false });
    expect(epochs.taken()).toEqual(numbers(1, HELD_EPOCH));
    page = await openSite(context, site);
    await show('train');
    const left = page.locator('section', { hasText: 'Not finished' });
    await left.getByText(cut, { exact: true }).waitFor();
    await expectAccessible(page, 'train, with a run that was cut off');
    await left.getByRole('button', { name: 'Resume' }).click();
    expect(await trained(cut)).toBe(whole);
    const resumed = epochs.taken();
    // From a checkpoint, and not from the beginning.
    expect(resumed[0]).toBeGreaterThan(10);
    expect(resumed).toEqual(numbers(resumed[0]!, EPOCHS));
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(0);
  });

  it('goes on after it was stopped, whose best epoch can be used meanwhile', async () => {
    const isHeld = epochs.hold(HELD_EPOCH);
    const run = await started();
    await isHeld;
    await cardOf(run).getByRole('button', { name: 'Stop, and keep the best epoch' }).click();
    await cardOf(run).locator('.tag', { hasText: 'stopping' }).waitFor();
    epochs.release();
    await cardOf(run).getByRole('button', { name: 'Try it' }).waitFor();
    const before = epochs.taken();
    expect(before).toEqual(numbers(1, before.length));
    expect(before.length).toBeLessThan(EPOCHS);
    expect(await hashOf(run)).not.toBe(whole);
    await cardOf(run).getByRole('button', { name: 'Resume' }).click();
    expect(await trained(run)).toBe(whole);
    expect(epochs.taken()).toEqual(numbers(before.length + 1, EPOCHS));
  });

  function cardOf(run: string): Locator {
    return page.getByRole('region', { name: `Training ${run}` });
  }

  /** Presses Train. @returns The run. */
  async function started(): Promise<string> {
    await show('train');
    if (!(await page.getByLabel('Epochs', { exact: true }).isVisible()))
      await page.getByText('More', { exact: true }).click();
    for (const [label, value] of Object.entries({ ...project.fields, Epochs: String(EPOCHS) }))
      await page.getByLabel(label, { exact: true }).fill(value);
    const cards = page.getByRole('region', { name: /^Training / });
    const before = await cards.count();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await cards.nth(before).waitFor();
    return (await cards.first().locator('h2').textContent())!;
  }

  /** Waits for the end. @returns SHA-256 of the model file. */
  async function trained(run: string): Promise<string> {
    await cardOf(run).locator('.tag', { hasText: 'done' }).waitFor();
    return hashOf(run);
  }

  /** Hashed in the page: millions of numbers on their way out of it take minutes. */
  function hashOf(run: string): Promise<string> {
    return page.evaluate(
      `fetch('download/model/${run}')
        .then((answer) => answer.arrayBuffer())
        .then((bytes) => crypto.subtle.digest('SHA-256', bytes))
        .then((hash) => [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join(''))`,
    );
  }

  async function show(name: string): Promise<void> {
    await page.goto(`${site.address}#${name}`);
    await page.locator('h1').waitFor();
  }
});

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
