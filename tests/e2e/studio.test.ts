/** @file The studio in a real browser: images collected, trained, tried; and who may ask its server. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawImages, type Motif } from './drawn-images.ts';
import { expectAccessible, launchBrowser, openStudio } from './studio-browser.ts';
import { type StudioProcess, startStudioProcess } from './studio-process.ts';

const PAGES = ['images', 'train', 'results', 'try', 'runs', 'export'];
const QUICK = { sizePx: '64', epochs: '20' };

let cwd: string;
let home: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-studio-'));
  home = join(cwd, 'home');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('the studio in Chromium', needs.chromium, () => {
  let studio: StudioProcess;
  const browsers: Browser[] = [];

  afterAll(async () => {
    for (const browser of browsers) await browser.close();
    await studio?.close();
  });

  it('collects two classes with the webcam, trains, and tells them apart live', async () => {
    studio = await startStudioProcess(cwd, 'things', home);
    const asked = new Set<string>();
    const discs = await open(await launch(await film('discs')), asked);
    await collect(discs, 'discs');
    const bars = await open(await launch(await film('bars')), asked);
    await collect(bars, 'bars');

    await bars.keyboard.press('g');
    await bars.keyboard.press('t');
    await bars.getByText('More', { exact: true }).click();
    await bars.getByLabel('Size', { exact: true }).fill('96');
    await bars.getByRole('button', { name: 'Train', exact: true }).click();
    await bars.getByRole('button', { name: 'See the results' }).waitFor({ timeout: 600_000 });
    for (const [page, motif] of [
      [bars, 'bars'],
      [discs, 'discs'],
    ] as const) {
      await page.goto(`${studio.origin}/#try`);
      await page.getByRole('button', { name: 'Start the webcam' }).click();
      await page.locator('.verdict', { hasText: motif }).waitFor();
      await page.getByRole('button', { name: 'Stop the webcam' }).click();
    }
    // Nothing leaves the machine.
    expect([...asked]).toEqual([studio.origin]);
  });

  it('has nothing that axe-core finds, on any page, light and dark, wide and narrow', async () => {
    const page = await open(await launch());
    for (const name of PAGES) {
      await page.goto(`${studio.origin}/#${name}`);
      await page.locator('h1').waitFor();
      if (name === 'results') await page.locator('.confusion').waitFor({ timeout: 600_000 });
      if (name === 'train') await page.getByText('More', { exact: true }).click();
      await expectAccessible(page, name);
    }
  });

  it('moves an image to another class by keys alone, and back; a sheet tells the keys', async () => {
    const page = await open(await launch());
    await page.locator('.tile img').first().waitFor();
    const before = await filesIn('things/discs');
    await page.getByRole('listbox').focus();
    const name = await page.locator('.tile.focused .caption').textContent();
    const [from, key] = before.includes(name!) ? ['discs', '1'] : ['bars', '2'];
    const to = from === 'discs' ? 'bars' : 'discs';
    await page.keyboard.press(key);
    await page.getByText(`Move 1 image to “${to}”`.replace(/[“”]/g, '"')).waitFor();
    expect([await filesIn(`things/${to}`), await filesIn(`things/${from}`)]).toEqual([
      expect.arrayContaining([name]),
      expect.not.arrayContaining([name]),
    ]);
    await page.keyboard.press('Control+z');
    await page.getByText(/^Undone/).waitFor();
    expect(await filesIn('things/discs')).toEqual(before);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('opens the images behind a cell of the confusion matrix', async () => {
    const page = await open(await launch());
    await page.goto(`${studio.origin}/#results`);
    const cell = page.locator('.cell:not(:disabled)').first();
    await cell.waitFor({ timeout: 600_000 });
    const number = Number(await cell.textContent());
    await cell.click();
    await expect.poll(() => page.locator('.tile').count()).toBe(number);
  });

  it('shows thousands of images with at most 300 tiles', async () => {
    await studio.close();
    await mkdir(join(cwd, 'many/one'), { recursive: true });
    await mkdir(join(cwd, 'many/two'), { recursive: true });
    const pixel = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#486' } })
      .png()
      .toBuffer();
    for (let index = 0; index < 3000; index++) {
      await writeFile(join(cwd, `many/${index % 2 ? 'one' : 'two'}/${index}.png`), pixel);
    }
    studio = await startStudioProcess(cwd, 'many', home);
    const page = await open(await launch());
    await page.setViewportSize({ width: 1600, height: 2400 });
    await page.locator('.tile img').first().waitFor();
    expect(await page.getByRole('option').first().getAttribute('aria-setsize')).toBe('3000');
    for (const place of [0, 0.3, 0.7, 1]) {
      await page.evaluate(`scrollTo(0, document.body.scrollHeight * ${place})`);
      await page.locator('.tile img').first().waitFor();
      const tiles = await page.locator('.tile').count();
      expect([place, tiles > 20 && tiles <= 300]).toEqual([place, true]);
    }
    await page.getByRole('option').last().waitFor();
    await expect.poll(() => page.locator('[aria-posinset="3000"]').count()).toBe(1);
  });

  /** A film for the webcam: images one after the other, again and again. */
  async function film(motif: Motif): Promise<string> {
    const folder = join(cwd, 'films');
    await drawImages(folder, motif, 16, 7);
    const frames = await Promise.all(
      (await readdir(join(folder, motif))).map((name) =>
        sharp(join(folder, motif, name))
          .resize(640, 480, { fit: 'cover' })
          .jpeg()
          .toBuffer(),
      ),
    );
    const path = join(cwd, `${motif}.mjpeg`);
    await writeFile(path, Buffer.concat(frames));
    return path;
  }

  async function launch(camera?: string): Promise<Browser> {
    const browser = await launchBrowser([
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      ...(camera === undefined ? [] : [`--use-file-for-fake-video-capture=${camera}`]),
    ]);
    browsers.push(browser);
    return browser;
  }

  async function open(browser: Browser, asked = new Set<string>()): Promise<Page> {
    return openStudio(browser, studio, asked);
  }

  /** Makes a class and holds the key until it has images, all by the keyboard. */
  async function collect(page: Page, className: string): Promise<void> {
    await page.keyboard.press('n');
    await page.getByRole('dialog').getByRole('textbox').fill(className);
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: className }).waitFor();
    await page.keyboard.press('w');
    const button = page.getByRole('button', { name: /^Hold to record/ });
    const width = "document.querySelector('video')?.videoWidth ?? 0";
    await expect.poll(() => page.evaluate(width), { timeout: 60_000 }).toBeGreaterThan(0);
    await button.focus();
    await page.keyboard.down(' ');
    await expect
      .poll(async () => (await filesIn(`things/${className}`)).length, { timeout: 300_000 })
      .toBeGreaterThan(15);
    await page.keyboard.up(' ');
    await page.getByRole('button', { name: 'Close webcam' }).click();
  }

  function filesIn(folder: string): Promise<string[]> {
    return readdir(join(cwd, folder)).then(
      (names) => names.toSorted(),
      () => [],
    );
  }
});

describe('the server of the studio', () => {
  let studio: StudioProcess;

  beforeAll(async () => {
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(cwd, 'two'), motif, 12);
    await writeFile(join(cwd, 'secret.png'), await readFile(join(cwd, 'two/bars/bars0.jpg')));
    studio = await startStudioProcess(cwd, 'two', home);
  });
  afterAll(() => studio?.close());

  it.each([
    ['nothing but the cookie', {}, 200],
    ['its own Origin', { origin: 'OWN' }, 200],
    ['another Host', { host: 'evil.example' }, 403],
    ['a Host that leads here by DNS', { host: 'evil.example:PORT' }, 403],
    ['another Origin', { origin: 'http://evil.example' }, 403],
    ['no Origin, of a page without one', { origin: 'null' }, 403],
    ['another port as Origin', { origin: 'http://127.0.0.1:1' }, 403],
    ['a page of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['no cookie', { cookie: '' }, 403],
    ['another cookie', { cookie: 'graft-studio-PORT=abc' }, 403],
  ])('answers a request with %s as it must', async (_, headers, status) => {
    const { port } = new URL(studio.origin);
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replace('OWN', studio.origin).replace('PORT', port),
      ]),
    );
    expect(await statusOf('GET', '/app.js', { cookie: studio.cookie, ...given })).toBe(status);
  });

  it('asks for an Origin with whatever changes something', async () => {
    const body = '{"className":"x"}';
    expect(await statusOf('POST', '/api/make-class', { cookie: studio.cookie }, body)).toBe(403);
    expect(await readdir(join(cwd, 'two'))).not.toContain('x');
  });

  it('has headers that let nothing in, and no token in a page', async () => {
    const page = await fetch(studio.address);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(page.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await page.text()).not.toContain(new URL(studio.address).searchParams.get('token'));
  });

  it.each([
    '/image/../../secret.png',
    '/image/%2e%2e%2fsecret.png',
    '/thumbnail/two/bars/bars0.jpg',
    `/image/${'0'.repeat(64)}`,
    '/download/model/..%2f..%2fsecret.png',
    '/download/model/..',
    '/download/onnx/two-1',
    '/%00',
    '/index.html/../../../package.json',
  ])('gives no file for %s', async (path) => {
    expect(await statusOf('GET', path, { cookie: studio.cookie })).toBe(404);
  });

  it('says 4xx to a thousand requests that no page sends, and goes on', async () => {
    const before = await readdir(join(cwd, 'two'), { recursive: true });
    const questions = [
      'images',
      'ids',
      'relabel',
      'bin',
      'restore',
      'train',
      'judge',
      'export',
      'try/x',
      'add',
      'none',
    ];
    const bodies = [
      '',
      '{',
      'null',
      '[]',
      '{"ids":[1e99],"className":"bars"}',
      '{"ids":"all"}',
      '{"ids":[-1],"className":"../.."}',
      '{"className":"../up"}',
      '{"query":{"className":5},"from":0,"count":1}',
      '{"query":{},"from":-1,"count":1}',
      '{"choice":{"backbone":"/etc/passwd"}}',
      '{"choice":{"validation":"/etc"}}',
      '{"choice":{"__proto__":"1","weights":"/etc/passwd"}}',
      '{"run":"../../two","format":"keras"}',
      '{"run":"two-1","format":"../x"}',
      `{"run":"${'x'.repeat(5000)}"}`,
      '\u0000\u0001\u0002',
    ];
    const headers = { cookie: studio.cookie, origin: studio.origin, 'content-type': 'application/json' };
    let sent = 0;
    for (; sent < 1000; sent++) {
      const question = questions[sent % questions.length]!;
      const body = bodies[Math.floor(sent / questions.length) % bodies.length]!;
      const status = await statusOf('POST', `/api/${question}`, headers, body);
      expect([question, body, status >= 400 && status < 500]).toEqual([question, body, true]);
    }
    expect(await studio.ask('ids', { query: {} })).toHaveLength(24);
    expect(await readdir(join(cwd, 'two'), { recursive: true })).toEqual(before);
  });

  it('resumes the stream of news after the last that was heard', async () => {
    const first = await news();
    expect(first.map(({ type }) => type)).toEqual(expect.arrayContaining(['project', 'trainings', 'runs']));
    await studio.ask('make-class', { className: 'rings' });
    const second = await news(first.at(-1)!.id);
    expect(second.map(({ type }) => type)).toEqual(['project']);
    await studio.ask('undo', {});
  });

  it("trains the command line's model, to the byte", async () => {
    const { run } = (await studio.ask('train', { choice: QUICK })) as { run: string };
    const flags = ['--size', QUICK.sizePx, '--epochs', QUICK.epochs];
    const byHand = await graft(['train', 'two', '--out', 'by-hand', ...flags], { cwd });
    expect([run, byHand.status]).toEqual(['two-1', 0]);
    const model = join(cwd, 'graft-runs', run, 'model.onnx');
    await expect.poll(() => existsSync(model), { timeout: 600_000, interval: 300 }).toBe(true);
    expect(sha256(await readFile(model))).toBe(sha256(await readFile(join(cwd, 'by-hand/model.onnx'))));
  });

  function statusOf(
    method: string,
    path: string,
    headers: Record<string, string>,
    body = '',
  ): Promise<number> {
    const { hostname, port } = new URL(studio.origin);
    return new Promise((resolve, reject) => {
      // Unlike fetch, it sends any Host and any path.
      const sent = request({ hostname, port, method, path, headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode!));
      });
      sent.on('error', reject).end(body);
    });
  }

  async function news(after?: string): Promise<{ id: string; type: string }[]> {
    const response = await fetch(`${studio.origin}/api/events`, {
      headers: { cookie: studio.cookie, ...(after === undefined ? {} : { 'last-event-id': after }) },
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    // What stands there is sent at once, in one piece or several.
    const until = after === undefined ? '"runs"' : '"project"';
    while (!text.includes(until) || !text.endsWith('\n\n')) text += (await reader.read()).value;
    await reader.cancel();
    return text
      .split('\n\n')
      .filter((each) => each.includes('data: '))
      .map((each) => ({
        id: /^id: (.*)$/m.exec(each)![1]!,
        type: (JSON.parse(/^data: (.*)$/m.exec(each)![1]!) as { type: string }).type,
      }));
  }
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
