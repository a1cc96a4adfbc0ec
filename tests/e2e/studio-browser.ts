/** @file The studio's page in a real browser. */

import axe from 'axe-core';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { expect } from 'vitest';
import { CHROMIUM } from '../support/needs.ts';
import type { StudioProcess } from './studio-process.ts';

/** No limit stands for speed: on a busy machine everything takes ten times as long. */
const HANG_MS = 600_000;

/** @param args - Of Chromium: what its webcam is. */
export function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', ...args], timeout: HANG_MS });
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(HANG_MS);
  return page;
}

/** The browser with what it keeps in a folder, also after its end. @param args - As of {@link launchBrowser}. */
export async function launchProfile(folder: string, args: readonly string[] = []): Promise<BrowserContext> {
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: CHROMIUM!,
    args: ['--no-sandbox', ...args],
    viewport: { width: 1280, height: 800 },
    timeout: HANG_MS,
  });
  context.setDefaultTimeout(HANG_MS);
  return context;
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
  const page = await openPage(browser, { viewport: { width: 1280, height: 800 } });
  page.on('request', (sent) => {
    const { protocol, origin } = new URL(sent.url());
    if (protocol !== 'blob:') asked.add(origin);
  });
  await page.goto(address);
  await page.locator('h1').waitFor();
  expect(page.url()).not.toContain('token');
  return page;
}

/**
 * That axe-core finds nothing on a page, light and dark, narrow and wide, which it is afterwards, and that nothing stands beyond its edge.
 *
 * @param name - What a failure calls the page.
 */
export async function expectAccessible(page: Page, name: string = new URL(page.url()).hash): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      expect([name, colorScheme, width, await axeFindings(page)]).toEqual([name, colorScheme, width, []]);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([name, width, (overflow as number) <= 0]).toEqual([name, width, true]);
    }
  }
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
