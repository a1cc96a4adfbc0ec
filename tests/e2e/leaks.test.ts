/** @file Copies of images, baselines and parts of a data set, as `train` and `evaluate` tell of them. */

import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graft } from './cli.ts';
import { evaluateDocument, trainDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { drawWorkplace, QUICK, trained, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
  // Twelve images, each four times, with labels that say nothing.
  await mkdir(join(work.cwd, 'coins/heads'), { recursive: true });
  await mkdir(join(work.cwd, 'coins/tails'), { recursive: true });
  for (let i = 0; i < 48; i++) {
    const [motif, side] = [i % 2 ? 'bars' : 'discs', i % 12 < 6 ? 'heads' : 'tails'];
    const from = join(work.cwd, 'two', motif, `${motif}${i % 12}.jpg`);
    await copyFile(from, join(work.cwd, 'coins', side, `${i}.jpg`));
  }
  // val/ has an image of train/, and another of a wrong class.
  for (const motif of ['bars', 'discs'] as const) {
    await drawImages(join(work.cwd, 'parts/train'), motif, 8, 5);
    await drawImages(join(work.cwd, 'parts/val'), motif, 4, 6);
    await drawImages(join(work.cwd, 'only/test'), motif, 4, 7);
  }
  await copyFile(join(work.cwd, 'parts/train/bars/bars0.jpg'), join(work.cwd, 'parts/val/bars/copy.jpg'));
  await copyFile(join(work.cwd, 'parts/train/bars/bars1.jpg'), join(work.cwd, 'parts/val/discs/odd.jpg'));
  await copyFile(join(work.cwd, 'parts/train/discs/discs2.jpg'), join(work.cwd, 'only/test/discs/known.jpg'));
  await trained(work.cwd, 'parts', '--out', 'run');
});
afterAll(() => work.remove());

const run = (...args: string[]) => graft(args, { cwd: work.cwd });
const notes = (stderr: string): string[] => stderr.split('\n').filter((line) => line.startsWith('note '));

describe('graft train', () => {
  it('keeps copies on one side of its split, so that labels of chance are not learned, and says so', async () => {
    const { status, stdout, stderr } = await run('train', 'coins', '--json', ...QUICK);
    expect(status).toBe(0);
    expect(notes(stderr).slice(0, 2)).toEqual([
      'note 48 of 48 images are the same as others, byte for byte (12 distinct).',
      'note Copies stay on one side of the split. There are 2 distinct ones among 8 validation images: the interval is narrower than it should be.',
    ]);
    const { duplicates } = trainDocument.parse(JSON.parse(stdout));
    expect(duplicates.groups).toHaveLength(12);
    for (const { images, differ } of duplicates.groups) {
      expect(images).toHaveLength(4);
      expect(new Set(images.map(({ set }) => set)).size).toBe(1);
      expect(differ).toBe(false);
    }
  });

  it('says which images of val/ are trained on, and which have two classes', async () => {
    const { stdout, stderr } = await run('train', 'parts', '--json', ...QUICK);
    expect(notes(stderr).slice(0, 2)).toEqual([
      'note 4 of 26 images are the same as others, byte for byte (2 distinct); 2 of them with different labels: bars/bars1.jpg and discs/odd.jpg.',
      'note 2 of 10 validation images are trained on too: metrics on them are optimistic (--json lists them).',
    ]);
    const { duplicates } = trainDocument.parse(JSON.parse(stdout));
    expect(duplicates.groups.map(({ images }) => images.map(({ set, label }) => [set, label]))).toEqual([
      [
        ['train', 'bars'],
        ['validation', 'bars'],
      ],
      [
        ['train', 'bars'],
        ['validation', 'discs'],
      ],
    ]);
  });

  it('compares phases, and marks where the second begins', async () => {
    const phases = ['--then', 'lr=1e-3,epochs=2', '--epochs', '3'];
    const { status, stdout, stderr } = await run(
      'train',
      'two',
      '--json',
      '--size',
      '64',
      ...phases,
      '--out',
      'phases',
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(/^phase 1\/2: train the head, up to 3 epochs$/m);
    expect(stderr).toMatch(/^phase 1, epoch 3\/3: loss /m);
    expect(stderr).toMatch(
      /^phase 2\/2: 2 epochs in [\d.]+ s, best epoch \d: val_loss [\d.]+, val_accuracy [\d.]+%$/m,
    );
    const told = await run('train', 'two', '--size', '64', ...phases, '--out', 'phases-again');
    const lines = told.stdout.split('\n').filter((line) => line.startsWith('phase '));
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toMatch(
        /^phase \d: epochs \d to \d, best \d: val_loss [\d.]+, val_accuracy [\d.]+%( \(kept\))?$/,
      );
    }
    const { phases: reported } = trainDocument.parse(JSON.parse(stdout));
    expect(reported!.map(({ phase, firstEpoch }) => [phase, firstEpoch])).toEqual([
      [1, 1],
      [2, 4],
    ]);
    expect(await readFile(join(work.cwd, 'phases/curves.svg'), 'utf8')).toContain(
      '<title>phase 2 begins</title>',
    );
    expect(await readFile(join(work.cwd, 'phases/history.csv'), 'utf8')).toMatch(
      /^epoch,phase,[\s\S]*\n4,2,/,
    );
  });
});

describe('graft evaluate', () => {
  const evaluate = (...args: string[]) => run('evaluate', 'run/model.onnx', ...args);

  it('takes a folder with nothing but test/, and says which images were trained on, and how good it is without', async () => {
    const { status, stdout, stderr } = await evaluate('only', '--json');
    expect([status, stderr.split('\n')[0]]).toEqual([0, 'data: the folder "test" of only, 9 images']);
    const { split, examples, trainedOn } = evaluateDocument.parse(JSON.parse(stdout));
    expect({ split, examples }).toEqual({ split: 'test', examples: 9 });
    expect(trainedOn!.files).toEqual([join(work.cwd, 'only/test/discs/known.jpg')]);
    expect(trainedOn).toMatchObject({ found: 1, isBeyondChance: true, without: { examples: 8 } });
    expect(stderr).not.toMatch(/^note /m);
    const people = notes((await evaluate('only')).stderr);
    expect(people).toHaveLength(1);
    expect(people[0]).toMatch(
      /^note The model was trained on 1 of 9 images, as its file tells: without them, accuracy [\d.]+%, 95% CI \[[\d.]+, [\d.]+\], of 8 images\.$/,
    );
  });

  it('says so where all were trained on', async () => {
    const { stderr } = await evaluate('parts', '--split', 'train');
    expect(stderr.split('\n')[0]).toBe('data: the folder "train" of parts, not "val" (--split), 16 images');
    expect(notes(stderr)).toEqual([
      'note The model was trained on all 16 images, as its file tells: none of them is held out.',
    ]);
  });

  it('has nothing to say where there are no copies', async () => {
    const { stdout, stderr } = await evaluate('two', '--json');
    expect(notes(stderr)).toEqual([]);
    expect(stderr.split('\n')[0]).toBe('data: all images of two, which has no test/ or val/, 24 images');
    const { trainedOn, duplicates } = evaluateDocument.parse(JSON.parse(stdout));
    expect(trainedOn).toMatchObject({ found: 0, isBeyondChance: false, files: [], without: null });
    expect(duplicates).toMatchObject({ images: 0, groups: [] });
  });

  it('has no recall of a class without images, and says which', async () => {
    await drawImages(join(work.cwd, 'half/test'), 'bars', 3, 9);
    const { stdout, stderr } = await evaluate('half');
    expect(notes(stderr)[0]).toBe('note The folder "test" has no images of "discs".');
    expect(stdout).toMatch(/^discs +[\d.]+% +n\/a +/m);
    expect(stdout).toContain('baseline 100.0% (always "bars")');
    const { perClass } = evaluateDocument.parse(JSON.parse((await evaluate('half', '--json')).stdout));
    expect(perClass[1]).toMatchObject({ className: 'discs', recall: null, support: 0 });
  });

  it.each([
    [
      ['two', '--split', 'val'],
      'error image folder "two": expected a folder "val" with class folders, for --split val, received none of train, val and test. Leave out --split: all images are taken.',
    ],
    [
      ['two.csv', '--split', 'val'],
      'error label file "two.csv": expected a folder with train/, val/ and test/, for --split val, received a CSV file. Leave out --split, or give the CSV file of that part.',
    ],
  ])('%j is wrong usage', async (args, message) => {
    const { status, stderr } = await evaluate(...args);
    expect([status, stderr.trim()]).toEqual([2, message]);
  });
});
