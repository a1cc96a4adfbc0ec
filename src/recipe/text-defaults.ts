/** @file What a recipe for texts is where nothing is said, and what of a recipe is for images or texts alone. */

import { GraftError } from '../core/errors/graft-error.ts';
import { SOLVER_NAME } from '../core/optimizers/optimizers.ts';
import {
  ALL_FIELDS,
  DEFAULT_RECIPE,
  type RecipeFile,
  type RecipeInput,
  type RecipeRequest,
} from './recipe.ts';
import { readRecipe, readRecipeFile } from './recipe-input.ts';

/** The network for texts that comes with Graft. */
export const DEFAULT_TEXT_BACKBONE = 'use_lite';

/** What is other than for images: features of texts are few and small, so that a linear head takes many steps at a falling rate. */
const TEXT_DEFAULTS: RecipeInput = {
  backbone: DEFAULT_TEXT_BACKBONE,
  optimizer: 'adamw',
  learningRate: 1e-3,
  weightDecay: 0.05,
  schedule: 'cosine',
  patience: null,
};

/** Of a linear head that is solved: it has no steps. */
const SOLVED_DEFAULTS: RecipeInput = { backbone: DEFAULT_TEXT_BACKBONE };

/** Steps of a training whose epochs nobody has said, about. Few texts are seen more often, but soon learned by heart. */
const USUAL_STEPS = 4000;
const MIN_EPOCHS = 30;
const MAX_EPOCHS = 50;

/** Of images alone: what stands there where nothing is said means nothing to texts. */
const IMAGE_FIELDS = ['weights', 'sizePx', 'preprocessing', 'augmentation', 'cutmix', 'precision'] as const;

/**
 * What a program asks for of texts, with defaults for what is not said; `epochs` too, which depend on how many texts there are.
 *
 * @param examples - How many train, where it is known.
 * @throws {GraftError} `argument`, if a value is none of its kind, or for images.
 */
export function readTextRecipe(input: RecipeInput, examples = 0): RecipeRequest {
  const said = readRecipeFile(input);
  refuseFields(said, 'texts');
  const usual = said.optimizer === SOLVER_NAME ? SOLVED_DEFAULTS : TEXT_DEFAULTS;
  const recipe = readRecipe({ ...usual, ...withoutUndefined(said) });
  return said.epochs === undefined && usual !== SOLVED_DEFAULTS
    ? { ...recipe, epochs: usualEpochs(examples, recipe.batchSize) }
    : recipe;
}

/** Refuses what of a recipe is for other examples. @throws {GraftError} `argument`. */
export function refuseFields(said: RecipeFile, of: 'images' | 'texts'): void {
  for (const [key, field] of ALL_FIELDS) {
    const isOther = of === 'images' ? field.of === 'texts' : IMAGE_FIELDS.some((name) => name === key);
    const value = said[key];
    if (!isOther || value === undefined || value === null || value === DEFAULT_RECIPE[key]) continue;
    throw new GraftError('argument', {
      where: `recipe for ${of}`,
      expected: `no "${key}"`,
      received: typeof value === 'object' ? 'one' : String(value),
      advice: `Leave out ${field.flag.split(' ')[0]}: it is for ${of === 'images' ? 'texts' : 'images'}.`,
    });
  }
}

function usualEpochs(examples: number, batchSize: number): number {
  const stepsAnEpoch = Math.max(1, Math.ceil(examples / batchSize));
  return Math.min(MAX_EPOCHS, Math.max(MIN_EPOCHS, Math.round(USUAL_STEPS / stepsAnEpoch)));
}

function withoutUndefined(said: RecipeFile): RecipeInput {
  const { $schema: _, description: __, ...fields } = said;
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
