import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawImages } from '../../tests/e2e/drawn-images.ts';
import { writeFiles } from '../../tests/support/image-folder.ts';
import { withMessage } from '../../tests/support/saying.ts';
import { openFeatureCache } from '../node/feature-cache/feature-cache.ts';
import { recommendBackbone } from './recommend.ts';
import type { RunEvent } from './run-event.ts';
import { train } from './train.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graft-recommend-'));
  for (const motif of ['bars', 'discs'] as const) await drawImages(join(root, 'data'), motif, 8);
  await writeFiles(root, { 'broken.h5': 'no weights' });
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('recommendBackbone', () => {
  it('judges what is here, lists what is not, and leaves out what cannot be read', async () => {
    const events: RunEvent[] = [];
    const broken = join(root, 'broken.h5');
    const report = await recommendBackbone(join(root, 'data'), {
      backbones: [broken],
      cache: false,
      onEvent: (event) => events.push(event),
    });
    expect(report).toMatchObject({
      classNames: ['bars', 'discs'],
      folds: 5,
      recommended: 'mobilenet_v2_openimages',
      faster: null,
    });
    const [judged] = report.backbones;
    expect(judged).toMatchObject({ backbone: 'mobilenet_v2_openimages', images: 16, isWorse: false });
    expect(judged!.accuracy).toBeGreaterThan(0.8);
    expect(judged!.cost.msPerImage).toBeGreaterThan(0);
    expect(report.failed.map(({ backbone }) => backbone)).toEqual([broken]);
    expect(report.elsewhere).toContainEqual({
      backbone: 'vgg16',
      weightBytes: expect.any(Number),
      top1: expect.any(Number),
    });
    expect(events.at(-1)).toMatchObject({ type: 'result', useCase: 'recommend' });
    expect(events.filter(({ type }) => type === 'backbone').length).toBe(1);
  });

  it('judges images that a table names, as those of folders', async () => {
    const rows: string[] = [];
    for (const motif of ['bars', 'discs']) {
      for (const name of await readdir(join(root, 'data', motif)))
        rows.push(`data/${motif}/${name},${motif}`);
    }
    await writeFiles(root, { 'images.csv': ['file,label', ...rows].join('\n') });
    const [ofTable, ofFolder] = [join(root, 'images.csv'), join(root, 'data')];
    const table = await recommendBackbone(ofTable, { cache: false });
    const folder = await recommendBackbone(ofFolder, { cache: false });
    expect(table).toMatchObject({ data: ofTable, modality: 'image', classNames: ['bars', 'discs'] });
    const { accuracy, images } = table.backbones[0]!;
    expect({ accuracy, images }).toEqual({
      accuracy: folder.backbones[0]!.accuracy,
      images: folder.backbones[0]!.images,
    });
  });

  it('judges networks of texts, and keeps what a training takes', async () => {
    const lines = Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0 ? `the train to town number ${i} is late,train` : `please cook ${i} eggs for me,food`,
    );
    await writeFiles(root, { 'reviews.csv': ['text,label', ...lines].join('\n') });
    const data = join(root, 'reviews.csv');
    const cache = await openFeatureCache({ folder: join(root, 'cache'), limitBytes: 1e9 });
    try {
      const missing = join(root, 'no-network');
      const report = await recommendBackbone(data, { cache, backbones: [missing] });
      expect(report).toMatchObject({ modality: 'text', recommended: 'use_lite', elsewhere: [] });
      const [judged] = report.backbones;
      expect(judged).toMatchObject({ images: 40, sizePx: null, cut: 'pooled_dense' });
      expect(judged!.accuracy).toBeGreaterThan(0.9);
      expect(report.failed.map(({ backbone }) => backbone)).toEqual([missing]);
      const { report: trained } = await train(data, { cache, out: join(root, 'run'), report: false });
      expect(trained.features).toEqual({ computed: 0, cached: 40 });
    } finally {
      await cache.close();
    }
  });

  it('takes fewer folds for a class with few images, and says so', async () => {
    const few = join(root, 'few');
    await drawImages(few, 'bars', 8);
    await drawImages(few, 'discs', 2);
    const notes: string[] = [];
    const onEvent = (event: RunEvent): void => {
      if (event.type === 'note') notes.push(event.text);
    };
    const report = await recommendBackbone(few, { cache: false, onEvent });
    expect([report.folds, report.backbones[0]!.images]).toEqual([2, 10]);
    expect(notes).toEqual(['Class "discs" has 2 different images: there are no more than 2 folds.']);
    await expect(recommendBackbone(few, { cache: false, folds: 3 })).rejects.toThrow(
      withMessage(
        'folds of class "discs": expected at least 3 images, one for each fold, received 2. Take fewer folds, or add images.',
      ),
    );
    const many = await recommendBackbone(join(root, 'data'), { cache: false, folds: 8 });
    expect(many.folds).toBe(8);
    expect(many.backbones[0]!.accuracy).toBeGreaterThan(0.8);
  });

  it('refuses tables of labels', async () => {
    const [one, other] = await readdir(join(root, 'data/bars'));
    await writeFiles(root, {
      'labels.csv': `file,labels\ndata/bars/${one},bars|discs\ndata/bars/${other},bars\n`,
    });
    const file = join(root, 'labels.csv');
    await expect(recommendBackbone(file, { cache: false })).rejects.toThrow(
      withMessage(
        `label file "${file}": expected a class for each image, received labels. Folds are of classes alone: name their column by --target-columns.`,
      ),
    );
  });

  it('stops when it is asked to', async () => {
    await expect(
      recommendBackbone(join(root, 'data'), { cache: false, signal: AbortSignal.abort() }),
    ).rejects.toThrow(
      withMessage(
        'recommend: expected to judge all networks, received a request to stop. Features that were computed are kept for the next call.',
      ),
    );
  });
});
