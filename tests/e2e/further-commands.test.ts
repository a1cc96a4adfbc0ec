import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecipeInput } from '../../src/recipe/recipe.ts';
import { readRecipe } from '../../src/recipe/recipe-input.ts';
import { graft } from './cli.ts';
import { drawImages } from './drawn-images.ts';

describe('recipes, augmentation and data sets by name', () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'graft-further-'));
    await mkdir(join(cwd, 'photos'));
    await drawImages(join(cwd, 'photos'), 'bars', 12);
    await drawImages(join(cwd, 'photos'), 'discs', 12);
  });
  afterAll(() => rm(cwd, { recursive: true }));

  it('lists recipes', async () => {
    const { status, stdout } = await graft(['recipes', '--json'], { cwd });
    expect(status).toBe(0);
    const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['balanced', 'best', 'default', 'fast', 'inception-mixed7', 'mobilenet-block15']);
    expect((await graft(['recipes'], { cwd })).stdout).toContain('inception-mixed7');
    const schema = await graft(['recipes', '--schema'], { cwd });
    expect(JSON.parse(schema.stdout)).toMatchObject({ title: 'Graft recipe' });
  });

  it("trains by one's own recipe with augmentation, and the run's recipe.json gives the same run again", async () => {
    const own: RecipeInput = {
      sizePx: 64,
      head: 'gap,dense:8,dropout:0.2',
      augmentation: 'rotation:10,flip',
      epochs: 3,
      patience: null,
    };
    await writeFile(join(cwd, 'own.json'), JSON.stringify(own));
    const first = await graft(['train', 'photos', '--recipe', 'own.json', '--seed', '4', '--out', 'first'], {
      cwd,
    });
    expect(first.stderr).toMatch(/^training: 3 epochs in [\d.]+ s, best epoch \d: /m);
    expect(first.status).toBe(0);
    const recipe = JSON.parse(await readFile(join(cwd, 'first/recipe.json'), 'utf8')) as object;
    expect(recipe).toMatchObject({
      ...readRecipe(own),
      seed: 4,
      cut: 'block_15_add',
      backbone: 'mobilenet_v2_openimages',
    });
    const again = await graft(['train', 'photos', '--recipe', 'first/recipe.json', '--out', 'again'], {
      cwd,
    });
    expect(again.status).toBe(0);
    const [a, b] = await Promise.all(['first', 'again'].map((run) => readFile(join(cwd, run, 'model.onnx'))));
    expect(a!.equals(b!)).toBe(true);
  });

  it('names the key of a recipe that is not known, and the nearest', async () => {
    await writeFile(join(cwd, 'wrong.json'), '{ "size": 64 }');
    const { status, stderr } = await graft(['train', 'photos', '--recipe', 'wrong.json'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^error recipe "wrong\.json": expected keys among description, backbone, [^"]+, phases, received "size"\. Did you mean "sizePx"\?$/m,
    );
  });

  it('draws a contact sheet of augmented images', async () => {
    const args = ['augment', 'preview', 'photos', '--augment', 'book', '--out', 'sheet.png', '--images', '3'];
    expect(await graft(args, { cwd })).toMatchObject({ status: 0 });
    const { width = 0, height = 0 } = await sharp(join(cwd, 'sheet.png')).metadata();
    expect(width).toBeGreaterThan(height);
  });

  it('lists data sets, and suggests the nearest name', async () => {
    const { status, stdout } = await graft(['data', 'list', '--json'], { cwd });
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['horses-or-humans', 'cats-vs-dogs']),
    );
    const wrong = await graft(['data', 'get', 'cats-vs-dog'], { cwd });
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('"cats-vs-dogs"');
  });
});
