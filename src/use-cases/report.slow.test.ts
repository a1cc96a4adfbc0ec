import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HtmlValidate } from 'html-validate';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { drawImages } from '../../tests/e2e/drawn-images.ts';
import { RUN_FILES } from '../../tests/e2e/run-files.ts';
import { openFeatureCache } from '../node/feature-cache/feature-cache.ts';
import { runtime } from '../node/runtime/runtime.ts';
import { explain } from './explain.ts';
import type { Explanation } from './explain-report.ts';
import { reportRun } from './report.ts';
import type { RunEvent } from './run-event.ts';
import { train } from './train.ts';

const HOSTILE = `<img src=x onerror=alert(1)> & "discs"`;
const executablePath = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== '' && existsSync(path),
);

/** Less than the default network for texts takes, and more than a head does. */
const NETWORK_BYTES = 2e7;

/** As `training.json` has it. */
interface Kept {
  readonly ends: readonly number[];
  readonly scores: readonly number[];
}

async function featureBytes(cache: string): Promise<number> {
  const files = await readdir(cache, { recursive: true, withFileTypes: true });
  const segments = files.filter((file) => file.isFile() && file.name.endsWith('.bin'));
  const sizes = await Promise.all(segments.map((file) => stat(join(file.parentPath, file.name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

const REPORTS = ['README.md', 'report.html'];

let folder: string;
let data: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-report-'));
  [data, run] = [join(folder, 'data'), join(folder, 'run')];
  for (const motif of ['bars', 'discs'] as const) await drawImages(data, motif, 12);
  await rename(join(data, 'discs'), join(data, HOSTILE));
  await writeFile(join(data, 'bars/broken.png'), 'no image');
  const [first] = await readdir(join(data, 'bars'));
  await cp(join(data, 'bars', first!), join(data, 'bars/copy.png'));
  await train(data, { recipe: { sizePx: 64, epochs: 5 }, out: run, cache: false });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const page = (): Promise<string> => readFile(join(run, 'report.html'), 'utf8');

describe('the report of a run', () => {
  it('is written with its model card as the training ends, and is the same bytes again', async () => {
    expect((await readdir(run)).toSorted()).toEqual(RUN_FILES);
    const before = [await page(), await readFile(join(run, 'README.md'), 'utf8')];
    const result = await reportRun(run);
    expect(result).toMatchObject({ html: join(run, 'report.html'), card: join(run, 'README.md'), kept: [] });
    expect([await page(), await readFile(join(run, 'README.md'), 'utf8')]).toEqual(before);
  });

  it('asks the model again only where the run, the model or the images are not as they were', async () => {
    const asks = async (changed: string, options: { readonly data?: string } = {}): Promise<boolean> => {
      const stages: string[] = [];
      await reportRun(changed, {
        ...options,
        onEvent: (event) => event.type === 'stage' && stages.push(event.stage),
      });
      return stages.includes('predictions');
    };
    expect(await asks(run)).toBe(false);
    const copy = join(folder, 'copy');
    await cp(run, copy, { recursive: true });
    expect(await asks(copy)).toBe(false);
    const record = JSON.parse(await readFile(join(run, 'training.json'), 'utf8'));
    const { heldOut } = record;
    for (const other of [
      undefined,
      { ...heldOut, modelSha256: 'another' },
      { ...heldOut, examplesSha256: 'others' },
      { ...heldOut, values: heldOut.values.slice(4) },
    ]) {
      await writeFile(join(copy, 'training.json'), JSON.stringify({ ...record, heldOut: other }));
      expect(await asks(copy)).toBe(true);
    }
  });

  async function reviews(): Promise<string> {
    const table = join(folder, 'reviews.csv');
    const lines = Array.from({ length: 60 }, (_, i) =>
      i % 2 === 0 ? `the train to town number ${i} is late,train` : `please cook ${i} eggs for me,food`,
    );
    await writeFile(table, ['text,label', ...lines].join('\n'));
    return table;
  }

  it('is the same bytes again of texts, too', async () => {
    const table = await reviews();
    const out = join(folder, 'texts-run');
    await train(table, { recipe: { epochs: 2, validation: 0.5 }, out, cache: false });
    const before = await readFile(join(out, 'report.html'), 'utf8');
    const stages: string[] = [];
    await reportRun(out, { onEvent: (event) => event.type === 'stage' && stages.push(event.stage) });
    expect(stages).not.toContain('predictions');
    expect(await readFile(join(out, 'report.html'), 'utf8')).toBe(before);
  });

  it('tells of texts what the training has worked out, from features that it kept', async () => {
    const table = await reviews();
    const kept = join(folder, 'cache');
    const trained = async (
      out: string,
      onEpoch?: () => void,
    ): Promise<{ readonly stages: string[]; readonly html: string }> => {
      const stages: string[] = [];
      const onEvent = (event: RunEvent): void => {
        if (event.type === 'stage') stages.push(event.stage);
        if (event.type === 'epoch') onEpoch?.();
      };
      const cache = await openFeatureCache({ folder: kept });
      try {
        await train(table, { recipe: { epochs: 2, validation: 0.5 }, out, cache, onEvent });
      } finally {
        await cache.close();
      }
      return { stages, html: await readFile(join(out, 'report.html'), 'utf8') };
    };
    const out = join(folder, 'explained');
    // The network is there already: it is loaded for the features alone.
    const loaded: string[] = [];
    const { createSession } = runtime;
    const create = vi.spyOn(runtime, 'createSession').mockImplementation((model, ...others) => {
      if (model.length > NETWORK_BYTES) loaded.push('network');
      return createSession(model, ...others);
    });
    const first = await trained(out, () => loaded.push('epoch'));
    create.mockRestore();
    expect(loaded.slice(-2)).toEqual(['epoch', 'epoch']);
    expect(loaded).toContain('network');
    expect(first.stages.filter((stage) => stage === 'explanations')).toHaveLength(1);
    const record = JSON.parse(await readFile(join(out, 'training.json'), 'utf8'));
    const { explanations } = record.heldOut;
    expect(explanations).toHaveLength(12);
    // What the model file says itself: the features went by another way.
    const rows = (await readFile(table, 'utf8')).split('\n').slice(1);
    const texts = rows.map((row) => row.split(',')[0]!);
    const model = join(out, 'model.onnx');
    const files = await Promise.all(
      texts.map(async (text, index) => {
        const file = join(folder, `text-${index}.txt`);
        await writeFile(file, text);
        return file;
      }),
    );
    const said = (await explain(model, files, { cache: false })).explanations as Explanation[];
    for (const { ends, scores } of explanations as Kept[]) {
      const whole = said.find(
        ({ tokens = [] }) =>
          tokens.length === ends.length &&
          tokens.every(({ score }, piece) => Math.abs(score - scores[piece]!) < 1e-4),
      );
      expect(whole?.text).toHaveLength(ends.at(-1)!);
    }
    // It is told again without the model.
    const again: string[] = [];
    await reportRun(out, { onEvent: (event) => event.type === 'stage' && again.push(event.stage) });
    expect(again).not.toContain('explanations');
    expect(await readFile(join(out, 'report.html'), 'utf8')).toBe(first.html);
    // What fits no text is asked of the model.
    const ends = (explanations as Kept[]).map((each) => ({ ...each, ends: [1], scores: [1] }));
    const heldOut = { ...record.heldOut, explanations: ends };
    await writeFile(join(out, 'training.json'), JSON.stringify({ ...record, heldOut }));
    await reportRun(out, { onEvent: (event) => event.type === 'stage' && again.push(event.stage) });
    expect(again).toContain('explanations');
    // Another training of the same computes none of it.
    const bytes = await featureBytes(kept);
    await trained(join(folder, 'explained-again'));
    expect(await featureBytes(kept)).toBe(bytes);
  });

  it('is valid HTML that asks for nothing, and shows markup in names as text', async () => {
    const html = await page();
    const { results } = await new HtmlValidate({ extends: ['html-validate:standard'] }).validateString(html);
    expect(
      results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`)),
    ).toEqual([]);
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = '']) => address);
    expect(addresses.filter((address) => !/^(?:#|data:)/.test(address))).toEqual([]);
    expect(html).not.toContain('<img src=x');
    expect(html).toContain('&lt;img src=x onerror=alert(1)> &amp; &quot;discs&quot;');
    const card = await readFile(join(run, 'README.md'), 'utf8');
    expect(card).toContain('&lt;img src=x onerror=alert\\(1\\)\\> &amp; "discs"');
    expect(card).not.toContain('<img');
  });

  it('tells what was wrong with the data', async () => {
    const html = await page();
    expect(html).toContain('2 images have a copy, byte for byte.');
    expect(html).toContain('1 file could not be read, and was left out.');
    expect(html).toContain('broken.png');
    expect(html).toContain(`<code>graft check ${data}</code>`);
  });

  it('shows what leaks, and classes of few examples', async () => {
    const leaking = join(folder, 'leaking');
    await drawImages(join(leaking, 'train'), 'bars', 12);
    await drawImages(join(leaking, 'train'), 'discs', 3);
    await drawImages(join(leaking, 'val'), 'bars', 3, 7);
    await drawImages(join(leaking, 'val'), 'discs', 1, 7);
    const [first] = await readdir(join(leaking, 'train/bars'));
    await cp(join(leaking, 'train/bars', first!), join(leaking, 'val/discs/leak.png'));
    const out = join(folder, 'leaking-run');
    await train(leaking, { recipe: { sizePx: 64, epochs: 1 }, out, cache: false });
    const html = await readFile(join(out, 'report.html'), 'utf8');
    expect(html).toContain('Fewer than 10 images: &quot;discs&quot;.');
    expect(html).toContain('&quot;bars&quot; has 15 images, &quot;discs&quot; 5');
    expect(html).toContain('1 validation image is among those that were trained on');
    expect(html).toContain('<p>In train and validation, with several answers</p>');
    expect(html).toContain('discs/leak.png (validation, discs)');
    await reportRun(out);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toBe(html);
  });

  it.skipIf(executablePath === undefined)(
    'opens in a browser: cells open their images, and axe finds nothing serious, light and dark, wide and narrow',
    async () => {
      const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
      const axe = await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
      try {
        for (const width of [1280, 390]) {
          for (const colorScheme of ['light', 'dark'] as const) {
            const shown = await browser.newPage({
              viewport: { width, height: 900 },
              colorScheme,
              bypassCSP: true,
            });
            const asked: string[] = [];
            shown.on('request', (request) => asked.push(request.url()));
            await shown.goto(`file://${join(run, 'report.html')}`);
            expect(asked.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
            expect(await shown.evaluate('document.documentElement.scrollWidth')).toBe(width);
            await shown.click('button.cell');
            expect(await shown.locator('.sheet:popover-open img').count()).toBeGreaterThan(0);
            await shown.keyboard.press('Escape');
            expect(await shown.locator('.sheet:popover-open').count()).toBe(0);
            await shown.evaluate(axe);
            const found = (await shown.evaluate('axe.run()')) as {
              violations: { impact: string; id: string }[];
            };
            const serious = found.violations.filter(
              ({ impact }) => impact === 'serious' || impact === 'critical',
            );
            expect([width, colorScheme, serious.map(({ id }) => id)]).toEqual([width, colorScheme, []]);
            await shown.close();
          }
        }
      } finally {
        await browser.close();
      }
    },
  );

  it('leaves a README that is not its own as it is, and says so', async () => {
    const other = join(folder, 'other');
    await cp(run, other, { recursive: true });
    await writeFile(join(other, 'README.md'), '# Mine\n');
    const notes: string[] = [];
    const result = await reportRun(other, {
      onEvent: (event) => event.type === 'note' && notes.push(event.text),
    });
    expect(result).toMatchObject({ card: undefined, kept: ['README.md'] });
    expect(notes).toEqual([`README.md in ${other} is not Graft's: it was left as it is.`]);
    expect(await readFile(join(other, 'README.md'), 'utf8')).toBe('# Mine\n');
  });

  it('says that the data have changed, or are not there, and is written all the same', async () => {
    const changed = join(folder, 'changed');
    await cp(data, changed, { recursive: true });
    const [first] = (await readdir(join(changed, 'bars'))).filter((name) => name !== 'broken.png');
    await rm(join(changed, 'bars', first!));
    const notes: string[] = [];
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'note') notes.push(event.text);
    };
    await reportRun(run, { data: changed, onEvent });
    expect(await page()).toContain('The data have changed since');
    await reportRun(run, { data: join(folder, 'nowhere'), onEvent });
    expect(notes.map((note) => note.slice(0, 27))).toEqual([
      'The data have changed since',
      'The data are not there now:',
    ]);
    const html = await page();
    expect(html).toContain('The data are not there now: ');
    expect(html).toContain('How good it is');
    await reportRun(run);
    expect(await page()).not.toContain('The data have changed since');
  });

  it('is left out where nobody wants it', async () => {
    const bare = join(folder, 'bare');
    const { report } = await train(data, {
      recipe: { sizePx: 64, epochs: 2 },
      out: bare,
      cache: false,
      report: false,
    });
    expect(report.html).toBeUndefined();
    expect((await readdir(bare)).toSorted()).toEqual(RUN_FILES.filter((name) => !REPORTS.includes(name)));
  });
});

describe('explain', () => {
  const image = (): string => join(data, 'bars/copy.png');

  it.each(['grad-cam', 'hires-cam', 'occlusion'] as const)(
    'writes heat maps by %s, and gives them',
    async (method) => {
      const out = join(folder, `why-${method}`);
      const { explanations } = await explain(
        join(run, 'model.onnx'),
        [image(), join(data, 'bars/broken.png')],
        {
          method,
          out,
          ...(method === 'occlusion' ? { patches: 3 } : {}),
        },
      );
      const [first, second] = explanations;
      expect(second).toEqual({ file: join(data, 'bars/broken.png'), error: 'not an image' });
      if (first === undefined || 'error' in first) throw new Error('not explained');
      expect(first.heatMap).toBe(join(out, `copy-${method}.png`));
      expect((await readFile(first.heatMap!)).subarray(1, 4).toString()).toBe('PNG');
      const { values, width, height } = first.map!;
      expect(values).toHaveLength(width * height);
      expect(Math.max(...values)).toBeCloseTo(1, 4);
      expect(Math.min(...values)).toBe(0);
    },
  );

  it('finds the training images that are alike, not the image itself nor its copies', async () => {
    const options = { like: data, neighbors: 3, cache: false };
    const { explanations } = await explain(join(run, 'model.onnx'), [image()], options);
    const [first] = explanations;
    if (first === undefined || 'error' in first) throw new Error('not explained');
    expect(first.neighbors).toHaveLength(3);
    expect(first.neighbors!.every(({ label, distance }) => label === 'bars' && distance > 0)).toBe(true);
  });

  it('refuses a class that the model does not have, and patches without occlusion', async () => {
    const model = join(run, 'model.onnx');
    await expect(explain(model, [image()], { target: 'horses' })).rejects.toThrow(
      `model "${model}": expected one of`,
    );
    await expect(explain(model, [image()], { patches: 3 })).rejects.toThrow(
      'graft explain: expected --method occlusion, for --patches, received the default, grad-cam. Add --method occlusion, or leave out --patches.',
    );
  });
});
