import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFeatureCache } from '../node/feature-cache/feature-cache.ts';
import { readModelFile } from '../node/files/model-file.ts';
import { evaluate } from './evaluate.ts';
import { explain } from './explain.ts';
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

  it('is explained by what the network saw', async () => {
    const { explanations } = await explain(join(at('crop'), 'model.onnx'), [join(data, 'red/0.png')], {
      out: at('maps'),
    });
    const { heatMap } = explanations[0] as { readonly heatMap: string };
    const { width, height } = await sharp(heatMap).metadata();
    expect([width, height]).toEqual([40, 40]);
  });
});
