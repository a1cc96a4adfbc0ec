/** @file A classifier from folders of pictures: the whole way from the scan to the figures. */

import { parseAugmentation } from '../data/augmentation-text.ts';
import type { SkippedFile } from '../data/sample.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { ClassificationFigures } from '../evaluation/classification-figures.ts';
import { Functional } from '../layers/functional.ts';
import { losses } from '../losses/losses.ts';
import { type Backbone, type LoadBackboneOptions, loadBackbone } from '../models/load-backbone.ts';
import { MINUS_ONE_TO_ONE, type Preprocessing, ZERO_TO_ONE } from '../models/preprocessing.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import type { DownloadProgress } from '../weights/download/download.ts';
import type { Callback } from './callbacks/callback.ts';
import { earlyStopping } from './callbacks/early-stopping.ts';
import type { FitProgress } from './fit.ts';
import { applyHead, parseHead } from './head-spec.ts';
import type { EpochRecord, History } from './history.ts';
import type { PictureSets } from './picture-sets.ts';
import { PictureTrainer } from './picture-trainer.ts';
import { type Recipe, type RecipeRequest, recipeSchema } from './recipe.ts';

/** What one hears while a classifier is trained. */
export interface ClassifierEvents {
  /** While the backbone's weights are downloaded, which happens only where the recipe asks for it by name. */
  readonly onDownload?: (progress: DownloadProgress) => void;
  /** Before the long work; what it throws ends the run. */
  readonly onModel?: (classifier: ClassifierModel) => void | Promise<void>;
  /** After every batch of pictures through the frozen part; `epoch` is 0 before training. */
  readonly onFeatures?: (done: number, total: number, epoch: number) => void;
  readonly onStep?: (progress: FitProgress) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
}

export interface ClassifierOptions extends ClassifierEvents {
  /** For messages: the folder as the person wrote it. */
  readonly folder: string;
  readonly recipe: RecipeRequest;
  /** Callbacks of one's own, after early stopping. */
  readonly callbacks?: readonly Callback[];
  /** Unreadable pictures are fatal. Default: they are left out and listed. */
  readonly strict?: boolean;
  readonly threads?: number;
  /** Before training: gives up. While training: stops, keeps the best weights and goes on to the figures. */
  readonly signal?: AbortSignal;
}

/** A backbone with a head, ready to be trained. */
export interface ClassifierModel {
  readonly model: Functional;
  readonly backbone: Backbone;
  /** What is done to pixels: the backbone's own, or what the recipe says. */
  readonly preprocessing: Preprocessing;
  /** Complete: with the cut and size that were used. */
  readonly recipe: Recipe;
  readonly parameters: { readonly total: number; readonly trainable: number };
}

export interface TrainedClassifier extends ClassifierModel {
  readonly classes: readonly string[];
  readonly history: History;
  /** The epoch whose weights were kept. */
  readonly bestEpoch: number;
  readonly train: ClassificationFigures;
  readonly validation: ClassificationFigures;
  readonly test: ClassificationFigures | undefined;
  readonly skipped: readonly SkippedFile[];
  readonly seconds: { readonly features: number; readonly training: number };
  /** Pictures through decoding and the frozen part. */
  readonly imagesPerSecond: number;
}

/**
 * Builds a classifier: the backbone, frozen, cut at the recipe's layer, with the recipe's head on the cut.
 *
 * @throws {GraftError} `layer-not-found`, `weights`, `argument`, or `shape`, where the recipe does not fit the backbone.
 */
export async function buildClassifier(
  request: RecipeRequest,
  classes: number,
  download?: LoadBackboneOptions['download'],
): Promise<ClassifierModel> {
  const head = parseHead(request.head);
  const { sizePx, cut, weights } = request;
  const backbone = await loadBackbone(request.backbone, {
    ...(sizePx !== undefined && { inputShape: [sizePx, sizePx, 3] as const }),
    ...(cut !== undefined && { cut }),
    ...(weights !== null && { weights }),
    seed: request.seed,
    ...(download && { download }),
  });
  backbone.model.trainable = false;
  // In the order of the schema: the same recipe makes the same bytes in a model file, however it was written.
  const recipe = recipeSchema.parse({
    ...request,
    cut: backbone.cut,
    sizePx: backbone.model.input.shape[1] ?? 0,
  });
  const features = backbone.model.getLayer(backbone.cut).output;
  const model = new Functional({
    inputs: backbone.model.inputs,
    outputs: applyHead(features, head, classes),
    name: 'classifier',
  });
  model.initialize({ seed: recipe.seed });
  const { total, trainable } = model.countParams();
  const preprocessing = {
    backbone: backbone.preprocessing,
    'zero-to-one': ZERO_TO_ONE,
    'minus-one-to-one': MINUS_ONE_TO_ONE,
  }[recipe.preprocessing];
  return { model, backbone, preprocessing, recipe, parameters: { total, trainable } };
}

/**
 * Trains a classifier on pictures and keeps the weights of the epoch with the least validation loss.
 *
 * @throws {GraftError} `interrupted`, if the signal aborts before the first epoch has ended; `memory`, `dataset`,
 *   `picture`, `not-a-number`, and what {@link buildClassifier} throws.
 */
export async function trainClassifier(
  pictures: PictureSets,
  options: ClassifierOptions,
): Promise<TrainedClassifier> {
  const { classes, train, validation, test } = pictures;
  const { onDownload, signal: stop } = options;
  const classifier = await buildClassifier(options.recipe, classes.length, {
    ...(onDownload && { onProgress: onDownload }),
    ...(stop && { signal: stop }),
  });
  const { recipe, model, preprocessing } = classifier;
  const { folder, strict, threads, signal, onFeatures, onStep } = options;
  const trainer = new PictureTrainer({
    model,
    preprocessing,
    sets: { train, validation, test },
    classes,
    where: `image folder "${folder}"`,
    optimizer: optimizerOf(recipe),
    loss: classes.length === 2 ? losses.binaryCrossentropy() : losses.sparseCategoricalCrossentropy(),
    metrics: ['accuracy'],
    batchSize: recipe.batchSize,
    seed: recipe.seed,
    ...(recipe.augmentation !== null && { augmentation: parseAugmentation(recipe.augmentation) }),
    ...(strict !== undefined && { strict }),
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
    ...(onFeatures && { onFeatures }),
  });
  try {
    await options.onModel?.(classifier);
    await trainer.extract();
    const started = performance.now();
    const before = trainer.throughput.seconds;
    const patience = recipe.patience ?? Number.POSITIVE_INFINITY;
    const best = earlyStopping({ patience, restoreBestWeights: true });
    const listener: Callback = {
      onEpochEnd: (record) => options.onEpoch?.(record),
    };
    const history = await trainer.train({
      epochs: recipe.epochs,
      callbacks: [best, listener, ...(options.callbacks ?? [])],
      ...(onStep && { onStep }),
    });
    if (best.bestEpoch === 0) throw nothingLearnt();
    const inFeatures = trainer.throughput.seconds - before;
    const training = (performance.now() - started) / 1000 - inFeatures;
    const figures = {
      train: await trainer.figures('train'),
      validation: await trainer.figures('validation'),
      test: test && (await trainer.figures('test')),
    };
    const { throughput } = trainer;
    return {
      ...classifier,
      ...figures,
      classes,
      history,
      bestEpoch: best.bestEpoch,
      skipped: [...pictures.skipped, ...trainer.skipped],
      seconds: { features: throughput.seconds, training },
      imagesPerSecond: throughput.pictures / throughput.seconds,
    };
  } finally {
    await trainer.dispose();
  }
}

function optimizerOf(recipe: Recipe): Optimizer {
  const { learningRate } = recipe;
  switch (recipe.optimizer) {
    case 'sgd':
      return optimizers.sgd({ learningRate, momentum: 0.9 });
    case 'rmsprop':
      return optimizers.rmsprop({ learningRate });
    case 'adam':
      return optimizers.adam({ learningRate });
    case 'adamw':
      return optimizers.adamW({ learningRate });
  }
}

function nothingLearnt(): GraftError {
  return new GraftError('interrupted', {
    where: 'training',
    expected: 'to reach the end of an epoch',
    received: 'an interruption',
    advice: 'Stopped before the first epoch ended: nothing was learnt yet.',
  });
}
