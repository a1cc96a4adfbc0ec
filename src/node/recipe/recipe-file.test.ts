import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { formatHead, parseHead } from '../../recipe/head-spec.ts';
import { DEFAULT_RECIPE, RECIPE_KEYS } from '../../recipe/recipe.ts';
import { findRecipe, listRecipes } from './recipe-file.ts';

describe('recipes that come with Graft', () => {
  it('can all be read', async () => {
    const recipes = await listRecipes();
    expect(recipes.map(({ name }) => name)).toEqual([
      'balanced',
      'best',
      'default',
      'fast',
      'inception-mixed7',
      'mobilenet-block15',
    ]);
    for (const { description, recipe } of recipes) {
      expect(description).not.toBe('');
      expect(recipe.head).toEqual(parseHead(formatHead(recipe.head)));
    }
  });

  /** What the two with a Dense layer and augmentation have in common. */
  const DENSE = {
    ...DEFAULT_RECIPE,
    head: [
      { type: 'flatten' },
      { type: 'dense', units: 1024, activation: 'relu' },
      { type: 'dropout', rate: 0.2 },
    ],
    optimizer: 'rmsprop',
    learningRate: 1e-4,
    batchSize: 20,
    epochs: 40,
    patience: null,
    augmentation: {
      rotation: 40,
      widthShift: 0.2,
      heightShift: 0.2,
      shear: 0.2,
      zoom: [0.8, 1.2],
      horizontalFlip: true,
      verticalFlip: false,
      brightness: [1, 1],
      contrast: [1, 1],
      saturation: [1, 1],
      fill: 'nearest',
      fillValue: 0,
    },
  };

  it.each([
    ['default', DEFAULT_RECIPE],
    ['mobilenet-block15', { ...DENSE, cut: 'block_15_add', sizePx: 160 }],
    ['book-mobilenet', { ...DENSE, cut: 'block_15_add', sizePx: 160 }],
    [
      'inception-mixed7',
      {
        ...DENSE,
        backbone: 'inception_v3',
        weights: 'imagenet',
        preprocessing: 'zero-to-one',
        cut: 'mixed7',
        sizePx: 150,
      },
    ],
  ])('%s, to the last key', async (name, expected) => {
    expect((await findRecipe(name)).recipe).toEqual(expected);
  });

  it('are found by name, with the nearest where there is none', async () => {
    await expect(findRecipe('inception-mixed')).rejects.toThrow(
      withMessage(
        'recipe: expected a name among "balanced", "best", "default", "fast", "inception-mixed7", "mobilenet-block15", or a file, received "inception-mixed". Did you mean "inception-mixed7"?',
      ),
    );
  });
});

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

  /** What Node says of a text, which changes from version to version. */
  const jsonError = (text: string): string => {
    try {
      JSON.parse(text);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('the text is JSON');
  };

  it('take the defaults for what they do not say', async () => {
    const { recipe } = await findRecipe(await write('{ "head": "book", "seed": 7 }'));
    expect(recipe).toEqual({ ...DEFAULT_RECIPE, head: parseHead('flatten-dense-1024'), seed: 7 });
  });

  it('are refused with the reason', async () => {
    const unknown = await write('{ "learningrate": 1 }');
    await expect(findRecipe(unknown)).rejects.toThrow(
      withMessage(
        `recipe "${unknown}": expected keys among ${RECIPE_KEYS.join(', ')}, received "learningrate". Did you mean "learningRate"?`,
      ),
    );
    const wrong = await write('{ "epochs": 0 }');
    await expect(findRecipe(wrong)).rejects.toThrow(
      withMessage(
        `recipe "${wrong}": expected a whole number from 1 to 1,000,000 for "epochs", received 0. Correct the file; graft recipes shows where examples lie.`,
      ),
    );
    const broken = await write('{');
    await expect(findRecipe(broken)).rejects.toThrow(
      withMessage(`recipe "${broken}": expected JSON, received ${jsonError('{')}. Correct the file.`),
    );
    await expect(findRecipe(join(folder, 'none.json'))).rejects.toThrow(
      withMessage(
        `recipe "${join(folder, 'none.json')}": expected a recipe file, received no such file. Check the path; graft recipes lists the names.`,
      ),
    );
  });
});
