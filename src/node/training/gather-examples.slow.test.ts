import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawImages, drawMixedImages } from '../../../tests/e2e/drawn-images.ts';
import { writeFiles } from '../../../tests/support/image-folder.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import type { Task } from '../../recipe/task.ts';
import type { TrainedClassifier } from '../../runs/grow-classifier.ts';
import type { SweepResult } from '../../runs/sweep/run-sweep.ts';
import { openFeatureCache } from '../feature-cache/feature-cache.ts';
import type { ClassExample } from '../images/image-examples.ts';
import { gatherFromCsv } from './csv-image-sets.ts';
import { gatherExampleFolds, gatherFolds } from './fold-sets.ts';
import { gatherExamples } from './gather-examples.ts';
import { gatherImages } from './image-sets.ts';
import { sweep } from './sweep.ts';
import { trainClassifier } from './training-call.ts';

const RECIPE = { sizePx: 48, epochs: 2, learningRate: 1e-2, seed: 3 };
const MOTIFS = ['bars', 'discs'] as const;
let root: string;
let fromFolder: TrainedClassifier;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graft-examples-'));
  for (const motif of MOTIFS) await drawImages(join(root, 'data'), motif, 8);
  fromFolder = await trainOnFolder();
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function trainOnFolder(folder = 'data'): Promise<TrainedClassifier> {
  const images = await gatherImages(join(root, folder), readRecipe(RECIPE));
  return trainClassifier(images, { folder, recipe: RECIPE });
}

/** The images of a folder, one after the other, as a program may have them. */
async function* examples(folder = 'data'): AsyncGenerator<ClassExample, void, undefined> {
  for (const label of MOTIFS) {
    const names = (await readdir(join(root, folder, label))).sort(
      (a, b) => a.length - b.length || (a < b ? -1 : 1),
    );
    for (const name of names) {
      yield { image: await readFile(join(root, folder, label, name)), label, name: join(label, name) };
    }
  }
}

async function listed(folder?: string): Promise<ClassExample[]> {
  const list: ClassExample[] = [];
  for await (const example of examples(folder)) list.push(example);
  return list;
}

/** All that was learned. */
function learned({ model, history, train, validation }: TrainedClassifier<Task>): unknown {
  const weights = model.weights
    .filter(({ trainable }) => trainable)
    .map(({ name, weight }) => [name, Buffer.from(new Uint8Array(weight.value.buffer)).toString('hex')]);
  return { weights, logs: history.epochs.map(({ logs }) => logs), train, validation };
}

describe('trainClassifier on examples', () => {
  it('learns the same as from the folder, to the bit, from an async generator', async () => {
    expect(learned(await trainClassifier(examples(), { recipe: RECIPE }))).toEqual(learned(fromFolder));
  });

  it('and from an array of bytes, a generator of them, and an array of paths', async () => {
    const list = await listed();
    const arrays = [
      list,
      list.values(),
      list.map(({ label, name }) => ({ image: join(root, 'data', name!), label })),
    ];
    for (const each of arrays) {
      expect(learned(await trainClassifier(each, { recipe: RECIPE }))).toEqual(learned(fromFolder));
    }
  });

  it('learns from pixels what it learns from the same pixels in PNG files', async () => {
    const list = await listed();
    const raw: ClassExample[] = [];
    for (const { image, label, name } of list) {
      const picture = sharp(image as Uint8Array).resize(60, 50);
      const { data, info } = await picture.clone().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
      raw.push({
        image: { data: new Uint8ClampedArray(data), width: info.width, height: info.height },
        label,
        name: `${name}.png`,
      });
      await writeFiles(root, { [`png/${name}.png`]: await picture.png().toBuffer() });
    }
    const [pixels, files] = [await trainClassifier(raw, { recipe: RECIPE }), await trainOnFolder('png')];
    expect(learned(pixels)).toEqual(learned(files));
  });

  it('takes features from the cache that the same bytes in files left there', async () => {
    const cache = await openFeatureCache({ folder: join(root, 'cache') });
    try {
      const images = await gatherImages(join(root, 'data'), readRecipe(RECIPE));
      await trainClassifier(images, { folder: 'data', recipe: RECIPE, featureStores: cache });
      const again = await trainClassifier(await listed(), { recipe: RECIPE, featureStores: cache });
      expect(again.features).toEqual({ computed: 0, known: 16 });
    } finally {
      await cache.close();
    }
  });

  it('validates and tests on the examples that are given for it, in the order of the classes', async () => {
    const list = await listed();
    const trained = await trainClassifier(list.slice(2, -2), {
      recipe: RECIPE,
      validation: list.slice(0, 2).concat(list.slice(-2)),
      test: list.slice(-1),
      classNames: ['discs', 'bars'],
    });
    expect(trained.classNames).toEqual(['discs', 'bars']);
    expect([trained.train.examples, trained.validation.examples, trained.test?.examples]).toEqual([12, 4, 1]);
    expect(trained.validation.classes.map(({ label, support }) => [label, support])).toEqual([
      ['discs', 2],
      ['bars', 2],
    ]);
  });

  it('is swept over folds as the folder is', async () => {
    const axes = { heads: ['linear'], learningRates: [1e-2, 1e-3] };
    const options = { folder: 'data', base: { ...RECIPE, epochs: 1 }, axes };
    const recipe = readRecipe(RECIPE);
    const ours = await gatherExampleFolds(examples(), 4, recipe);
    const theirs = await gatherFolds(join(root, 'data'), 4, recipe);
    expect(ours.folds.map(({ length }) => length)).toEqual(theirs.folds.map(({ length }) => length));
    const told = ({ rows }: SweepResult) => rows.map(({ validation }) => validation);
    expect(told(await sweep(ours, options))).toEqual(told(await sweep(theirs, options)));
    await expect(
      gatherExampleFolds(examples(), 4, recipe, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  it('learns labels, and values, as from a CSV file', async () => {
    const mixed = await drawMixedImages(join(root, 'mixed'), 16);
    const rows = mixed.map(({ file, motifs }) => `${file},${motifs.join('|')}`);
    const ages = mixed.map(({ file, discs }) => `${file},${discs + 0.5},${discs / 2}`);
    await writeFiles(root, {
      'mixed/labels.csv': `file,labels\n${rows.join('\n')}\n`,
      'mixed/ages.csv': `file,age,half\n${ages.join('\n')}\n`,
    });
    const bytes = (file: string): Promise<Buffer> => readFile(join(root, 'mixed', file));
    const [labels, values] = [
      await Promise.all(
        mixed.map(async ({ file, motifs }) => ({ image: await bytes(file), name: file, labels: motifs })),
      ),
      await Promise.all(
        mixed.map(async ({ file, discs }) => ({
          image: await bytes(file),
          name: file,
          values: { age: discs + 0.5, half: discs / 2 },
        })),
      ),
    ];
    for (const [name, given] of [
      ['labels.csv', labels],
      ['ages.csv', values],
    ] as const) {
      const csv = await gatherFromCsv(join(root, 'mixed', name), readRecipe(RECIPE));
      const ours = await gatherExamples<(typeof given)[number]>(given, readRecipe(RECIPE));
      expect([ours.task, ours.classNames, ours.validationSource]).toEqual([
        csv.task,
        csv.classNames,
        csv.validationSource,
      ]);
      const [a, b] = [
        await trainClassifier<Task>(ours, { folder: 'x', recipe: RECIPE }),
        await trainClassifier(csv, { folder: 'x', recipe: RECIPE }),
      ];
      expect(learned(a)).toEqual(learned(b));
    }
    const { validation } = await trainClassifier(labels, { recipe: RECIPE });
    expect(validation.exactMatch).toBeGreaterThanOrEqual(0);
  });

  it('leaves out what is no image, by its name', async () => {
    const list = await listed();
    const broken = [...list, { image: Buffer.from('not an image at all'), label: 'bars', name: 'odd' }];
    const { skipped } = await trainClassifier(broken, {
      recipe: RECIPE,
      validation: list.slice(0, 1).concat(list.at(-1)!),
    });
    expect(skipped).toEqual([{ file: 'odd', reason: 'not an image' }]);
    await expect(
      trainClassifier(broken, { recipe: RECIPE, validation: list, strict: true }),
    ).rejects.toMatchObject({
      code: 'image',
      message:
        'image "odd": expected an image, received not an image. Give a JPEG, PNG, WebP, GIF, TIFF or AVIF file.',
    });
  });

  it('stops while it goes through them', async () => {
    await expect(
      trainClassifier(examples(), { recipe: RECIPE, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'interrupted' });
  });
});
