import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { hashAt } from '../../core/examples/content-hashes.ts';
import type { Sample } from '../../core/examples/sample.ts';
import { findDuplicates } from './duplicate-report.ts';
import { gatherImages } from './image-sets.ts';

const NOTHING_SAID = { validation: null, group: null, seed: 1 };

/** `count` images of a class: `cats/cats0.jpg`. */
const images = (name: string, count: number, folder = name): string[] =>
  Array.from({ length: count }, (_, i) => `${folder}/${name}${i}.jpg`);

async function makeFolder(...files: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  await writeFiles(folder, files);
  return folder;
}

const names = (samples: readonly Sample[]): string[] => samples.map(({ file }) => basename(file));

describe('gatherImages without a validation folder', () => {
  it('keeps a fifth of each class for validation', async () => {
    const folder = await makeFolder(...images('cats', 10), ...images('dogs', 5));
    const sets = await gatherImages(folder, NOTHING_SAID);
    expect(sets.classNames).toEqual(['cats', 'dogs']);
    expect(sets.validation.map(({ label }) => label)).toEqual([0, 0, 1]);
    expect(names([...sets.train, ...sets.validation]).sort()).toEqual(
      [...images('cats', 10), ...images('dogs', 5)].map((file) => basename(file)).sort(),
    );
    expect(sets).toMatchObject({
      test: undefined,
      skipped: [],
      warnings: [],
      validationSource: '20% of each class',
    });
  });

  it('takes the fraction and the seed that are asked for', async () => {
    const folder = await makeFolder(...images('cats', 12), ...images('dogs', 12));
    const gather = (seed: number) => gatherImages(folder, { validation: 0.5, group: null, seed });
    const sets = await gather(1);
    expect(sets.validation).toHaveLength(12);
    expect(sets.validationSource).toBe('50% of each class');
    expect(await gather(1)).toEqual(sets);
    expect(names((await gather(2)).validation)).not.toEqual(names(sets.validation));
  });

  it('keeps groups together, and tells of names that the pattern does not match', async () => {
    const tom = images('tom', 4, 'cats');
    const folder = await makeFolder(...tom, 'cats/4.jpg', ...images('rex', 4, 'dogs'), 'dogs/9.jpg');
    const asked = { validation: 0.4, group: '^[a-z]+', seed: 1 };
    const sets = await gatherImages(folder, asked);
    for (const name of ['tom', 'rex']) {
      const sides = [sets.train, sets.validation].filter((side) =>
        names(side).some((file) => file.startsWith(name)),
      );
      expect(sides).toHaveLength(1);
    }
    expect(sets.validationSource).toBe(
      '20% of each class, as near to 40% as images and groups allow, 4 groups kept together',
    );
    expect(sets.warnings).toEqual([
      'The group pattern does not match 2 file names: each such image is a group of its own.',
    ]);
    await writeFiles(folder, ['dogs/bo.jpg']);
    const one = await gatherImages(folder, { ...asked, group: '^([a-z]+|9)' });
    expect(one.warnings).toEqual([
      'The group pattern does not match 1 file name: each such image is a group of its own.',
    ]);
  });

  it('refuses a group that is no pattern, before it looks at any folder', async () => {
    const gather = gatherImages('nowhere', { ...NOTHING_SAID, group: '(' });
    await expect(gather).rejects.toMatchObject({ code: 'argument' });
    await expect(gather).rejects.toThrow(
      withMessage(
        'group "(": expected a regular expression, received Invalid regular expression: /(/: Unterminated group. ' +
          'For "horse01-0.png" write "^[a-z]+[0-9]+".',
      ),
    );
  });
});

describe("gatherImages with the data's own validation folder", () => {
  const files = [
    ...images('cats', 6, 'train/cats'),
    ...images('dogs', 6, 'train/dogs'),
    ...images('tom', 2, 'val/cats'),
    ...images('rex', 1, 'val/dogs'),
    ...images('old', 1, 'test/dogs'),
    ...images('old', 1, 'test/cats'),
  ];

  it('takes it, and the test folder', async () => {
    const sets = await gatherImages(await makeFolder(...files), NOTHING_SAID);
    expect(sets.train).toHaveLength(12);
    expect(names(sets.validation)).toEqual(['tom0.jpg', 'tom1.jpg', 'rex0.jpg']);
    expect(sets.test).toHaveLength(2);
    expect(sets).toMatchObject({ warnings: [], validationSource: 'the validation folder' });
  });

  it('says that a group pattern has nothing to do', async () => {
    const sets = await gatherImages(await makeFolder(...files), { ...NOTHING_SAID, group: '^[a-z]+' });
    expect(sets.warnings).toEqual(['The group pattern is not used: nothing is split.']);
  });

  it('does not take it where a fraction is asked for, and says so', async () => {
    const sets = await gatherImages(await makeFolder(...files), { ...NOTHING_SAID, validation: 0.5 });
    expect(sets.train).toHaveLength(6);
    expect(sets.validation).toHaveLength(6);
    expect(sets.warnings).toEqual(['The validation folder of the data is not used.']);
  });
});

describe('gatherImages with another folder for validation', () => {
  it('takes its images, labeled as in training', async () => {
    const folder = await makeFolder(...images('ants', 2), ...images('cats', 3), ...images('dogs', 3));
    const other = await makeFolder(...images('cats', 1), ...images('dogs', 2), 'cats/notes.nef');
    const sets = await gatherImages(folder, { ...NOTHING_SAID, validation: other });
    expect(sets.train).toHaveLength(8);
    expect(sets.validation.map(({ label }) => label)).toEqual([1, 2, 2]);
    expect(sets.skipped.map(({ file }) => file)).toEqual([join(other, 'cats/notes.nef')]);
    expect(sets).toMatchObject({
      warnings: [`The folder "${other}" has no images of "ants": nothing tells how well that is recognized.`],
      validationSource: `the folder ${other}`,
    });
  });

  it('says what is not used', async () => {
    const folder = await makeFolder(
      ...images('cats', 2, 'train/cats'),
      ...images('dogs', 2, 'train/dogs'),
      ...images('cats', 1, 'val/cats'),
      ...images('dogs', 1, 'val/dogs'),
    );
    const other = await makeFolder(...images('cats', 1), ...images('dogs', 1), 'stray.jpg');
    const sets = await gatherImages(folder, { validation: other, group: '^cat', seed: 1 });
    expect(sets.warnings).toEqual([
      '1 image in no class folder is not used, the first "stray.jpg".',
      'The group pattern is not used: nothing is split.',
      'The validation folder of the data is not used.',
    ]);
  });

  it('knows which images are trained on, too', async () => {
    const folder = await makeFolder(...images('cats', 2), ...images('dogs', 2));
    const sets = await gatherImages(folder, { ...NOTHING_SAID, validation: folder });
    expect(findDuplicates(sets).sets[1]).toEqual({ set: 'validation', images: 4, distinct: 4, trained: 4 });
  });

  it('refuses classes that are not trained', async () => {
    const folder = await makeFolder(...images('cats', 2), ...images('dogs', 2));
    const other = await makeFolder(...images('cats', 1), ...images('Dogs', 1));
    await expect(gatherImages(folder, { ...NOTHING_SAID, validation: other })).rejects.toThrow(
      withMessage(
        `image folder "${other}": expected classes among "cats", "dogs", received "Dogs". ` +
          '"Dogs" differs from "dogs" in upper and lower case: name the folders as the classes that were trained.',
      ),
    );
  });
});

describe('copies of an image', () => {
  /** Each of `count` images of a class, four times under other names. */
  const fourfold = (name: string, count: number): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length: 4 * count }, (_, i) => [`${name}/${i}.jpg`, `${name} ${i % count}`]),
    );

  it('stay on one side of a split, and the hashes go with them', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { ...fourfold('cats', 15), ...fourfold('dogs', 15), 'dogs/a.jpg': 'cats 3' });
    const sets = await gatherImages(folder, NOTHING_SAID);
    const contentOf = async (samples: readonly Sample[]): Promise<Set<string>> =>
      new Set(await Promise.all(samples.map(({ file }) => readFile(file, 'utf8'))));
    const [trained, validated] = [await contentOf(sets.train), await contentOf(sets.validation)];
    expect([...validated].filter((content) => trained.has(content))).toEqual([]);
    expect(sets.validation.length).toBeGreaterThanOrEqual(23);
    expect(sets.validation.length).toBeLessThanOrEqual(25);
    const report = findDuplicates(sets);
    expect(report).toMatchObject({ images: 121, distinct: 30, differing: 5 });
    expect(report.groups.find(({ differ }) => differ)!.images).toHaveLength(5);
    const { validation } = Object.fromEntries(report.sets.map((set) => [set.set, set]));
    expect(validation).toMatchObject({ distinct: validated.size, trained: 0 });
    for (const name of ['train', 'validation'] as const) {
      for (const [index, { file }] of sets[name].entries()) {
        const hash = createHash('sha256')
          .update(await readFile(file))
          .digest();
        expect(Buffer.from(hashAt(sets.known!.hashes.get(name)!, index))).toEqual(hash);
      }
    }
  });

  it('that are all that a class has cannot be divided', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { ...fourfold('cats', 1), ...fourfold('dogs', 5) });
    await expect(gatherImages(folder, NOTHING_SAID)).rejects.toThrow(
      withMessage(
        `split of class "cats": expected at least 2 different images, one to train and one to validate, ` +
          `received 4 copies of one ("${join(folder, 'cats/0.jpg')}"). Add other images, or give a validation folder.`,
      ),
    );
  });

  it('in train/, val/ and test/ are found, also those in another class', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      'train/a/1.jpg': 'one',
      'train/a/2.jpg': 'two',
      'train/b/3.jpg': 'six',
      'val/a/4.jpg': 'one',
      'val/b/5.jpg': 'two',
      'val/b/6.jpg': 'other',
      'test/a/7.jpg': 'two',
      'test/b/8.jpg': 'new',
    });
    const report = findDuplicates(await gatherImages(folder, NOTHING_SAID));
    const at = (file: string, set: string, label: string) => ({ file: join(folder, file), set, label });
    expect(report).toEqual({
      images: 5,
      distinct: 2,
      differing: 3,
      sets: [
        { set: 'train', images: 3, distinct: 3, trained: 0 },
        { set: 'validation', images: 3, distinct: 3, trained: 2 },
        { set: 'test', images: 2, distinct: 2, trained: 1 },
      ],
      groups: [
        { images: [at('train/a/1.jpg', 'train', 'a'), at('val/a/4.jpg', 'validation', 'a')], differ: false },
        {
          images: [
            at('train/a/2.jpg', 'train', 'a'),
            at('val/b/5.jpg', 'validation', 'b'),
            at('test/a/7.jpg', 'test', 'a'),
          ],
          differ: true,
        },
      ],
    });
  });

  it('are looked for until the signal ends it', async () => {
    const folder = await makeFolder(...images('cats', 2), ...images('dogs', 2));
    await expect(gatherImages(folder, NOTHING_SAID, { signal: AbortSignal.abort() })).rejects.toThrow(
      withMessage(
        'images: expected to look at all of them, received an interruption. Stopped before training began: nothing was learned yet.',
      ),
    );
  });
});
