/** @file Exports of the studio of a plain web server: the bytes that the command writes of the same model. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWeights } from '../../src/web/read-weights.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawArchive } from './drawn-archive.ts';
import { download, openSite, serveSite } from './site-page.ts';
import type { SiteServer } from './site-server.ts';
import { expectAccessible, launchProfile } from './studio-browser.ts';

const SIZE_PX = 64;
/** By the titles of their cards. */
const FOLDERS = {
  'TensorFlow.js': 'tfjs',
  'Teachable Machine': 'teachable-machine',
  'TensorFlow Lite': 'tflite',
} as const;

describe('the page of exports of a plain web server, in Chromium', needs.chromium, () => {
  let cwd: string;
  let site: SiteServer;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-site-exports-'));
    site = await serveSite(cwd);
    context = await launchProfile(join(cwd, 'profile'));
    page = await openSite(context, site);
    await page.locator('input[accept*=".zip"]').setInputFiles(await drawArchive(cwd, SIZE_PX));
    await page.getByText('Added 24 images.').waitFor();
    await page.goto(`${site.address}#train`);
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Size', { exact: true }).fill(String(SIZE_PX));
    await page.getByLabel('Epochs', { exact: true }).fill('12');
    // So that layers of the network are the model's own.
    await page.getByLabel('Unfreeze', { exact: true }).fill('block_15_add');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'See the results' }).waitFor();
    await page.goto(`${site.address}#export`);
    const model = await download(page, () => page.getByRole('link', { name: 'Download model.onnx' }).click());
    await writeFile(join(cwd, 'model.onnx'), model);
  });
  afterAll(async () => {
    await context?.close();
    await site?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  it.each(Object.entries(FOLDERS))(
    'exports to %s what the command does, but for the time',
    async (title, format) => {
      const files = unzipSync(new Uint8Array(await exported(title)));
      const made = await byCommand(format, format);
      expect(Object.keys(files).toSorted()).toEqual((await readdir(made)).toSorted());
      for (const [name, bytes] of Object.entries(files)) {
        const expected = await readFile(join(made, name));
        if (name === 'metadata.json') expect(untimed(bytes)).toEqual(untimed(expected));
        else expect([name, expected.equals(bytes)]).toEqual([name, true]);
      }
    },
  );

  it('exports to Keras 3 what the command does, but for the time', async () => {
    const ours = unzipSync(new Uint8Array(await exported('Keras 3')));
    const theirs = unzipSync(new Uint8Array(await readFile(await byCommand('keras', 'model.keras'))));
    expect(Object.keys(ours)).toEqual(['metadata.json', 'config.json', 'model.weights.h5']);
    expect(Object.keys(theirs)).toEqual(Object.keys(ours));
    expect(untimed(ours['metadata.json']!)).toEqual(untimed(theirs['metadata.json']!));
    expect(Buffer.from(theirs['config.json']!).equals(ours['config.json']!)).toBe(true);
    await expectSameHdf5(ours['model.weights.h5']!, theirs['model.weights.h5']!);
  });

  it('exports to Keras 2 what the command does, but for the time', async () => {
    const ours = await exported('Keras 2 and 3 (HDF5)');
    await expectSameHdf5(ours, await readFile(await byCommand('keras-h5', 'model.h5')));
  });

  it('has nothing that axe-core finds', async () => {
    await expectAccessible(page, 'export');
  });

  /** Presses the button of a card, and downloads what it made. */
  async function exported(title: string): Promise<Buffer> {
    const card = page.getByRole('region', { name: title, exact: true });
    await card.getByRole('button', { name: 'Export' }).click();
    const link = card.getByRole('link', { name: 'Download' });
    await link.or(page.getByRole('alert')).waitFor();
    expect(await page.getByRole('alert').allTextContents()).toEqual([]);
    expect(await card.getByText(/^Checked: probabilities differ/).count()).toBe(1);
    return download(page, () => link.click());
  }

  async function byCommand(format: string, name: string): Promise<string> {
    const out = join(cwd, 'made', name);
    const { status, stderr } = await graft(['export', 'model.onnx', '--to', format, '--out', out], { cwd });
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    return out;
  }
});

/** Of each group and array, HDF5 writes when it was made, under a checksum; all else is to be the same. */
async function expectSameHdf5(ours: Uint8Array, theirs: Uint8Array): Promise<void> {
  const [own, other] = [Buffer.from(ours), Buffer.from(theirs)];
  const [ownFile, otherFile] = await Promise.all(
    [own, other].map((bytes) => readWeights({ 'model.weights.h5': bytes })),
  );
  expect(ownFile!.config).toEqual(otherFile!.config);
  expect([...ownFile!.tensors.keys()]).toEqual([...otherFile!.tensors.keys()]);
  for (const [name, { data }] of otherFile!.tensors) {
    const same = (ownFile!.tensors.get(name)!.data as Float32Array).every((value, at) =>
      Object.is(value, data[at]),
    );
    expect([name, same]).toEqual([name, true]);
  }
  expect(own.length).toBe(other.length);
  let checksums = 0;
  for (let at = own.indexOf('OHDR'); at >= 0; at = own.indexOf('OHDR', at + 1)) {
    for (const bytes of [own, other]) bytes.fill(0, at + HEADER_BYTES, at + HEADER_BYTES + TIMES_BYTES);
    checksums++;
  }
  for (let at = own.indexOf('OCHK'); at >= 0; at = own.indexOf('OCHK', at + 1)) checksums++;
  const differing = own.filter((byte, index) => byte !== other[index]).length;
  expect(checksums).toBeGreaterThan(0);
  expect(differing).toBeLessThanOrEqual(4 * checksums);
}

/** Of an object's header: its name, version and flags, and then four times of 4 bytes. */
const HEADER_BYTES = 6;
const TIMES_BYTES = 16;

/** The document, less when it was made. */
function untimed(bytes: Uint8Array): object {
  const { timeStamp, date_saved, ...rest } = JSON.parse(Buffer.from(bytes).toString()) as Record<
    string,
    unknown
  >;
  expect(Number.isNaN(Date.parse(String(timeStamp ?? date_saved).replace('@', 'T')))).toBe(false);
  return rest;
}
