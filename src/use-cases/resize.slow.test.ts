import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import type { FeatureStores } from '../core/features/feature-spaces.ts';
import { openFeatureCache } from '../node/feature-cache/feature-cache.ts';
import { readModelFile } from '../node/files/model-file.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';
import { checkDataset } from './check.ts';
import { evaluate } from './evaluate.ts';
import { explain } from './explain.ts';
import { recommendBackbone } from './recommend.ts';
import { train } from './train.ts';

const SIZE = { width: 120, height: 40 };

let folder: string;
let data: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-resize-'));
  data = at('data');
  // The center is the same in both classes: who crops cannot tell them apart.
  for (const [name, color] of [
    ['red', '#ff0000'],
    ['blue', '#0000ff'],
  ] as const) {
    await mkdir(join(data, name), { recursive: true });
    for (let index = 0; index < 10; index++) {
      const center = {
        create: { width: 48, height: 40, channels: 3, background: `#${index}0${index}0${index}0` },
      } as const;
      await sharp({ create: { ...SIZE, channels: 3, background: color } })
        .composite([{ input: center, left: 36, top: 0 }])
        .png()
        .toFile(join(data, name, `${index}.png`));
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a training with --resize', () => {
  it('is seen alike by training, evaluation and the file, and has features of its own', async () => {
    const featureCache = await openFeatureCache({ folder: at('cache') });
    const accuracies: number[] = [];
    for (const resize of ['squash', 'crop', 'letterbox'] as const) {
      const run = at(resize);
      const { report } = await train(data, {
        recipe: { sizePx: 64, optimizer: 'lbfgs', l2: 0.01, resize },
        out: run,
        cache: featureCache,
      });
      // Nothing of another way is found in the cache.
      expect(report.features).toMatchObject({ computed: 20, cached: 0 });
      const model = join(run, 'model.onnx');
      expect((await readModelFile(model)).info).toMatchObject({ input: { resize }, recipe: { resize } });
      expect(JSON.parse(await readFile(join(run, 'recipe.json'), 'utf8'))).toMatchObject({ resize });
      const measured = await evaluate(model, data);
      accuracies.push((measured as { readonly accuracy: number }).accuracy);
    }
    await featureCache.close();
    expect(accuracies).toEqual([1, 0.5, 1]);
  });

  it('is seen alike by recommend, which keeps what it takes', async () => {
    const cache = await openFeatureCache({ folder: at('recommended') });
    const accuracies: number[] = [];
    for (const resize of ['squash', 'crop'] as const) {
      const { backbones, ...report } = await recommendBackbone(data, { sizePx: 64, resize, cache });
      expect(report).toMatchObject({ sizePx: 64, resize });
      accuracies.push(backbones[0]!.accuracy);
      expect(await computedByTraining(resize, cache)).toBe(0);
    }
    await cache.close();
    expect(accuracies[0]).toBe(1);
    expect(accuracies[1]).toBeLessThan(0.8);
  });

  it('is seen alike by check, which keeps what it takes', async () => {
    const cache = await openFeatureCache({ folder: at('checked') });
    await checkDataset(data, { sizePx: 64, resize: 'crop', cache });
    const computed = [await computedByTraining('crop', cache), await computedByTraining('squash', cache)];
    await cache.close();
    expect(computed).toEqual([0, 20]);
  });

  it('is refused for texts', async () => {
    const table = at('texts.csv');
    await writeFile(table, `text,label\n${'how many are there,number\nwho wrote it,person\n'.repeat(6)}`);
    const message =
      'recipe for texts: expected no "resize", received crop. Leave out --resize: it is for images.';
    await expect(recommendBackbone(table, { resize: 'crop', cache: false })).rejects.toThrow(
      withMessage(message),
    );
    await expect(checkDataset(table, { resize: 'crop', cache: false })).rejects.toThrow(withMessage(message));
  });

  it('is explained by what the network saw', async () => {
    const { explanations } = await explain(join(at('crop'), 'model.onnx'), [join(data, 'red/0.png')], {
      out: at('maps'),
    });
    const { heatMap } = explanations[0] as { readonly heatMap: string };
    const { width, height } = await sharp(heatMap).metadata();
    expect([width, height]).toEqual([40, 40]);
  });
});

/** How many images a training of the same kind has to compute. */
async function computedByTraining(resize: ResizeMode, cache: FeatureStores): Promise<number> {
  const recipe = { sizePx: 64, epochs: 1, resize };
  const { report } = await train(data, {
    recipe,
    cache,
    out: at(`then-${resize}`),
    overwrite: true,
    report: false,
  });
  return report.features.computed;
}
