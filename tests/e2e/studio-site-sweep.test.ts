/** @file Sweeps in the studio of a plain web server: the browser trains every combination, and keeps the best. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { openSite, serveSite } from './site-page.ts';
import { SITE_PROJECTS } from './site-projects.ts';
import type { SiteServer } from './site-server.ts';
import { expectAccessible, launchProfile } from './studio-browser.ts';

const EPOCHS = 3;

const TITLE = 'a sweep on %s of a plain web server, in Chromium';

describe.each(SITE_PROJECTS)(TITLE, needs.chromium, (holds, project) => {
  const { fields, data, layer } = project;
  let cwd: string;
  let site: SiteServer;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-site-sweep-'));
    site = await serveSite(cwd);
    context = await launchProfile(join(cwd, 'profile'));
    page = await openSite(context, site);
    await project.open(page, cwd);
  });
  afterAll(async () => {
    await context?.close();
    await site?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('tries every combination, shows them as a chart, and keeps the best', async () => {
    await choose({ Heads: 'linear;dense:8:relu', 'Learning rates': '1e-2,1e-7' });
    await page.getByText(`graft sweep ${data} '--heads=linear;dense:8:relu' --lrs=1e-2,1e-7`).waitFor();
    const run = await started();
    await cardOf(run).locator('.tag', { hasText: 'done' }).waitFor();
    await cardOf(run).getByRole('button', { name: 'See the sweep' }).click();
    const chart = page.getByRole('region', { name: `Sweep ${run}`, exact: true });
    await chart.getByText(`4 combinations on the same validation ${holds}`).waitFor();
    expect(await chart.locator('thead th').allTextContents()).toEqual(
      expect.arrayContaining(['head', 'lr', 'accuracy', 'parameters', 'time']),
    );
    expect(await chart.locator('tbody tr').count()).toBe(4);
    await expectAccessible(page, 'runs, with a sweep');
  });

  it('gives the model that a training of the best combination gives, to the byte', async () => {
    const rows = page.locator('table.sweep tbody tr');
    const [head, rate] = await rows.first().locator('td.recipe').allTextContents();
    expect(rate).toBe('0.01');
    await choose({ Heads: '', 'Learning rates': '', Head: head!, 'Learning rate': rate! });
    const run = await started();
    await cardOf(run).locator('.tag', { hasText: 'done' }).waitFor();
    const [swept] = await runsWithSweep();
    expect(await hashOf(run)).toBe(await hashOf(swept!));
  });

  it('shows the sweep after the page was opened again', async () => {
    const [swept] = await runsWithSweep();
    await page.reload();
    await page.locator('h1').waitFor();
    await show('runs');
    await page.getByRole('region', { name: `Sweep ${swept}`, exact: true }).waitFor();
  });

  it('keeps what was found where it is stopped', async () => {
    // The first soon becomes no better; the second does so a little for far longer than anybody waits.
    const empty = { Heads: '', Head: '', 'Learning rate': '' };
    await choose({ ...empty, 'Learning rates': '10,1e-5', Epochs: '20000', Patience: '5' });
    const run = await started();
    await cardOf(run).getByText('combinations: 1 of 2 combinations').waitFor();
    await cardOf(run).getByRole('button', { name: 'Stop, and keep the best epoch' }).click();
    await cardOf(run).locator('.tag', { hasText: 'stopped' }).waitFor();
    await cardOf(run).getByRole('button', { name: 'See the sweep' }).click();
    const chart = page.getByRole('region', { name: `Sweep ${run}`, exact: true });
    await chart.getByText(`1 combination on the same validation ${holds}`).waitFor();
    expect(await page.getByRole('button', { name: 'Resume' }).count()).toBe(0);
  });

  it('refuses what a sweep cannot do, before it begins', async () => {
    await choose({ Epochs: '3', Unfreeze: layer });
    await page.getByRole('alert').getByText('expected recipes that train the head alone').waitFor();
    expect(await page.getByRole('button', { name: 'Train', exact: true }).isDisabled()).toBe(true);
  });

  function cardOf(run: string): Locator {
    return page.getByRole('region', { name: `Training ${run}` });
  }

  /** Fills in fields of the form by their labels. */
  async function choose(chosen: Readonly<Record<string, string>>): Promise<void> {
    await show('train');
    if (!(await page.getByLabel('Epochs', { exact: true }).isVisible()))
      await page.locator('details.more > summary').click();
    const all = { ...fields, Epochs: String(EPOCHS), ...chosen };
    for (const [label, value] of Object.entries(all)) {
      await page.getByLabel(label, { exact: true }).fill(value);
      await page.getByLabel(label, { exact: true }).blur();
    }
  }

  /** Presses Train. @returns The run. */
  async function started(): Promise<string> {
    const cards = page.getByRole('region', { name: /^Training / });
    const before = await cards.count();
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await cards.nth(before).waitFor();
    return (await cards.first().locator('h2').textContent())!;
  }

  async function runsWithSweep(): Promise<string[]> {
    await show('runs');
    await page.locator('table.sweep').first().waitFor();
    const headings = await page.getByRole('heading', { name: /^Sweep / }).allTextContents();
    return headings.map((heading) => heading.replace('Sweep ', ''));
  }

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
