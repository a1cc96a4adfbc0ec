/** @file A recipe: everything that a training run was asked for, as data. */

import { z } from 'zod';

export const OPTIMIZER_NAMES = ['sgd', 'rmsprop', 'adam', 'adamw'] as const;

/** Schema of `recipe.json` and of the recipe inside a model file. */
export const recipeSchema: z.ZodType<Recipe> = z.strictObject({
  backbone: z.string(),
  cut: z.string(),
  head: z.string(),
  sizePx: z.int().positive(),
  optimizer: z.enum(OPTIMIZER_NAMES),
  learningRate: z.number().positive(),
  batchSize: z.int().positive(),
  epochs: z.int().positive(),
  patience: z.int().positive().nullable(),
  validation: z.union([z.number().gt(0).lt(1), z.string()]).nullable(),
  group: z.string().nullable(),
  seed: z.int(),
});

export interface Recipe {
  /** Id of a pretrained card, or the path of a weights file. */
  readonly backbone: string;
  /** Layer whose output the head grows from. */
  readonly cut: string;
  /** See `parseHead`. */
  readonly head: string;
  /** Side of the square picture that the network sees, in pixels. */
  readonly sizePx: number;
  readonly optimizer: (typeof OPTIMIZER_NAMES)[number];
  readonly learningRate: number;
  readonly batchSize: number;
  /** At most so many. */
  readonly epochs: number;
  /** Epochs without a better validation loss before training stops; null never stops. */
  readonly patience: number | null;
  /** A folder, or the share kept for validation; null takes the data's validation folder, else a fifth. */
  readonly validation: number | string | null;
  /** Regular expression on file names: pictures of one group stay on one side of the split. */
  readonly group: string | null;
  readonly seed: number;
}

/** A recipe whose cut and size may be left to the backbone's card. */
export type RecipeRequest = Omit<Recipe, 'cut' | 'sizePx'> & Partial<Pick<Recipe, 'cut' | 'sizePx'>>;

/** What is used where nothing is said. */
export const DEFAULT_RECIPE: RecipeRequest = {
  backbone: 'mobilenet_v2_openimages',
  head: 'linear',
  optimizer: 'adam',
  learningRate: 2e-3,
  batchSize: 32,
  epochs: 100,
  patience: 10,
  validation: null,
  group: null,
  seed: 1,
};
