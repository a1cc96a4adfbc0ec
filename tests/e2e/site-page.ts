/** @file The studio of a plain web server as tests open it: built, served, and in a page. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { graft } from './cli.ts';
import { type SiteAddition, type SiteServer, startSiteServer } from './site-server.ts';

/** Builds it in a folder of `cwd`, and serves that. */
export async function serveSite(cwd: string, addition?: SiteAddition): Promise<SiteServer> {
  expect((await graft(['studio', '--build', 'site'], { cwd })).status).toBe(0);
  return startSiteServer(join(cwd, 'site'), addition);
}

/** An error that nobody catches in the page fails the test. */
export async function openSite(context: BrowserContext, { address }: SiteServer): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(address);
  await page.locator('h1').waitFor();
  return page;
}

export async function chooseTable(page: Page, name: string, text: string): Promise<void> {
  await page
    .locator('input[type=file]:not([webkitdirectory])')
    .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
}

/** @returns What the page gives when that is clicked. */
export async function download(page: Page, click: () => Promise<void>): Promise<Buffer> {
  const [started] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFile(await started.path());
}
