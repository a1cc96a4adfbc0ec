import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import type { Sample } from '../../core/examples/sample.ts';
import { gatherFromCsv, isLabelFile } from './csv-image-sets.ts';
import { findDuplicates } from './duplicate-report.ts';
import { gatherImages } from './image-sets.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-csv-sets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const NOTHING_SAID = { validation: null, group: null, seed: 1 };

/** Writes a CSV file and, once, its images; the first column names them. */
async function table(name: string, ...lines: readonly string[]): Promise<string> {
  for (const line of lines.slice(1)) {
    const image = join(folder, line.split(',')[0]!);
    await writeFile(image, `image ${line.split(',')[0]!}`);
  }
  const file = join(folder, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

const rows = (count: number, answer: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => `p${i}.jpg,${answer(i)}`);
const targets = (samples: readonly Sample[]): number[][] => samples.map(({ target }) => [...target!]);

describe('isLabelFile', () => {
  it('knows a table by its ending, unless it is a folder', async () => {
    await mkdir(join(folder, 'photos.csv'));
    expect([join(folder, 'labels.csv'), 'a.CSV', 'a.tsv', 'a.txt'].map(isLabelFile)).toEqual(
      Array(4).fill(true),
    );
    expect([join(folder, 'photos.csv'), folder, 'photos'].map(isLabelFile)).toEqual([false, false, false]);
  });
});

describe('gatherFromCsv', () => {
  it('keeps a fifth of every class for validation', async () => {
    const file = await table('classes.csv', 'file,label', ...rows(20, (i) => (i < 10 ? 'cat' : 'dog')));
    const sets = await gatherFromCsv(file, NOTHING_SAID);
    expect(sets).toMatchObject({
      task: 'classification',
      classes: ['cat', 'dog'],
      where: `label file "${file}"`,
      test: undefined,
      validationSource: '20% of each class',
    });
    expect(sets.validation.map(({ label }) => label).sort()).toEqual([0, 0, 1, 1]);
    expect(sets.train).toHaveLength(16);
    expect(sets.train[0]!.target).toBeUndefined();
  });

  it('keeps a fifth of every label, to within one image', async () => {
    const labels = (i: number): string =>
      [i % 2 === 0 && 'a', i % 3 === 0 && 'b', i % 7 < 4 && 'c'].filter(Boolean).join('|');
    const file = await table('labels.csv', 'file,labels', ...rows(120, labels));
    const { task, classes, train, validation } = await gatherFromCsv(file, NOTHING_SAID);
    expect([task, classes]).toEqual(['multi-label', ['a', 'b', 'c']]);
    for (const label of [0, 1, 2]) {
      const having = (samples: readonly Sample[]): number =>
        targets(samples).filter((target) => target[label] === 1).length;
      expect(Math.abs(having(validation) - 0.2 * (having(train) + having(validation)))).toBeLessThanOrEqual(
        1,
      );
    }
    expect(Math.abs(validation.length - 24)).toBeLessThanOrEqual(1);
    expect(train.every(({ label }) => label === 0)).toBe(true);
  });

  it('reads numbers, and takes the task that is asked for', async () => {
    const file = await table('numbers.csv', 'file,age,tall', ...rows(10, (i) => `${20 + i},${i % 2}`));
    const sets = await gatherFromCsv(file, { ...NOTHING_SAID, validation: 0.3 });
    expect(sets).toMatchObject({
      task: 'regression',
      classes: ['age', 'tall'],
      validationSource: '30%',
    });
    expect(sets.validation).toHaveLength(3);
    const one = await gatherFromCsv(
      file,
      { ...NOTHING_SAID, task: 'multi-label' },
      { targetColumns: ['tall'] },
    );
    expect(one).toMatchObject({ task: 'multi-label', classes: ['tall'] });
  });

  it('keeps groups together', async () => {
    const file = await table(
      'groups.csv',
      'file,size',
      ...Array.from({ length: 20 }, (_, i) => `id${i % 5}-${i}.jpg,${i}`),
    );
    const { train, validation, validationSource } = await gatherFromCsv(file, {
      ...NOTHING_SAID,
      group: '^id[0-9]+',
    });
    expect(validationSource).toBe('20%, 5 groups kept together');
    const ids = (samples: readonly Sample[]): Set<string> =>
      new Set(samples.map((sample) => basename(sample.file).split('-')[0]!));
    expect([...ids(train)].filter((id) => ids(validation).has(id))).toEqual([]);
  });

  it('validates on another file, whose answers are in the order of the first', async () => {
    const file = await table('train.csv', 'file,labels', 'a.jpg,x|y', 'b.jpg,z', 'c.jpg,y');
    const other = await table('val.csv', 'file,labels', 'd.jpg,z|x', 'c.jpg,y');
    const sets = await gatherFromCsv(file, { ...NOTHING_SAID, validation: other });
    expect(sets.train).toHaveLength(3);
    expect(targets(sets.validation)).toEqual([
      [1, 0, 1],
      [0, 1, 0],
    ]);
    expect(sets).toMatchObject({
      validationSource: other,
      warnings: [],
    });
    expect(findDuplicates(sets).sets).toEqual([
      { set: 'train', images: 3, distinct: 3, trained: 0 },
      { set: 'validation', images: 2, distinct: 2, trained: 1 },
    ]);
    const numbers = await table('n.csv', 'file,b,a', 'a.jpg,1.5,2', 'b.jpg,3,5');
    const swapped = await table('m.csv', 'file,weight,a,b', 'c.jpg,7,5,1.5');
    expect(
      targets((await gatherFromCsv(numbers, { ...NOTHING_SAID, validation: swapped })).validation),
    ).toEqual([[1.5, 5]]);
  });

  it('refuses labels of the other file that are not trained', async () => {
    const file = await table('train.csv', 'file,labels', 'a.jpg,cat|dog', 'b.jpg,dog');
    const other = await table('val.csv', 'file,labels', 'c.jpg,Cat', 'd.jpg,dog');
    await expect(gatherFromCsv(file, { ...NOTHING_SAID, validation: other })).rejects.toThrow(
      withMessage(
        `label file "${other}": expected labels among "cat", "dog", received "Cat" in line 2. Did you mean "cat"? It differs in upper and lower case.`,
      ),
    );
  });

  it('refuses a folder to validate on', async () => {
    const file = await table('train.csv', 'file,labels', 'a.jpg,x', 'b.jpg,y');
    await expect(gatherFromCsv(file, { ...NOTHING_SAID, validation: 'photos/val' })).rejects.toThrow(
      withMessage(
        'validation: expected a CSV file, as the images to train on are named by one, or a fraction, received "photos/val". Give a CSV file with the same columns, or a fraction such as 0.2.',
      ),
    );
  });

  it('refuses a file in which all classes but one are missing', async () => {
    const file = await table('train.csv', 'file,label', 'a.jpg,cat', 'b.jpg,dog', 'c.jpg,cat');
    await rm(join(folder, 'b.jpg'));
    await expect(gatherFromCsv(file, NOTHING_SAID, { allowMissing: true })).rejects.toThrow(
      withMessage(
        `label file "${file}": expected at least 1 readable image in every class, received none in "dog". 1 file could not be used, the first "b.jpg" (file not found); put images into the folder, or remove it.`,
      ),
    );
  });
});

describe('a folder', () => {
  it('says nothing of labels or numbers', async () => {
    await expect(gatherImages('photos', { ...NOTHING_SAID, task: 'regression' })).rejects.toThrow(
      withMessage(
        'image folder "photos": expected a CSV file of images and their values, for regression, received a folder. Give the CSV file, or take --task classification.',
      ),
    );
  });
});
