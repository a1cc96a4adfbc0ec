import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { OPTIMIZER_NAMES } from '../core/optimizers/optimizers.ts';
import {
  ALL_FIELDS,
  DEFAULT_RECIPE,
  type RecipeInput,
  recipeFileSchema,
  recipeSchema,
  textRecipeSchema,
} from './recipe.ts';
import { readRecipe } from './recipe-input.ts';

const COMPLETE = { ...DEFAULT_RECIPE, task: 'classification', cut: 'mixed7', sizePx: 150 } as const;

const { sizePx: _, ...COMMON } = COMPLETE;
const COMPLETE_TEXT = { ...COMMON, maxTokens: 64, long: 'head', ngrams: null } as const;

describe.each([...ALL_FIELDS])(
  'the field "%s"',
  (key, { value, default: given, before, flag, phaseKey, of }) => {
    it('takes its own defaults', () => {
      for (const one of [given, before].filter((each) => each !== undefined)) {
        expect(value.schema.parse(one)).toEqual(one);
      }
    });

    it('reads its short form as it writes it', () => {
      if (given === undefined || (given === null && value.none === undefined)) return;
      if (Array.isArray(given) && given.length === 0) return;
      expect(value.parse(value.format(given))).toEqual(given);
    });

    it('says what may be given, and by which flag', () => {
      expect(value.expected).not.toBe('');
      expect(flag).toMatch(/^--[a-z0-9-]+ <[^<>]+>$/);
      // What a phase may change, it may leave as it is: no phase needs it.
      if (phaseKey !== undefined) expect(recipeFileSchema.parse({ phases: [{}] })).toEqual({ phases: [{}] });
      expect(Object.keys(recipeSchema.parse(COMPLETE)).includes(key)).toBe(of !== 'texts');
      expect(Object.keys(textRecipeSchema.parse(COMPLETE_TEXT)).includes(key)).toBe(of !== 'images');
    });
  },
);

describe('readRecipe', () => {
  it('fills in the defaults, and takes data and short forms alike', () => {
    expect(readRecipe({})).toEqual(DEFAULT_RECIPE);
    const short: RecipeInput = {
      head: 'dense:64',
      preprocessing: 'mean=0.5,std=0.25',
      augmentation: 'flip',
      schedule: 'cosine:warmup=100steps',
      clip: 'norm:1',
      phases: [{ schedule: 'one-cycle' }],
    };
    const data: RecipeInput = {
      head: [{ type: 'dense', units: 64, activation: 'relu' }],
      preprocessing: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      augmentation: { ...readRecipe({ augmentation: 'geometric' }).augmentation!, ...ONLY_FLIPS },
      schedule: { type: 'cosine', warmup: { steps: 100 } },
      clip: { type: 'norm', limit: 1 },
      phases: [{ schedule: { type: 'one-cycle' } }],
    };
    expect(readRecipe(data)).toEqual(readRecipe(short));
    expect(readRecipe(readRecipe(short))).toEqual(readRecipe(short));
    expect(readRecipe({ augmentation: 'none', schedule: 'none', clip: 'none' })).toEqual(DEFAULT_RECIPE);
  });

  it('takes what is left out of a layer or an augmentation as usual, and lengths as a person writes them', () => {
    const file = {
      head: [{ type: 'dense', units: 8 }],
      augmentation: { zoom: 0.2 },
      schedule: { type: 'step', every: 10, warmup: '5%' },
    };
    expect(recipeFileSchema.parse(file)).toMatchObject({
      head: [{ type: 'gap' }, { type: 'dense', units: 8, activation: 'relu' }],
      augmentation: { rotation: 0, zoom: [0.8, 1.2] },
      schedule: { type: 'step', every: { epochs: 10 }, warmup: { fraction: 0.05 } },
    });
  });

  it('takes the former name of a task and of presets', () => {
    const former = { task: 'single-label', head: 'book', augmentation: 'book' } as unknown as RecipeInput;
    const now: RecipeInput = {
      task: 'classification',
      head: 'flatten-dense-1024',
      augmentation: 'geometric',
    };
    expect(readRecipe(former)).toEqual(readRecipe(now));
  });

  it.each<[RecipeInput | object, string]>([
    [
      { head: 'lineal' },
      'head "lineal": expected layers among gap, gmp, flatten, dense, dropout, received "lineal". ' +
        'Write a head as "gap,dense:256:relu,dropout:0.2", "linear" or "flatten-dense-1024". Did you mean "linear"?',
    ],
    [
      { head: [{ type: 'dense', units: 8 }, { type: 'gap' }] },
      'recipe: expected a recipe, received "head": gap, gmp and flatten stand only first. Correct it, or leave it out for the default.',
    ],
    [
      { clip: 'globl:1' },
      'clip: expected value:LIMIT, norm:LIMIT or global:LIMIT, with a limit above 0, received "globl:1". Did you mean "global:1"?',
    ],
    [
      { clip: { type: 'global', limit: 0 } },
      'recipe: expected a recipe, received "clip.limit": Too small: expected number to be >0. Correct it, or leave it out for the default.',
    ],
    [
      { schedule: { type: 'cosine', warmup: { steps: 0.5 } } },
      'schedule "cosine": expected warmup: a whole number of steps, received 0.5. Correct it, or leave it out for the default.',
    ],
    [
      { learningrate: 1 },
      `recipe: expected keys among description, ${[...ALL_FIELDS.keys()].join(', ')}, received "learningrate". Did you mean "learningRate"?`,
    ],
    [
      { phases: [{}, { lr: 1 }] },
      'recipe: expected keys among unfreeze, lora, loraFrom, loraTargets, epochs, batchSize, optimizer, learningRate, schedule, keepEpoch, patience in "phases.1", received "lr". Did you mean "learningRate"?',
    ],
    [
      { phases: [{ epochs: 0 }] },
      'recipe: expected a whole number from 1 to 1,000,000 for "epochs" in phase 2, received 0. Correct it, or leave it out for the default.',
    ],
    [
      { optimizer: 'adamm' },
      `recipe: expected a recipe, received "optimizer": Invalid option: expected one of ${OPTIMIZER_NAMES.map((name) => `"${name}"`).join('|')}. Correct it, or leave it out for the default.`,
    ],
  ])('refuses %j', (recipe, message) => {
    expect(() => readRecipe(recipe as RecipeInput)).toThrow(withMessage(message));
  });
});

const ONLY_FLIPS = { rotation: 0, widthShift: 0, heightShift: 0, shear: 0, zoom: [1, 1] } as const;

it('a recipe of version 0.1 lacks fields, which mean what they did then', () => {
  const old = Object.fromEntries(
    Object.entries(COMPLETE).filter(
      ([key]) => ALL_FIELDS.get(key as keyof typeof COMPLETE)!.before === undefined,
    ),
  );
  expect(Object.keys(old).toSorted()).toEqual(
    'augmentation backbone batchSize cut epochs group head learningRate optimizer patience preprocessing seed sizePx validation weights'.split(
      ' ',
    ),
  );
  expect(recipeSchema.parse(old)).toEqual({
    ...COMPLETE,
    features: 'float32',
    views: null,
    resize: 'squash',
    calibration: 'none',
    unknown: null,
  });
});
