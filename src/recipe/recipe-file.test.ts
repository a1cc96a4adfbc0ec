import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
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

  /** Every key of a recipe: what is said where nothing is. */
  const DEFAULTS = {
    backbone: 'mobilenet_v2_openimages',
    weights: null,
    unfreeze: null,
    preprocessing: 'backbone',
    head: 'linear',
    loss: null,
    optimizer: 'adam',
    learningRate: 0.002,
    schedule: null,
    clip: null,
    weightDecay: null,
    ema: null,
    accumulate: 1,
    layerDecay: null,
    labelSmoothing: 0,
    balance: 'none',
    mixup: null,
    cutmix: null,
    metrics: [],
    monitor: 'val_loss',
    batchSize: 32,
    epochs: 100,
    patience: 10,
    augmentation: null,
    views: 10,
    precision: 'float32',
    features: 'float16',
    validation: null,
    group: null,
    seed: 1,
    phases: [],
  };
  /** What the textbook's have in common. */
  const BOOK = {
    ...DEFAULTS,
    head: 'book',
    optimizer: 'rmsprop',
    learningRate: 1e-4,
    batchSize: 20,
    epochs: 40,
    patience: null,
    augmentation: 'book',
  };

  it.each([
    ['default', DEFAULTS],
    ['book-mobilenet', { ...BOOK, cut: 'block_15_add', sizePx: 160 }],
    [
      'inception-mixed7',
      {
        ...BOOK,
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

  it('default says what is used where nothing is said', () => {
    expect(DEFAULT_RECIPE).toEqual(DEFAULTS);
  });

  it('are found by name, with the nearest where there is none', async () => {
    await expect(findRecipe('inception-mixed')).rejects.toThrow(
      withMessage(
        'recipe: expected a name among "book-mobilenet", "default", "inception-mixed7", or a file, received "inception-mixed". Did you mean "inception-mixed7"?',
      ),
    );
  });
});

/** All that a recipe file may say. */
const KEYS =
  'description, backbone, weights, cut, unfreeze, sizePx, preprocessing, task, head, loss, optimizer, learningRate, ' +
  'schedule, clip, weightDecay, ema, accumulate, layerDecay, labelSmoothing, balance, mixup, cutmix, metrics, monitor, ' +
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
    expect(recipe).toEqual({ ...DEFAULT_RECIPE, head: 'book', seed: 7 });
  });

  it('are refused with the reason', async () => {
    const unknown = await write('{ "learningrate": 1 }');
    await expect(findRecipe(unknown)).rejects.toThrow(
      withMessage(
        `recipe "${unknown}": expected keys among ${KEYS}, received "learningrate". Did you mean "learningRate"?`,
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
