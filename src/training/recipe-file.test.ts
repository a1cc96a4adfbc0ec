import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saying } from '../../tests/support/saying.ts';
import { parseHead } from './head-spec.ts';
import { DEFAULT_RECIPE } from './recipe.ts';
import { findRecipe, listRecipes } from './recipe-file.ts';

describe('recipes that come with Graft', () => {
  it('can all be read', async () => {
    const recipes = await listRecipes();
    expect(recipes.map(({ name }) => name)).toEqual(['book-mobilenet', 'default', 'inception-mixed7']);
    for (const { description, recipe } of recipes) {
      expect(description).not.toBe('');
      expect(() => parseHead(recipe.head)).not.toThrow();
    }
  });

  it('default says what is used where nothing is said', async () => {
    expect((await findRecipe('default')).recipe).toEqual(DEFAULT_RECIPE);
  });

  it('are found by name, with the nearest where there is none', async () => {
    await expect(findRecipe('inception-mixed')).rejects.toThrow(
      saying(
        'recipe: expected a name among "book-mobilenet", "default", "inception-mixed7", or a file, received "inception-mixed". Did you mean "inception-mixed7"?',
      ),
    );
  });
});

/** All that a recipe file may say. */
const KEYS =
  'description, backbone, weights, cut, unfreeze, sizePx, preprocessing, task, head, loss, optimizer, learningRate, ' +
  'schedule, clip, weightDecay, ema, accumulate, layerDecay, labelSmoothing, balance, mixup, metrics, monitor, ' +
  'batchSize, epochs, patience, augmentation, views, precision, features, validation, group, seed, phases';

describe('recipe files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graft-recipe-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const write = async (content: string): Promise<string> => {
    const file = join(folder, 'mine.json');
    await writeFile(file, content);
    return file;
  };

  it('take the defaults for what they do not say', async () => {
    const { recipe } = await findRecipe(await write('{ "head": "book", "seed": 7 }'));
    expect(recipe).toEqual({ ...DEFAULT_RECIPE, head: 'book', seed: 7 });
  });

  it('are refused with the reason', async () => {
    const unknown = await write('{ "learningrate": 1 }');
    await expect(findRecipe(unknown)).rejects.toThrow(
      saying(
        `recipe "${unknown}": expected keys among ${KEYS}, received "learningrate". Did you mean "learningRate"?`,
      ),
    );
    const wrong = await write('{ "epochs": 0 }');
    await expect(findRecipe(wrong)).rejects.toThrow(
      saying(
        `recipe "${wrong}": expected a recipe, received "epochs": Too small: expected number to be >0. Correct the file; graft recipes shows where examples lie.`,
      ),
    );
    await expect(findRecipe(await write('{'))).rejects.toMatchObject({ code: 'argument' });
    await expect(findRecipe(join(folder, 'none.json'))).rejects.toThrow(
      saying(
        `recipe "${join(folder, 'none.json')}": expected a recipe file, received no such file. Check the path; graft recipes lists the names.`,
      ),
    );
  });
});
