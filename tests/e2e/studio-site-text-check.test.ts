/** @file The check of a table in the studio of a plain web server: what the command line and the studio of folders say of the same table. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../src/inspection/check-report.ts';
import type { FindingKind } from '../../src/studio/engine/check-state.ts';
import type { ImageWindow } from '../../src/studio/engine/project-state.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { ANIMALS, PARTS } from './farm-and-garage.ts';
import { chooseTable, openSite, serveSite } from './site-page.ts';
import type { SiteServer } from './site-server.ts';
import { expectAccessible, launchProfile } from './studio-browser.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';

/** Of the pages. */
const FILTERS: Readonly<Record<FindingKind, RegExp>> = {
  label: /^Label suspects/,
  leak: /^Leaks/,
  duplicate: /^Duplicates/,
  outlier: /^Outliers/,
  fault: /^Empty texts/,
};

/** One label is wrong; then a copy, nearly a copy, a copy of another class, what says nothing, and what is like no other. */
const ROWS: readonly (readonly [text: string, label: string])[] = [
  ...ANIMALS.flatMap((animal, index) => [
    [`the ${animal} sleeps in the barn, quietly`, 'farm'] as const,
    [`a young ${animal} eats grass and runs to its mother`, 'farm'] as const,
    [`the ${PARTS[index]} of my car is broken again`, 'garage'] as const,
    [`what does a new ${PARTS[index]} cost`, PARTS[index] === 'brake' ? 'farm' : 'garage'] as const,
  ]),
  ['the cat sleeps in the barn, quietly', 'farm'],
  ['The DOG sleeps in the barn - quietly!', 'farm'],
  ['the axle of my car is broken again', 'farm'],
  ['', 'farm'],
  ['0x7f lorem ipsum dolor sit amet 42', 'garage'],
];
const LABELED = tableOf(ROWS);
/** The same with texts that have no label: one first, so that all others stand a line further down. */
const TABLE = tableOf([['the plum is ripe', ''], ...ROWS, ['the pear is not', '']]);

describe('a table in the studio of a plain web server, in Chromium', needs.chromium, () => {
  let cwd: string;
  let site: SiteServer;
  let studio: StudioProcess;
  let context: BrowserContext;
  let page: Page;
  let report: CheckReport;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-site-text-check-'));
    await writeFile(join(cwd, 'labeled.csv'), LABELED);
    await writeFile(join(cwd, 'notes.csv'), TABLE);
    const checked = await graft(['check', 'labeled.csv', '--json'], { cwd });
    report = JSON.parse(checked.stdout) as CheckReport;
    studio = await startStudioProcess(cwd, 'notes.csv', join(cwd, 'home'));
    site = await serveSite(cwd);
    context = await launchProfile(join(cwd, 'profile'));
    page = await openSite(context, site);
    await chooseTable(page, 'notes.csv', TABLE);
    await page.locator('h1', { hasText: 'Texts' }).waitFor();
  });
  afterAll(async () => {
    await context?.close();
    await site?.close();
    await studio?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it('ends a check that is under way, and leaves nothing of it', async () => {
    await page.getByRole('button', { name: 'Check the texts' }).click();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Check the texts' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('finds what graft check finds in the table without what has no label, in the words of the studio of folders', async () => {
    await studio.ask('check', {});
    await page.getByRole('button', { name: 'Check the texts' }).click();
    await page.getByRole('progressbar', { name: 'Checking the texts' }).waitFor();
    await page.getByRole('button', { name: 'Check again' }).waitFor();
    await expect.poll(async () => (await foundByServer('duplicate')).length).toBeGreaterThan(0);
    const places: Readonly<Record<FindingKind, readonly string[]>> = {
      label: report.labelErrors.map(({ file }) => file),
      leak: report.leaks.flatMap(({ files }) => files),
      duplicate: report.duplicates.flatMap(({ files }) => files),
      outlier: report.outliers.map(({ file }) => file),
      fault: report.warnings.flatMap(({ kind, files = [] }) => (kind === 'unreadable' ? files : [])),
    };
    for (const kind of Object.keys(FILTERS) as FindingKind[]) {
      const shown = await foundByPage(kind);
      expect([kind, shown.map(({ said }) => said).sort()]).toEqual([kind, textsAt(places[kind])]);
      expect([kind, shown.map(inWords).sort()]).toEqual([kind, (await foundByServer(kind)).sort()]);
    }
    // What was planted.
    const found = async (kind: FindingKind) => (await foundByPage(kind)).map(inWords);
    expect(await found('label')).toContain('what does a new brake cost: looks like garage, farm');
    expect(await found('duplicate')).toEqual(
      expect.arrayContaining([
        'the cat sleeps in the barn, quietly: same text as notes.csv, line 43 of "farm", farm',
        'The DOG sleeps in the barn - quietly!: nearly the same as notes.csv, line 7 of "farm", farm',
      ]),
    );
    expect(await found('leak')).toContain(
      'the axle of my car is broken again: also in farm: notes.csv, line 45, garage',
    );
    expect(await found('fault')).toEqual([': empty, farm']);
    // Beside the texts: the column that is not used.
    expect(await page.locator('.notes li').allTextContents()).toEqual(
      report.warnings.map(({ text }) => text),
    );
    expect(report.warnings.map(({ text }) => text)).toContain('The column "id" is not used.');
    expect(await page.getByText('new text').count()).toBe(0);
  });

  it('mends labels by a key, takes that back, and has nothing that axe-core finds', async () => {
    const suspects = page.getByRole('button', { name: FILTERS.label });
    await suspects.click();
    await page.locator('.remark', { hasText: 'looks like' }).first().waitFor();
    await expectAccessible(page, 'check');
    const before = Number(/\d+/.exec((await suspects.textContent())!)![0]);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Control+a');
    // At once: the key acts on what is being selected.
    await page.keyboard.press('a');
    await page.getByText(`Move ${before} text${before === 1 ? '' : 's'} to `).waitFor();
    await page.getByText('None.', { exact: true }).waitFor();
    await page.keyboard.press('Control+z');
    await page.getByText(/^Undone/).waitFor();
    await expect.poll(() => suspects.textContent()).toMatch(new RegExp(`${before}$`));
    await suspects.click();
  });

  async function foundByServer(found: FindingKind): Promise<string[]> {
    const { rows } = (await studio.ask('images', { query: { found }, from: 0, count: 400 })) as ImageWindow;
    return rows.map(({ text, finding, className }) =>
      inWords({ said: text!, remark: finding!.text, label: className! }),
    );
  }

  /** By its filter, which is switched off again; one that finds nothing is not there. */
  async function foundByPage(found: FindingKind): Promise<ShownText[]> {
    const filter = page.getByRole('button', { name: FILTERS[found] });
    if ((await filter.count()) === 0) return [];
    const number = Number(/\d+$/.exec((await filter.textContent())!)![0]);
    await filter.click();
    const rows = page.locator('.text-row');
    await expect.poll(() => rows.count()).toBe(number);
    await expect.poll(() => rows.locator('.remark').allTextContents()).not.toContain('');
    const [said, remarks, labels] = await Promise.all(
      ['.said', '.remark', '.label'].map((part) => rows.locator(part).allTextContents()),
    );
    await filter.click();
    return said!.map((text, index) => ({ said: text, remark: remarks![index]!, label: labels![index]! }));
  }
});

interface ShownText {
  readonly said: string;
  readonly remark: string;
  readonly label: string;
}

function inWords({ said, remark, label }: ShownText): string {
  return `${said}: ${remark}, ${label}`;
}

function tableOf(rows: readonly (readonly [text: string, label: string])[]): string {
  return `id,text,label\n${rows.map(([text, label], index) => `${index},"${text}",${label}\n`).join('')}`;
}

/** What stands at places of the labeled table, each once. */
function textsAt(places: readonly string[]): string[] {
  return [...new Set(places)].map((place) => ROWS[Number(/\d+$/.exec(place)![0]) - 2]![0]).sort();
}
