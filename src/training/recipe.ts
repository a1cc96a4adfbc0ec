/** @file A recipe: everything that a training run is asked for, as data. */

import { z } from 'zod';

export const OPTIMIZER_NAMES = ['sgd', 'rmsprop', 'adam', 'adamw'] as const;
export const PREPROCESSING_NAMES = ['backbone', 'zero-to-one', 'minus-one-to-one'] as const;

export interface Recipe {
  /** Id of a pretrained card, or the path of a weights file. */
  readonly backbone: string;
  /** `imagenet`, `random`, or a file or address; null takes the card's own, or those of the backbone's file. */
  readonly weights: string | null;
  /** Layer whose output the head grows from. */
  readonly cut: string;
  /** Side of the square picture that the network sees, in pixels. */
  readonly sizePx: number;
  /** How pixels are scaled: as the backbone was trained, or to [0, 1] or [-1, 1]. */
  readonly preprocessing: (typeof PREPROCESSING_NAMES)[number];
  /** See `parseHead`. */
  readonly head: string;
  readonly optimizer: (typeof OPTIMIZER_NAMES)[number];
  readonly learningRate: number;
  readonly batchSize: number;
  /** At most so many. */
  readonly epochs: number;
  /** Epochs without a better validation loss before training stops; null never stops. */
  readonly patience: number | null;
  /** See `parseAugmentation`; null changes no picture. */
  readonly augmentation: string | null;
  /** A folder, or the share kept for validation; null takes the data's validation folder, else a fifth. */
  readonly validation: number | string | null;
  /** Regular expression on file names: pictures of one group stay on one side of the split. */
  readonly group: string | null;
  readonly seed: number;
}

/** A recipe whose cut and size may be left to the backbone's card. */
export type RecipeRequest = Omit<Recipe, 'cut' | 'sizePx'> & Partial<Pick<Recipe, 'cut' | 'sizePx'>>;

const fields = {
  backbone: z.string(),
  weights: z.string().nullable(),
  cut: z.string(),
  sizePx: z.int().positive(),
  preprocessing: z.enum(PREPROCESSING_NAMES),
  head: z.string(),
  optimizer: z.enum(OPTIMIZER_NAMES),
  learningRate: z.number().positive(),
  batchSize: z.int().positive(),
  epochs: z.int().positive(),
  patience: z.int().positive().nullable(),
  augmentation: z.string().nullable(),
  validation: z.union([z.number().gt(0).lt(1), z.string()]).nullable(),
  group: z.string().nullable(),
  seed: z.int(),
};

/** Schema of a run's recipe, complete, as it stands in `recipe.json` and inside a model file. */
export const recipeSchema: z.ZodType<Recipe> = z.strictObject(fields);

/** Schema of a recipe file that a person writes: what is missing is taken from the defaults. */
export const recipeFileSchema: z.ZodType<{ readonly description?: string | undefined } & Partial<Recipe>> = z
  .strictObject({ description: z.string(), ...fields })
  .partial() as never;

/** Names of what a recipe file may say. */
export const RECIPE_KEYS: readonly string[] = ['description', ...Object.keys(fields)];

/** What is used where nothing is said. */
export const DEFAULT_RECIPE: RecipeRequest = {
  backbone: 'mobilenet_v2_openimages',
  weights: null,
  preprocessing: 'backbone',
  head: 'linear',
  optimizer: 'adam',
  learningRate: 2e-3,
  batchSize: 32,
  epochs: 100,
  patience: 10,
  augmentation: null,
  validation: null,
  group: null,
  seed: 1,
};
