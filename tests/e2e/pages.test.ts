/** @file The report of a run and the page of a check, in a real browser. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { axeFindings, launchBrowser } from './studio-browser.ts';
import { drawWorkplace, trained, type Workplace } from './trained-models.ts';

let place: Workplace;
let browser: Browser;

beforeAll(async () => {
  place = await drawWorkplace();
  await trained(place.cwd, 'three', '--out', 'run', '--epochs', '1');
  const checked = await graft(['check', 'three', '--html', 'check.html'], { cwd: place.cwd });
  if (checked.status !== 0) throw new Error(`graft check failed: ${checked.stderr}`);
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await place?.remove();
});

const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [390, 1280].map((width) => ({ colorScheme, width })),
);

describe.each([
  { what: 'the report of a run', file: 'run/report.html', title: 'How good it is' },
  { what: 'the page of a check', file: 'check.html', title: 'Classes' },
])('$what', needs.chromium, ({ file, title }) => {
  it.each(LOOKS)(
    'has nothing that axe-core finds, $colorScheme, $width px',
    async ({ colorScheme, width }) => {
      const { page, asked } = await open(file);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await page.getByRole('heading', { name: title }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      const { scrollWidth, clientWidth } = (await page.evaluate(
        '({ scrollWidth: document.documentElement.scrollWidth, clientWidth: document.documentElement.clientWidth })',
      )) as Record<string, number>;
      expect(scrollWidth).toBe(clientWidth);
      expect(asked).toEqual([addressOf(file)]);
      await page.close();
    },
  );
});

describe('the report of a run', needs.chromium, () => {
  it('opens the images of a cell of its confusion matrix', async () => {
    const { page } = await open('run/report.html');
    const cell = page.locator('table.confusion button').first();
    const images = page.locator(`#${await cell.getAttribute('popovertarget')} img`);
    expect(await images.first().isVisible()).toBe(false);
    await cell.click();
    expect(await images.first().isVisible()).toBe(true);
    expect(readFileSync(join(place.cwd, 'run/report.html'), 'utf8')).not.toContain('<script');
    await page.close();
  });
});

/** With all addresses that the page asks for, itself first; images that are in it are none. */
async function open(file: string): Promise<{ readonly page: Page; readonly asked: readonly string[] }> {
  const page = await browser.newPage();
  const asked: string[] = [];
  page.on('request', (sent) => {
    if (!sent.url().startsWith('data:')) asked.push(sent.url());
  });
  await page.goto(addressOf(file));
  return { page, asked };
}

function addressOf(file: string): string {
  return pathToFileURL(join(place.cwd, file)).href;
}
