/** @file A classifier from folders of images: the whole way from the scan to the metrics. */

import { GraftError } from '../errors/graft-error.ts';
import { requireImageMemory } from '../features/image-memory.ts';
import {
  type LearningRateSearch,
  type LearningRateSearchOptions,
  rateSearchOptions,
} from '../fit/lr-find.ts';
import { Functional } from '../layers/functional.ts';
import { type Backbone, type LoadBackboneOptions, loadBackbone } from '../models/load-backbone.ts';
import { resolvePreprocessing } from '../models/preprocessing-choice.ts';
import { applyHead } from '../recipe/head-spec.ts';
import { learningRateRange } from '../recipe/learning-rate-range.ts';
import { checkPhases, freezeUpTo, listPhases } from '../recipe/phases.ts';
import { type RecipeInput, recipeSchema, shownRecipe } from '../recipe/recipe.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import { checkTask, type DefaultTask, type Task } from '../recipe/task.ts';
import type { ClassifierModel, ClassifierOptions } from './classifier-options.ts';
import { estimate } from './estimate/estimate.ts';
import type { Preflight } from './estimate/estimate-report.ts';
import type { ImageSets } from './image-sets.ts';
import { batchOptionsOf, phaseTrainer } from './phase-trainer.ts';
import { type TrainedPhases, trainPhases } from './train-phases.ts';

/** A classifier with what its training came to. */
export type TrainedClassifier<T extends Task = DefaultTask> = ClassifierModel &
  TrainedPhases<T> & {
    /** Names of classes, labels or numbers. */
    readonly classes: readonly string[];
  };

/**
 * Builds a classifier: the backbone, frozen, cut at the recipe's layer, with the recipe's head on the cut.
 *
 * @throws {GraftError} `layer-not-found`, `weights`, `argument`, or `shape`, where the recipe does not fit the backbone.
 */
export async function buildClassifier(
  input: RecipeInput,
  classes: number,
  download?: LoadBackboneOptions['download'],
): Promise<ClassifierModel> {
  // Before the backbone is loaded, which takes longer than to see a mistake.
  const request = readRecipe(input);
  const preprocessing = resolvePreprocessing(request.preprocessing);
  const { sizePx, cut, weights } = request;
  const backbone = await loadBackbone(request.backbone, {
    ...(sizePx !== undefined && { inputShape: [sizePx, sizePx, 3] as const }),
    ...(cut !== undefined && { cut }),
    ...(weights !== null && { weights }),
    seed: request.seed,
    upToCut: true,
    ...(preprocessing !== undefined && { preprocessing }),
    ...(download && { download }),
  });
  requireSquare(backbone);
  return growClassifier(backbone, request, classes);
}

/** A file may say any size; a recipe has one side alone. */
function requireSquare({ model, pretrainedConfig }: Backbone): void {
  const [, height, width] = model.input.shape;
  if (height === width) return;
  throw new GraftError('argument', {
    where: `backbone "${pretrainedConfig.id}"`,
    expected: 'a network for square images',
    received: `a file that was built for ${height} x ${width} px`,
    advice: 'Give the size to train at: --size (sizePx).',
  });
}

/**
 * Puts a recipe's head on a backbone that is there already, at the backbone's own cut. Several classifiers may grow from
 * one backbone: they share its layers and weights.
 *
 * @throws {GraftError} As {@link buildClassifier}.
 */
export function growClassifier(backbone: Backbone, input: RecipeInput, classes: number): ClassifierModel {
  // In the order of the schema: the same recipe makes the same bytes in a model file, however it was written.
  const recipe = recipeSchema.parse({
    ...shownRecipe(readRecipe(input)),
    cut: backbone.cut,
    sizePx: backbone.model.input.shape[1] ?? 0,
  });
  freezeUpTo(backbone.model, recipe.unfreeze);
  const features = backbone.model.getLayer(backbone.cut).output;
  // Layers are named, and so their first weights drawn, as if this head were the only one.
  const giveNamesBack = features.scope.mark();
  const model = new Functional({
    inputs: backbone.model.inputs,
    outputs: applyHead(features, recipe.head, classes, recipe.task),
    name: 'classifier',
  });
  giveNamesBack();
  requireImageMemory({ model, pretrainedConfig: backbone.pretrainedConfig });
  model.initialize({ seed: recipe.seed });
  const { total, trainable } = model.countParams();
  const preprocessing = resolvePreprocessing(recipe.preprocessing) ?? backbone.preprocessing;
  return { model, backbone, preprocessing, recipe, parameters: { total, trainable } };
}

/**
 * Trains a classifier on images, or what tells their labels or numbers, by the images' task, and keeps the weights
 * of the best epoch: by default that of the least validation loss.
 *
 * @throws {GraftError} `interrupted`, if the signal aborts before the first epoch has ended; `memory`, `dataset`,
 *   `image`, `not-a-number`, `checkpoint`, and what {@link buildClassifier} throws.
 */
export async function trainClassifier<T extends Task>(
  images: ImageSets<T>,
  options: ClassifierOptions,
): Promise<TrainedClassifier<T>> {
  const classifier = await prepare(images, options);
  const trained = await trainPhases(classifier, images, options);
  return { ...classifier, ...trained, classes: images.classes };
}

/**
 * Only looks ahead: what {@link trainClassifier} would need. Nothing is trained or kept.
 *
 * @throws {GraftError} As {@link trainClassifier}, as far as a mistake shows before the work.
 */
export async function estimateTraining(
  images: ImageSets<Task>,
  options: ClassifierOptions,
): Promise<ClassifierModel & { readonly estimate: Preflight }> {
  const classifier = await prepare(images, options);
  const trainer = phaseTrainer(classifier, listPhases(classifier.recipe)[0]!, images, options);
  try {
    return { ...classifier, estimate: await estimate(classifier, images, options, trainer) };
  } finally {
    await trainer.dispose();
  }
}

/**
 * Tries learning rates for the first phase of a recipe, on the batches that {@link trainClassifier} would begin with.
 *
 * @throws {GraftError} As {@link trainClassifier} and `findLearningRate`.
 */
export async function findClassifierRate(
  images: ImageSets<Task>,
  options: ClassifierOptions,
  search: Omit<LearningRateSearchOptions, 'signal'> = {},
): Promise<LearningRateSearch> {
  // Before the features, which take longer than to see a mistake.
  rateSearchOptions(search);
  const classifier = await prepare(images, options);
  const phase = listPhases(classifier.recipe)[0]!;
  const trainer = phaseTrainer(classifier, phase, images, options);
  try {
    await trainer.extract();
    const range = learningRateRange(phase);
    return await trainer.findRate(batchOptionsOf(trainer, phase), { range, ...search });
  } finally {
    await trainer.dispose();
  }
}

async function prepare(images: ImageSets<Task>, options: ClassifierOptions): Promise<ClassifierModel> {
  const { download, onDownload, onModel, signal } = options;
  const recipe = readRecipe({ ...options.recipe, task: images.task });
  checkTask(recipe, images.classes.length);
  const classifier = await buildClassifier(recipe, images.classes.length, {
    ...download,
    ...(onDownload && { onProgress: onDownload }),
    ...(signal && { signal }),
  });
  // Before the long work: a mistake in a later phase, or one too large for the memory, must not wait for its turn.
  const phases = listPhases(classifier.recipe);
  checkPhases(classifier.backbone.model, phases);
  for (const phase of phases) await phaseTrainer(classifier, phase, images, options).dispose();
  await onModel?.(classifier);
  return classifier;
}
