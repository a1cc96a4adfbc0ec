/** @file A recipe: everything that a training run is asked for, as data. */

import { z } from 'zod';
import { OPTIMIZER_NAMES, type RecipeOptimizerName } from '../optimizers/optimizers.ts';
import { shownAddress } from '../weights/download/address.ts';
import { numberIn, RECIPE_NUMBERS } from './recipe-numbers.ts';

export { OPTIMIZER_NAMES };
export const BALANCES = ['none', 'weights', 'sampler'] as const;
export const FEATURE_DTYPES = ['float16', 'float32'] as const;
export const TASKS = ['single-label', 'multi-label', 'regression'] as const;
export const NUMBER_LOSSES = ['mse', 'mae', 'huber'] as const;
export const PRECISIONS = ['float32', 'int8'] as const;

/** What another phase does differently from the one before it. */
export type PhaseChange = {
  readonly [K in
    | 'unfreeze'
    | 'optimizer'
    | 'learningRate'
    | 'schedule'
    | 'batchSize'
    | 'epochs'
    | 'patience']?: Recipe[K] | undefined;
};

export interface Recipe {
  /** Id of a pretrained config, or the path of a weights file. */
  readonly backbone: string;
  /** `imagenet`, `random`, or a file or address; null takes the pretrained config's own, or those of the backbone's file. */
  readonly weights: string | null;
  /** Layer whose output the head grows from. */
  readonly cut: string;
  /** The backbone's layer that training begins at: it and all after it are trained. Null trains the head alone. */
  readonly unfreeze: string | null;
  /** Side of the square image that the network sees, in pixels. */
  readonly sizePx: number;
  /** How pixels are scaled: `backbone` for as it was trained, or see `parsePreprocessing`. */
  readonly preprocessing: string;
  /** What is learned of an image: one class, any number of labels, or numbers. */
  readonly task: (typeof TASKS)[number];
  /** See `parseHead`. */
  readonly head: string;
  /** What numbers are learned by; null takes the mean squared error, and is all that classes and labels have. */
  readonly loss: (typeof NUMBER_LOSSES)[number] | null;
  readonly optimizer: RecipeOptimizerName;
  readonly learningRate: number;
  /** How the rate changes, see `parseSchedule`; null keeps it. */
  readonly schedule: string | null;
  /** What limits a gradient: `value:LIMIT`, `norm:LIMIT` (of each weight) or `global:LIMIT` (of all). */
  readonly clip: string | null;
  /** Fraction of the weights that goes at every update; null takes the optimizer's own. Biases are spared. */
  readonly weightDecay: number | null;
  /** What stays of the weights' moving average at every step; null keeps none. The average is what is used. */
  readonly ema: number | null;
  /** Batches whose gradients make one update. */
  readonly accumulate: number;
  /** The rate of a layer is this times that of the next; null gives all the same. */
  readonly layerDecay: number | null;
  /** In [0, 1). */
  readonly labelSmoothing: number;
  /** How classes of unequal size are made equal: by weights in the loss, or by how often images are drawn. */
  readonly balance: (typeof BALANCES)[number];
  /** Alpha of MixUp on the features; null mixes nothing. */
  readonly mixup: number | null;
  /** Alpha of CutMix on the feature maps; null puts nothing into them. With MixUp, each batch gets one of the two. */
  readonly cutmix: number | null;
  /** Metrics beside loss and accuracy, by Keras' names. */
  readonly metrics: readonly string[];
  /** Metric by which the best epoch is chosen: `val_loss`, `val_accuracy`, ... */
  readonly monitor: string;
  readonly batchSize: number;
  /** At most so many. */
  readonly epochs: number;
  /** Epochs without a better validation loss before training stops; null never stops. */
  readonly patience: number | null;
  /** See `parseAugmentation`; null changes no image. */
  readonly augmentation: string | null;
  /** Epochs until an image's random views come again; null draws new ones in every epoch. */
  readonly views: number | null;
  /** How the frozen part computes. */
  readonly precision: (typeof PRECISIONS)[number];
  /** What the frozen part's results are kept as. */
  readonly features: (typeof FEATURE_DTYPES)[number];
  /** A folder, or the fraction kept for validation; null takes the data's validation folder, else a fifth. */
  readonly validation: number | string | null;
  /** Regular expression on file names: images of one group stay on one side of the split. */
  readonly group: string | null;
  readonly seed: number;
  /** Phases after the first, each from the best weights so far. */
  readonly phases: readonly PhaseChange[];
}

/** A recipe whose cut and size may be left to the backbone's pretrained config, and its task to the images. */
export type RecipeRequest = Omit<Recipe, Open> & Partial<Pick<Recipe, Open>>;
type Open = 'cut' | 'sizePx' | 'task';

const phaseFields = {
  unfreeze: z.string().nullable(),
  optimizer: z.enum(OPTIMIZER_NAMES),
  learningRate: numberIn(RECIPE_NUMBERS.learningRate),
  schedule: z.string().nullable(),
  batchSize: numberIn(RECIPE_NUMBERS.batchSize),
  epochs: numberIn(RECIPE_NUMBERS.epochs),
  patience: numberIn(RECIPE_NUMBERS.patience).nullable(),
};

/** Schema of a further phase. */
export const phaseSchema: z.ZodType<PhaseChange> = z.strictObject(phaseFields).partial() as never;

const fields = {
  backbone: z.string(),
  weights: z.string().nullable(),
  cut: z.string(),
  unfreeze: phaseFields.unfreeze,
  sizePx: numberIn(RECIPE_NUMBERS.sizePx),
  preprocessing: z.string(),
  task: z.enum(TASKS),
  head: z.string(),
  loss: z.enum(NUMBER_LOSSES).nullable(),
  optimizer: phaseFields.optimizer,
  learningRate: phaseFields.learningRate,
  schedule: phaseFields.schedule,
  clip: z.string().nullable(),
  weightDecay: numberIn(RECIPE_NUMBERS.weightDecay).nullable(),
  ema: numberIn(RECIPE_NUMBERS.ema).nullable(),
  accumulate: numberIn(RECIPE_NUMBERS.accumulate),
  layerDecay: numberIn(RECIPE_NUMBERS.layerDecay).nullable(),
  labelSmoothing: numberIn(RECIPE_NUMBERS.labelSmoothing),
  balance: z.enum(BALANCES),
  mixup: numberIn(RECIPE_NUMBERS.mixup).nullable(),
  cutmix: numberIn(RECIPE_NUMBERS.cutmix).nullable(),
  metrics: z.array(z.string()),
  monitor: z.string(),
  batchSize: phaseFields.batchSize,
  epochs: phaseFields.epochs,
  patience: phaseFields.patience,
  augmentation: z.string().nullable(),
  views: numberIn(RECIPE_NUMBERS.views).nullable(),
  precision: z.enum(PRECISIONS),
  features: z.enum(FEATURE_DTYPES),
  validation: z.union([numberIn(RECIPE_NUMBERS.validation), z.string()]).nullable(),
  group: z.string().nullable(),
  seed: numberIn(RECIPE_NUMBERS.seed),
  phases: z.array(phaseSchema),
};

/** A recipe as files may keep it: without the passwords and signatures of addresses. */
export function shownRecipe<R extends Pick<Recipe, 'backbone' | 'weights'>>(recipe: R): R {
  const { backbone, weights } = recipe;
  return {
    ...recipe,
    backbone: shownAddress(backbone),
    weights: weights === null ? null : shownAddress(weights),
  };
}

/** Schema of a run's recipe, complete, as it stands in `recipe.json` and inside a model file. */
export const recipeSchema: z.ZodType<Recipe> = z.strictObject({
  ...fields,
  // Models of version 0.1 do not say these.
  unfreeze: fields.unfreeze.default(null),
  task: fields.task.default('single-label'),
  loss: fields.loss.default(null),
  schedule: fields.schedule.default(null),
  clip: fields.clip.default(null),
  weightDecay: fields.weightDecay.default(null),
  ema: fields.ema.default(null),
  accumulate: fields.accumulate.default(1),
  layerDecay: fields.layerDecay.default(null),
  labelSmoothing: fields.labelSmoothing.default(0),
  balance: fields.balance.default('none'),
  mixup: fields.mixup.default(null),
  cutmix: fields.cutmix.default(null),
  metrics: fields.metrics.default([]),
  monitor: fields.monitor.default('val_loss'),
  phases: fields.phases.default([]),
  views: fields.views.default(null),
  precision: fields.precision.default('float32'),
  features: fields.features.default('float32'),
}) as never;

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
  unfreeze: null,
  preprocessing: 'backbone',
  head: 'linear',
  loss: null,
  optimizer: 'adam',
  learningRate: 2e-3,
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
