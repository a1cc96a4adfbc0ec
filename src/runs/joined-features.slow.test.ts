import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawImages } from '../../tests/e2e/drawn-images.ts';
import { openFeatureCache } from '../node/feature-cache/feature-cache.ts';
import { recommendBackbone } from '../use-cases/recommend.ts';
import { type TrainOptions, type TrainResult, train } from '../use-cases/train.ts';

let root: string;
let data: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'graft-joined-'));
  data = join(root, 'data');
  for (const motif of ['bars', 'discs'] as const) await drawImages(data, motif, 10);
});
afterAll(() => rm(root, { recursive: true, force: true }));

let runs = 0;
const trained = (backbone: string, cache: TrainOptions['cache'], change = {}): Promise<TrainResult> =>
  train(data, {
    recipe: { backbone, weights: 'random', sizePx: 64, epochs: 2, ...change },
    out: join(root, `run-${++runs}`),
    report: false,
    cache,
  });
const headOf = ({ trained: { model } }: TrainResult): number[][] =>
  model.getLayer('predictions').weights.map(({ value }) => [...value]);

describe('features of joined networks', () => {
  const [one, other] = ['mobilenet_v2_openimages', 'mobilenet_v2'];

  it.each([
    ['as they are', {}],
    ['of views', { augmentation: 'book', views: 2 }],
  ])('are those of each network alone, bit for bit: %s', async (_, change) => {
    const cache = await openFeatureCache({ folder: join(root, `cache-${runs}`), limitBytes: 1e9 });
    try {
      const fresh = await trained(`${one},${other}`, false, change);
      await trained(one, cache, change);
      await trained(other, cache, change);
      const joined = await trained(`${one},${other}`, cache, change);
      expect(joined.report.features.computed).toBe(0);
      expect(headOf(joined)).toEqual(headOf(fresh));
    } finally {
      await cache.close();
    }
  });

  it('are found by each network alone, and by networks joined in another order', async () => {
    const cache = await openFeatureCache({ folder: join(root, 'joined-first'), limitBytes: 1e9 });
    try {
      await trained(`${one},${other}`, cache);
      for (const backbone of [one, other, `${other},${one}`]) {
        const { report } = await trained(backbone, cache);
        expect([backbone, report.features.computed]).toEqual([backbone, 0]);
      }
    } finally {
      await cache.close();
    }
  });

  it('are kept by a recommendation, and found by the training after it', async () => {
    const cache = await openFeatureCache({ folder: join(root, 'recommended'), limitBytes: 1e9 });
    try {
      const twice = `${one},${one}`;
      const { backbones } = await recommendBackbone(data, { cache, backbones: [twice] });
      expect(backbones.map(({ backbone }) => backbone).toSorted()).toEqual([one, twice]);
      const { report } = await train(data, {
        recipe: { backbone: twice, epochs: 2 },
        out: join(root, 'after'),
        report: false,
        cache,
      });
      expect(report.features.computed).toBe(0);
    } finally {
      await cache.close();
    }
  });
});
