/** @file What comes between a person and the studio: a connection that is gone, a machine that sleeps, a tab that is closed, ten thousand files. */

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageWindow } from '../../src/studio/engine/project-state.ts';
import { needs } from '../support/needs.ts';
import { drawImages } from './drawn-images.ts';
import { launchBrowser, openStudio } from './studio-browser.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';

/** The smallest GIF; what follows its end makes it another file. */
const GIF = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');
const MANY = 10_000;

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-studio-gone-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('in Chromium', needs.chromium, () => {
  let studio: StudioProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(cwd, 'things'), motif, 12);
    studio = await startStudioProcess(cwd, 'things', join(cwd, 'home'));
    browser = await launchBrowser();
    page = await openStudio(browser, studio);
    await page.locator('.tile img').first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it('says that the connection is gone, changes nothing then, and goes on when it is back', async () => {
    await page.context().setOffline(true);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('2');
    await page
      .getByText('The studio does not answer. Is graft studio still running?', { exact: true })
      .waitFor();
    expect((await imagesOf('bars')).length).toBe(12);
    await page.context().setOffline(false);
    await page.keyboard.press('2');
    await page.getByText('Move 1 image to "discs".').waitFor();
    expect((await imagesOf('bars')).length).toBe(11);
    await page.keyboard.press('Control+z');
    await page.getByText(/^Undone/).waitFor();
  });

  it('shows what was done while the machine slept', needs.linux, async () => {
    await page.getByRole('button', { name: /^bars/ }).click();
    await expect.poll(() => page.locator('.tile').count()).toBe(12);
    // The server stands still, as all does on a machine that sleeps; the page has asked before it wakes.
    process.kill(studio.pid, 'SIGSTOP');
    await page.getByRole('listbox').focus();
    await page.keyboard.press('2');
    await page.waitForTimeout(500);
    process.kill(studio.pid, 'SIGCONT');
    await page.getByText('Move 1 image to "discs".').waitFor();
    await expect.poll(() => page.locator('.tile').count()).toBe(11);
    await page.keyboard.press('Control+z');
    await expect.poll(() => page.locator('.tile').count()).toBe(12);
  });

  it('hears from where it left: news of a connection that broke are told again, and no others', async () => {
    const first = await newsSince(undefined);
    const last = first.at(-1)!.id;
    expect(await newsSince(last)).toEqual([]);
    const { rows } = (await studio.ask('images', { query: {}, from: 0, count: 1 })) as ImageWindow;
    await studio.ask('bin', { ids: rows.map(({ id }) => id) });
    expect((await newsSince(last)).map(({ type }) => type)).toEqual(['project']);
    await studio.ask('undo', {});
  });

  it('trains on when its tab is closed, and shows it to the next one', async () => {
    const own = await openStudio(browser, studio);
    await own.goto(`${studio.origin}/#train`);
    await own.getByText('More', { exact: true }).click();
    await own.getByLabel('Size', { exact: true }).fill('64');
    await own.getByRole('button', { name: 'Train', exact: true }).click();
    await own.locator('.tag.running, .tag.ended').first().waitFor();
    await own.close({ runBeforeUnload: false });
    const next = await openStudio(browser, studio);
    await next.goto(`${studio.origin}/#train`);
    await next.getByRole('button', { name: 'See the results' }).waitFor({ timeout: 600_000 });
    expect(await readdir(join(cwd, 'graft-runs/things-1'))).toContain('model.onnx');
    await next.close();
  });

  it('takes ten thousand files at once, and undoes them at once', async () => {
    const many = join(cwd, 'dropped/many');
    await mkdir(many, { recursive: true });
    for (let index = 0; index < MANY; index++)
      await writeFile(join(many, `${index}.gif`), Buffer.concat([GIF, Buffer.from(String(index))]));
    const empty = await startStudioProcess(cwd, 'new', join(cwd, 'home'));
    const own = await openStudio(browser, empty);
    await own.locator('input[webkitdirectory]').setInputFiles(join(cwd, 'dropped/many'));
    await own.getByText('Added 10,000 images.').waitFor({ timeout: 600_000 });
    expect((await readdir(join(cwd, 'new/many'))).length).toBe(MANY);
    await own.getByRole('button', { name: /^Undo/ }).click();
    await own.getByText(/^Undone/).waitFor({ timeout: 600_000 });
    expect(
      (await readdir(join(cwd, 'new'), { recursive: true })).filter((name) => name.startsWith('many/')),
    ).toEqual([]);
    expect(await empty.close()).toBe(0);
  });

  async function newsSince(id: string | undefined): Promise<{ id: string; type: string }[]> {
    const aborter = new AbortController();
    const { body } = await fetch(`${studio.origin}/api/events`, {
      headers: { cookie: studio.cookie, ...(id === undefined ? {} : { 'last-event-id': id }) },
      signal: aborter.signal,
    });
    let text = '';
    const timer = setTimeout(() => aborter.abort(), 1000);
    try {
      for await (const part of body!.pipeThrough(new TextDecoderStream())) text += part;
    } catch {
      // The connection has no end of its own.
    }
    clearTimeout(timer);
    return [...text.matchAll(/^event: news\ndata: (.*)\nid: (\d+)$/gm)].map(([, data, own]) => ({
      id: own!,
      type: (JSON.parse(data!) as { type: string }).type,
    }));
  }
});

function imagesOf(className: string): Promise<string[]> {
  return readdir(join(cwd, 'things', className));
}
