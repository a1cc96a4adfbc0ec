/** @file What a recipe for texts is where nothing is said, and what of a recipe is for images or texts alone. */

import { GraftError } from '../core/errors/graft-error.ts';
import { SOLVER_NAME } from '../core/optimizers/optimizers.ts';
import { hasAdapters, requireFittingAdapters } from './phase-adapters.ts';
import { listPhases } from './phases.ts';
import {
  ALL_FIELDS,
  DEFAULT_RECIPE,
  type PhaseChange,
  type RecipeFile,
  type RecipeInput,
  type RecipeRequest,
} from './recipe.ts';
import { readRecipe, readRecipeFile } from './recipe-input.ts';
import type { PhaseField } from './recipe-phases.ts';

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

/** How often texts are seen where nobody has said it: about so many steps. */
interface UsualEpochs {
  readonly steps: number;
  readonly least: number;
  readonly most: number;
}

/** Few texts are seen more often, but soon learned by heart. */
const HEAD_EPOCHS: UsualEpochs = { steps: 4000, least: 30, most: 50 };
/** The whole network learns by heart much sooner. */
const ADAPTER_EPOCHS: UsualEpochs = { steps: 250, least: 3, most: 20 };

/** So few epochs at a falling rate end well, and the loss of a few hundred validation texts may rise while the accuracy still grows. */
const ADAPTER_DEFAULTS = { keepEpoch: 'last' } as const;

/** Of images alone: what stands there where nothing is said means nothing to texts. */
export const IMAGE_FIELDS = [
  'weights',
  'sizePx',
  'resize',
  'preprocessing',
  'augmentation',
  'cutmix',
  'precision',
] as const;

/**
 * What a program asks for of texts, with defaults for what is not said; `epochs` too, which depend on how many texts there are.
 *
 * @param examples - How many train, where it is known.
 * @throws {GraftError} `argument`, if a value is none of its kind, or for images.
 */
export function readTextRecipe(input: RecipeInput, examples = 0): RecipeRequest {
  const said = readRecipeFile(input);
  refuseFields(said, 'texts');
  const defaults = said.optimizer === SOLVER_NAME ? SOLVED_DEFAULTS : TEXT_DEFAULTS;
  const recipe = readRecipe({ ...defaults, ...withoutUndefined(said) });
  listPhases(recipe).forEach((phase, index) => {
    requireFittingAdapters(index === 0 ? 'recipe' : `phase ${index + 1}`, phase);
  });
  if (said.epochs !== undefined || defaults === SOLVED_DEFAULTS) return recipe;
  const isAdapted = hasAdapters(recipe);
  const epochs = usualEpochs(isAdapted ? ADAPTER_EPOCHS : HEAD_EPOCHS, examples, recipe.batchSize);
  return { ...recipe, epochs, ...(isAdapted && leavesTheEpochOpen(said) ? ADAPTER_DEFAULTS : {}) };
}

/** Whoever says by what epochs are judged means the best of them. */
function leavesTheEpochOpen({ keepEpoch, monitor, patience = null }: RecipeFile): boolean {
  return keepEpoch === undefined && monitor === undefined && patience === null;
}

/** Refuses what of a recipe is for other examples. @throws {GraftError} `argument`. */
export function refuseFields(said: RecipeFile, of: 'images' | 'texts'): void {
  const changes = Object.assign({}, ...(said.phases ?? [])) as PhaseChange;
  for (const [key, field] of ALL_FIELDS) {
    const isOther = of === 'images' ? field.of === 'texts' : IMAGE_FIELDS.some((name) => name === key);
    const value = said[key] ?? changes[key as PhaseField];
    if (!isOther || value === undefined || value === null || value === DEFAULT_RECIPE[key]) continue;
    throw new GraftError('argument', {
      where: `recipe for ${of}`,
      expected: `no "${key}"`,
      received: typeof value === 'object' ? 'one' : String(value),
      advice: `Leave out ${field.flag.split(' ')[0]}: it is for ${of === 'images' ? 'texts' : 'images'}.`,
    });
  }
}

function usualEpochs({ steps, least, most }: UsualEpochs, examples: number, batchSize: number): number {
  const stepsAnEpoch = Math.max(1, Math.ceil(examples / batchSize));
  return Math.min(most, Math.max(least, Math.round(steps / stepsAnEpoch)));
}

function withoutUndefined(said: RecipeFile): RecipeInput {
  const { $schema: _, description: __, ...fields } = said;
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
