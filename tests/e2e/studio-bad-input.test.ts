/** @file What goes wrong around the studio: webcams, folders and disks, each told in words, and no image lost. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageWindow } from '../../src/studio/engine/project-state.ts';
import { lockDisk, unlockDisk } from '../support/locked-disk.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawImages } from './drawn-images.ts';
import { launchBrowser, openStudio } from './studio-browser.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-studio-bad-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('in Chromium', needs.chromium, () => {
  let studio: StudioProcess;
  const browsers: Browser[] = [];

  beforeAll(async () => {
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(cwd, 'seen'), motif, 6);
    studio = await start('seen');
  });
  afterAll(async () => {
    for (const browser of browsers) await browser.close();
    await studio?.close();
  });

  it('says that there is no webcam', async () => {
    const page = await open();
    await startRecorder(page);
    expect(await page.getByRole('alert').textContent()).toBe(
      'There is no webcam: connect one, or drop images instead.',
    );
    expect(await page.getByRole('button', { name: /^Hold to record/ }).isDisabled()).toBe(true);
  });

  it('says that the browser does not allow the webcam', async () => {
    const page = await open(['--use-fake-device-for-media-stream']);
    // All that is not named is refused.
    await page.context().grantPermissions(['clipboard-read']);
    await startRecorder(page);
    expect(await page.getByRole('alert').textContent()).toBe(
      'The browser does not allow the webcam: allow it beside the address, and try again.',
    );
  });

  it('shows what other programs have taken away, and says that the folder is gone', async () => {
    const page = await open();
    const tiles = page.locator('.tile');
    await expect.poll(() => tiles.count()).toBe(12);
    await rm(join(cwd, 'seen/bars/bars0.jpg'));
    await comeBack(page);
    await expect.poll(() => tiles.count()).toBe(11);
    await rename(join(cwd, 'seen'), join(cwd, 'elsewhere'));
    await comeBack(page);
    await page.getByText('1 note on this folder').click();
    await page
      .getByText(
        `project "${join(cwd, 'seen')}": expected the folder that was opened, received ENOENT. Put it back, or end the studio and open another one.`,
      )
      .waitFor();
    await rename(join(cwd, 'elsewhere'), join(cwd, 'seen'));
    await comeBack(page);
    await expect.poll(() => page.getByText('on this folder').count()).toBe(0);
    expect(await tiles.count()).toBe(11);
  });

  async function open(args: readonly string[] = []): Promise<Page> {
    const browser = await launchBrowser(args);
    browsers.push(browser);
    return openStudio(browser, studio);
  }

  async function startRecorder(page: Page): Promise<void> {
    await page.getByRole('button', { name: /^bars/ }).click();
    await page.keyboard.press('w');
    await page.getByRole('alert').waitFor();
  }

  /** As a person who had another program before the browser. */
  function comeBack(page: Page): Promise<unknown> {
    return page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  }
});

it('is refused a folder that another studio has open', async () => {
  await drawImages(join(cwd, 'shared'), 'bars', 2);
  const studio = await start('shared');
  const second = await graft(['studio', 'shared', '--no-open'], { cwd });
  expect([second.status, second.stderr]).toEqual([
    1,
    'error project "shared": expected to be open in one studio, received a folder that another studio has open. Use that one, or end it first with Ctrl-C.\n',
  ]);
  expect(await studio.close()).toBe(0);
  const third = await start('shared');
  expect(await third.close()).toBe(0);
});

describe('on a disk of its own', needs.root, () => {
  const disks: string[] = [];

  afterAll(() => {
    for (const disk of disks) execFileSync('umount', ['--lazy', disk]);
  });

  it('says that a folder must not be written to, and changes nothing', async () => {
    const disk = await mountDisk('locked', '4m');
    await drawImages(disk, 'bars', 3);
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const { status, stderr } = await graft(['studio', 'locked', '--no-open'], { cwd });
    expect([status, stderr]).toEqual([
      1,
      `error file "${join(disk, '.graft')}": expected a place that can be written, received a read-only file system. Nothing was written there. Make room or choose another place with --out.\n`,
    ]);
  });

  it('moves nothing on a disk that became read-only, and goes on when it can be written again', async () => {
    const disk = await mountDisk('turned', '4m');
    for (const motif of ['bars', 'discs'] as const) await drawImages(disk, motif, 3);
    const studio = await start('turned');
    // The folder is read while the first questions come.
    await expect.poll(async () => (await windowOf(studio)).total).toBe(6);
    const { rows } = await windowOf(studio);
    const before = await namesOn(disk);
    lockDisk(disk);
    const ids = rows.map(({ id }) => id);
    try {
      const refused = (await studio.ask('relabel', { ids, className: 'discs' })) as {
        images: number;
        left: object[];
      };
      expect([refused.images, refused.left]).toEqual([
        0,
        Array.from({ length: 3 }, (_, index) => ({
          name: `bars${index}.jpg`,
          reason: 'the disk must not be changed',
        })),
      ]);
      expect(await namesOn(disk)).toEqual(before);
    } finally {
      unlockDisk(disk);
    }
    const done = (await studio.ask('relabel', { ids, className: 'discs' })) as { images: number };
    expect(done.images).toBe(3);
    expect(await studio.close()).toBe(0);
  });

  it('says that the disk is full, keeps every image, and goes on when there is room', async () => {
    const disk = await mountDisk('full', '2m');
    await drawImages(disk, 'bars', 3);
    const studio = await start('full');
    // What follows the end of an image is no matter.
    const large = Buffer.concat([await readFile(join(disk, 'bars/bars0.jpg')), randomBytes(150_000)]);
    let added = 0;
    const failure = await (async () => {
      for (;;) {
        await studio.add('bars', `noise${added}.jpg`, large);
        added++;
      }
    })().catch(({ message }: Error) => message);
    expect(failure).toMatch(/^507 .*received a full disk\. Nothing was written there\. Make room/);
    expect(added).toBeGreaterThan(2);
    const { total } = await windowOf(studio);
    expect(total).toBe(3 + added);
    await studio.ask('undo', {});
    await rm(join(disk, '.graft/bin'), { recursive: true });
    await studio.add('bars', 'again.jpg', large);
    await studio.ask('rescan', {});
    expect((await windowOf(studio)).total).toBe(3 + added);
    expect(await studio.close()).toBe(0);
  });

  async function mountDisk(name: string, size: string): Promise<string> {
    const disk = join(cwd, name);
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
    disks.push(disk);
    return disk;
  }

  async function namesOn(disk: string): Promise<string[]> {
    return (await readdir(disk, { recursive: true })).filter((name) => name.endsWith('.jpg')).toSorted();
  }
});

function windowOf(studio: StudioProcess): Promise<ImageWindow> {
  return studio.ask('images', { query: {}, from: 0, count: 100 }) as Promise<ImageWindow>;
}

function start(folder: string): Promise<StudioProcess> {
  return startStudioProcess(cwd, folder, join(cwd, 'home'));
}
