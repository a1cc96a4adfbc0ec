import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { plainImage, temporaryFolder, writeFiles } from '../../tests/support/image-folder.ts';
import { createRandom } from '../core/tensor/random.ts';
import { checkDataset } from './check.ts';
import { applyCheckPlan, undoCheckPlan } from './check-plan.ts';
import type { RunEvent } from './run-event.ts';

/** A drawing of a color with spots by chance: no two are alike. */
async function drawing(color: string, seed: number): Promise<Buffer> {
  const random = createRandom(seed);
  const spots = Array.from({ length: 14 }, () => {
    const [x, y, r, g] = [0, 0, 0, 0].map(() => Math.floor(random.uniform() * 160));
    return `<circle cx="${x}" cy="${y}" r="${6 + (r ?? 0) / 8}" fill="rgb(${g},${g},${r})"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="160"><rect width="160" height="160" fill="${color}"/>${spots.join('')}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** Two classes in train/ and val/, `count` of each in train. */
async function dataSet(count: number): Promise<string> {
  const root = join(await temporaryFolder(), 'drawings');
  for (const [part, size] of [
    ['train', count],
    ['val', Math.ceil(count / 3)],
  ] as const) {
    for (const [label, color] of ['gold', 'navy'].entries()) {
      const folder = join(root, part, color);
      await mkdir(folder, { recursive: true });
      for (let i = 0; i < size; i++) {
        await writeFile(
          join(folder, `${color} ${i}.png`),
          await drawing(color, i * 10 + label * 1000 + size),
        );
      }
    }
  }
  return root;
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

const quiet = { cache: false, threads: 1 } as const;

describe('a check', () => {
  it('finds what was planted, writes plan and page, and its plan is undone to the byte', async () => {
    const root = await dataSet(18);
    const [gold, navy] = [join(root, 'train/gold'), join(root, 'train/navy')];
    const one = await readFile(join(gold, 'gold 1.png'));
    // An exact copy of another label, a mirrored one in validation, a wrong label, a blank one, markup in a name.
    await writeFile(join(navy, 'copy.png'), one);
    await writeFile(
      join(root, 'val/gold/turned.jpg'),
      await sharp(await readFile(join(gold, 'gold 2.png')))
        .flop()
        .jpeg()
        .toBuffer(),
    );
    await writeFile(join(gold, '<img src=x>.png'), await drawing('navy', 77));
    await writeFile(join(navy, 'blank\u001b.png'), await plainImage('gray', 160, 160));
    await writeFile(join(navy, 'broken.png'), one.subarray(0, 300));
    const before = await namesIn(root);
    const out = await temporaryFolder();
    const [plan, html] = [join(out, 'findings.csv'), join(out, 'findings.html')];
    const events: RunEvent[] = [];
    const report = await checkDataset(root, {
      ...quiet,
      plan,
      html,
      onEvent: (event) => void events.push(event),
    });
    expect(report.images).toBe(before.length - 1);
    expect(report.duplicates).toContainEqual({
      kind: 'exact',
      files: ['train/gold/gold 1.png', 'train/navy/copy.png'],
    });
    expect(report.leaks).toEqual([
      { kind: 'label', files: ['train/gold/gold 1.png', 'train/navy/copy.png'] },
      { kind: 'split', files: ['train/gold/gold 2.png', 'val/gold/turned.jpg'] },
    ]);
    expect(report.labelErrors.map(({ file, given, suggested }) => [file, given, suggested])).toContainEqual([
      'train/gold/<img src=x>.png',
      'gold',
      'navy',
    ]);
    expect(report.warnings).toContainEqual({
      kind: 'blank',
      text: '1 image is of one color.',
      files: ['train/navy/blank\u001b.png'],
    });
    expect(report.warnings).toContainEqual({
      kind: 'unreadable',
      text: '1 file cannot be read.',
      files: ['train/navy/broken.png'],
    });
    expect(report.learningCurve!.points).toHaveLength(4);
    expect(events.at(-1)).toEqual({ type: 'result', useCase: 'checkDataset', report });
    expect(JSON.parse(JSON.stringify(events))).toHaveLength(events.length);
    expect(await namesIn(root)).toEqual(before);

    const page = await readFile(html, 'utf8');
    expect(page).not.toContain('<img src=x>');
    expect(page).toContain('&lt;img src=x>.png');
    expect(page).not.toContain('\u001b');

    const fixed = await applyCheckPlan(root, plan);
    expect(fixed.left).toEqual([]);
    expect(fixed.moved).toEqual(
      expect.arrayContaining([
        'train/gold/<img src=x>.png',
        'train/gold/gold 2.png',
        'train/navy/blank\u001b.png',
        'train/navy/broken.png',
      ]),
    );
    expect(fixed.moved).not.toContain('train/navy/copy.png');
    expect((await namesIn(root)).length).toBe(before.length - fixed.moved.length);
    expect(await undoCheckPlan(root)).toMatchObject({ moved: fixed.moved, left: [] });
    expect(await namesIn(root)).toEqual(before);
    expect(await readFile(join(navy, 'copy.png'))).toEqual(one);
  });

  it('takes one class, three images, equal ones and a folder without classes', async () => {
    const root = await temporaryFolder();
    const image = await drawing('gold', 1);
    await writeFiles(root, { 'one/a.png': image, 'one/b.png': image, 'one/c.png': image });
    const one = await checkDataset(root, quiet);
    expect(one).toMatchObject({
      images: 3,
      duplicates: [{ kind: 'exact', files: ['one/a.png', 'one/b.png', 'one/c.png'] }],
      leaks: [],
      labelErrors: [],
      outliers: [],
      groups: null,
      learningCurve: null,
      warnings: [{ kind: 'few', text: 'There is one class ("one"): labels cannot be checked.' }],
    });
    const flat = await checkDataset(join(root, 'one'), quiet);
    expect(flat).toMatchObject({ images: 3, classes: [] });
    expect(flat.duplicates).toHaveLength(1);
  });

  it('is stopped by its signal, and says what it misses', async () => {
    const root = await dataSet(4);
    const controller = new AbortController();
    const stopped = checkDataset(root, {
      ...quiet,
      signal: controller.signal,
      onEvent: ({ type }) => type === 'progress' && controller.abort(),
    });
    await expect(stopped).rejects.toThrow(
      'check: expected to reach its end, received an interruption. Nothing was changed; features that were computed are kept for the next check.',
    );
    const empty = await temporaryFolder();
    await mkdir(join(empty, 'cats'));
    await expect(checkDataset(empty, quiet)).rejects.toThrow(
      `image folder "${empty}": expected at least 1 image, received none. Give a folder with one folder of images for each class, or a CSV file.`,
    );
    await writeFiles(empty, { 'cats/no.jpg': 'no image' });
    await expect(checkDataset(empty, quiet)).rejects.toThrow(
      `image folder "${empty}": expected at least 1 readable image, received none. Check the images with another program.`,
    );
  });

  it('checks a table of texts', async () => {
    const file = join(await temporaryFolder(), 'texts.csv');
    const lines = Array.from({ length: 20 }, (_, i) => [
      `"how many ${'abcdefghij'[i % 10]} ${i} are there in all",number`,
      `"who wrote the book ${'abcdefghij'[i % 10]} ${i} about the sea",person`,
    ]).flat();
    const things = ['boats', 'spoons', 'kings', 'clouds', 'trains'];
    for (const thing of things) lines.push(`"how many ${thing} can you count in all",number`);
    lines.push('"how many horses are there",person', '"who painted the picture of the king",number');
    lines.push('Who wrote it?,person', 'who wrote it,person');
    await writeFile(file, `text,label\n${lines.join('\n')}\n`);
    const plan = `${file}.plan.csv`;
    const report = await checkDataset(file, { ...quiet, plan });
    expect(report.images).toBe(49);
    // Lines of a file cannot be moved aside.
    expect(await readFile(plan, 'utf8')).not.toContain('quarantine');
    expect(report.duplicates).toContainEqual({
      kind: 'near',
      files: ['texts.csv, line 49', 'texts.csv, line 50'].map((each) => expect.stringContaining(each)),
    });
    expect(report.labelErrors).toContainEqual(
      expect.objectContaining({
        given: 'person',
        suggested: 'number',
        file: expect.stringContaining('line 47'),
      }),
    );
  });
});

describe('a plan', () => {
  it('that cannot be read is refused before anything is moved', async () => {
    const root = await temporaryFolder();
    await writeFiles(root, {
      'data/cats/1.jpg': 'x',
      'plan.csv': 'action,file\ndelete,cats/1.jpg\n',
      'other.csv': 'a,b\n1,2\n',
    });
    const [data, plan, other] = ['data', 'plan.csv', 'other.csv'].map((name) => join(root, name)) as [
      string,
      string,
      string,
    ];
    await expect(applyCheckPlan(data, plan)).rejects.toThrow(
      `plan "${plan}", line 2: expected action "quarantine" or "keep", received "delete". Correct it: nothing was moved.`,
    );
    await expect(applyCheckPlan(data, other)).rejects.toThrow(
      `plan "${other}": expected columns "action" and "file", received none called "action". Write a plan with graft check DATA --csv FILE, and edit that.`,
    );
    await expect(applyCheckPlan(join(root, 'gone'), plan)).rejects.toThrow(
      `data "${join(root, 'gone')}": expected the folder or CSV file that was checked, received none. Check the path; if it was moved, give the new one.`,
    );
    expect(await readFile(join(data, 'cats/1.jpg'), 'utf8')).toBe('x');
  });
});
