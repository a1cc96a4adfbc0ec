import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawImages } from '../../tests/e2e/drawn-images.ts';
import { writeFiles } from '../../tests/support/image-folder.ts';
import { withMessage } from '../../tests/support/saying.ts';
import { recommendBackbone } from './recommend.ts';
import type { RunEvent } from './run-event.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graft-recommend-'));
  for (const motif of ['bars', 'discs'] as const) await drawImages(join(root, 'data'), motif, 8);
  await writeFiles(root, { 'texts.csv': 'text,label\na,b\n', 'broken.h5': 'no weights' });
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

  it('refuses texts', async () => {
    const file = join(root, 'texts.csv');
    await expect(recommendBackbone(file)).rejects.toThrow(
      withMessage(
        `data "${file}": expected a folder with one folder of images for each class, received a file, or texts. ` +
          'Networks are compared on images of classes alone: lay them out in folders.',
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
