/** @file The studio's page in a real browser. */

import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { CHROMIUM } from '../support/needs.ts';
import type { StudioProcess } from './studio-process.ts';

/** @param args - Of Chromium: what its webcam is. */
export function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', ...args] });
}

/**
 * Opens the studio by the address that it printed.
 *
 * @param asked - Gets the origins that the page asks for anything.
 */
export async function openStudio(
  browser: Browser,
  { address }: StudioProcess,
  asked: Set<string> = new Set(),
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(600_000);
  page.on('request', (sent) => {
    const { protocol, origin } = new URL(sent.url());
    if (protocol !== 'blob:') asked.add(origin);
  });
  await page.goto(address);
  await page.locator('h1').waitFor();
  expect(page.url()).not.toContain('token');
  return page;
}

/** What axe-core finds on a page, in words. */
export async function axeFindings(page: Page): Promise<string[]> {
  // The page lets no code in but its own: the browser's developer interface is not bound by that.
  await page.evaluate(axe.source);
  const found = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}
