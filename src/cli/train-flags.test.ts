import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { OPTIMIZER_NAMES } from '../core/optimizers/optimizers.ts';
import { findRecipe, PRESETS } from '../node/recipe/recipe-file.ts';
import { ALL_FIELDS, DEFAULT_RECIPE, withDefaults } from '../recipe/recipe.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import { addRecipeFlags, readSaidRecipe } from './train-flags.ts';

function command(): Command {
  return addRecipeFlags(new Command('train').exitOverride().configureOutput({ writeErr: () => {} }));
}

/** The recipe that a command line asks for. */
async function asked(...args: string[]) {
  return withDefaults(await readSaidRecipe(command().parse(args, { from: 'user' }).opts()));
}

describe('the flags of a recipe', () => {
  it('are one for each field, under the heading of its group', () => {
    const help = command().helpInformation();
    for (const { flag, group } of ALL_FIELDS.values()) {
      expect(help).toContain(`  ${flag} `);
      expect(help).toContain(`\n${group}:\n`);
    }
  });

  it('leave out what is not said', async () => {
    expect(await asked()).toEqual(DEFAULT_RECIPE);
  });

  it('take a preset, tell what it stands for, and win over it', async () => {
    const told: string[] = [];
    const read = async (...args: string[]) => {
      const flags = command().parse(args, { from: 'user' }).opts();
      return withDefaults(await readSaidRecipe(flags, (text) => told.push(text)));
    };
    for (const name of PRESETS) {
      expect(await read('--preset', name)).toEqual((await findRecipe(name)).recipe);
      // What is told may be written by hand.
      const [, text = ''] = / is (.*)$/.exec(told.at(-1)!) ?? [];
      expect(await read(...text.split(' '))).toEqual((await findRecipe(name)).recipe);
    }
    expect(told).toEqual([
      expect.stringMatching(/^preset fast is --/),
      expect.stringMatching(/^preset balanced is --/),
      expect.stringMatching(/^preset best is --/),
    ]);
    expect(await read('--preset', 'fast', '--size', '96')).toEqual({
      ...(await findRecipe('fast')).recipe,
      sizePx: 96,
    });
    await expect(read('--preset', 'fast', '--recipe', 'default')).rejects.toThrow(
      withMessage('recipe: expected one of --preset and --recipe, received both. Leave one of them out.'),
    );
  });

  it('say every field', async () => {
    const words = [
      ['--backbone', 'inception_v3'],
      ['--weights', 'imagenet'],
      ['--cut', 'mixed7'],
      ['--size', '150'],
      ['--resize', 'crop'],
      ['--preprocessing', 'zero-to-one'],
      ['--head', 'dense:8'],
      ['--task', 'regression'],
      ['--unfreeze', 'mixed6'],
      ['--precision', 'int8'],
      ['--features', 'float32'],
      ['--augment', 'flip'],
      ['--views', '0'],
      ['--mixup', '0.2'],
      ['--cutmix', '1'],
      ['--balance', 'weights'],
      ['--validation', '0.3'],
      ['--group', '^a'],
      ['--max-tokens', '64'],
      ['--long', 'head+tail'],
      ['--ngrams', '2'],
      ['--pooling', 'last'],
      ['--lora', '8'],
      ['--lora-from', 'transformer_layer_1'],
      ['--lora-targets', 'query,value'],
      ['--epochs', '3'],
      ['--batch', '16'],
      ['--loss', 'huber'],
      ['--optimizer', 'sgd'],
      ['--l2', '0.01'],
      ['--lr', '1e-3'],
      ['--schedule', 'cosine'],
      ['--clip', 'value:1'],
      ['--weight-decay', '0.1'],
      ['--ema', '0.99'],
      ['--accumulate', '2'],
      ['--layer-decay', '0.8'],
      ['--label-smoothing', '0.1'],
      ['--metrics', 'rmse, mse'],
      ['--monitor', 'val_mae'],
      ['--keep-epoch', 'last'],
      ['--patience', '0'],
      ['--seed', '7'],
      ['--calibration', 'none'],
      ['--unknown', '0.05'],
      ['--threshold', 'recall=0.9'],
      ['--then', 'lr=1e-4'],
      ['--then', 'epochs=2,schedule=step:every=1,factor=0.5'],
    ];
    const recipe = readRecipe({
      backbone: 'inception_v3',
      weights: 'imagenet',
      cut: 'mixed7',
      sizePx: 150,
      resize: 'crop',
      preprocessing: 'zero-to-one',
      head: 'dense:8',
      task: 'regression',
      unfreeze: 'mixed6',
      precision: 'int8',
      features: 'float32',
      augmentation: 'flip',
      views: null,
      mixup: 0.2,
      cutmix: 1,
      balance: 'weights',
      validation: 0.3,
      group: '^a',
      maxTokens: 64,
      long: 'head+tail',
      ngrams: 2,
      pooling: 'last',
      lora: 8,
      loraFrom: 'transformer_layer_1',
      loraTargets: ['query', 'value'],
      epochs: 3,
      batchSize: 16,
      loss: 'huber',
      optimizer: 'sgd',
      l2: 0.01,
      learningRate: 1e-3,
      schedule: 'cosine',
      clip: 'value:1',
      weightDecay: 0.1,
      ema: 0.99,
      accumulate: 2,
      layerDecay: 0.8,
      labelSmoothing: 0.1,
      metrics: ['rmse', 'mse'],
      monitor: 'val_mae',
      keepEpoch: 'last',
      patience: null,
      seed: 7,
      calibration: 'none',
      unknown: 0.05,
      threshold: 'recall=0.9',
      phases: [{ learningRate: 1e-4 }, { epochs: 2, schedule: 'step:every=1,factor=0.5' }],
    });
    expect(await asked(...words.flat())).toEqual(recipe);
    expect(new Set(words.map(([flag]) => flag)).size).toBe(ALL_FIELDS.size);
  });

  it('say by a word of its own that nothing is called unknown', async () => {
    expect((await asked('--no-unknown')).unknown).toBeNull();
    expect((await asked('--unknown', '0')).unknown).toBeNull();
    expect((await asked()).unknown).toBe(0.01);
  });

  it('have names of other libraries and former values, which the help does not tell', async () => {
    const hidden = [
      '--learning-rate',
      '1e-3',
      '--batch-size',
      '8',
      '--augmentation',
      'book',
      '--task',
      'single-label',
    ];
    expect(await asked(...hidden, '--head', 'book')).toEqual({
      ...readRecipe({ learningRate: 1e-3, batchSize: 8, augmentation: 'geometric', task: 'classification' }),
      head: readRecipe({ head: 'flatten-dense-1024' }).head,
    });
    expect(command().helpInformation()).not.toMatch(
      /--learning-rate|--batch-size|--augmentation|single-label|book/,
    );
  });

  it('stand over the recipe that is named, whose changes "none" takes back', async () => {
    const named = await asked('--recipe', 'book-mobilenet');
    expect(named).toMatchObject({ optimizer: 'rmsprop', batchSize: 20 });
    const other = await asked('--recipe', 'mobilenet-block15', '--augment', 'none', '--batch', '8');
    expect(other).toEqual({ ...named, augmentation: null, batchSize: 8 });
  });

  it.each([
    [
      ['--epochs', '0'],
      "error: option '--epochs <n>' argument '0' is invalid. Expected a whole number from 1 to 1,000,000.",
    ],
    [
      ['--views', '-1'],
      "error: option '--views <n>' argument '-1' is invalid. Expected a whole number from 1 to 1,000,000, or 0.",
    ],
    [
      ['--optimizer', 'adamm'],
      `error: option '--optimizer <name>' argument 'adamm' is invalid. Allowed choices are ${OPTIMIZER_NAMES.join(', ')}.`,
    ],
    [
      ['--clip', 'norm'],
      'clip: expected value:LIMIT, norm:LIMIT or global:LIMIT, with a limit above 0, received "norm". Write for example global:1.',
    ],
  ])('refuse %j', async (args, message) => {
    await expect(async () => asked(...args)).rejects.toThrow(withMessage(message));
  });
});
