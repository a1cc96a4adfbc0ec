/** @file A classifier from folders of images: the whole way from the scan to the metrics. */

import {
  type LearningRateSearch,
  type LearningRateSearchOptions,
  rateSearchOptions,
} from '../../core/fit/lr-find.ts';
import { learningRateRange } from '../../recipe/learning-rate-range.ts';
import { listPhases } from '../../recipe/phases.ts';
import type { RecipeInput } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import { checkTask, type Task } from '../../recipe/task.ts';
import type { ClassifierModel, ClassifierOptions, TrainingOptions } from '../../runs/classifier-options.ts';
import { estimate } from '../../runs/estimate/estimate.ts';
import type { Preflight } from '../../runs/estimate/estimate-report.ts';
import {
  checkTraining,
  growClassifier,
  requireSquare,
  type TrainedClassifier,
} from '../../runs/grow-classifier.ts';
import { batchOptionsOf, phaseTrainer } from '../../runs/phase-trainer.ts';
import { trainPhases } from '../../runs/train-phases.ts';
import { resolvePreprocessing } from '../../vision/preprocessing/preprocessing-choice.ts';
import { type LoadBackboneOptions, loadBackbone } from '../backbones/load-backbone.ts';
import { imageFiles } from '../images/image-files.ts';
import type { ImageSets } from './image-sets.ts';

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
    inputShape: sizePx === undefined ? undefined : ([sizePx, sizePx, 3] as const),
    cut,
    ...(weights !== null && { weights }),
    seed: request.seed,
    upToCut: true,
    preprocessing,
    ...(download && { download }),
  });
  requireSquare(backbone);
  return growClassifier(backbone, request, classes);
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
  asked: ClassifierOptions,
): Promise<TrainedClassifier<T>> {
  const options = onThisMachine(asked);
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
  asked: ClassifierOptions,
): Promise<ClassifierModel & { readonly estimate: Preflight }> {
  const options = onThisMachine(asked);
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
  asked: ClassifierOptions,
  search: Omit<LearningRateSearchOptions, 'signal'> = {},
): Promise<LearningRateSearch> {
  const options = onThisMachine(asked);
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

function onThisMachine(options: ClassifierOptions): TrainingOptions {
  return { ...options, images: options.images ?? imageFiles };
}

async function prepare(images: ImageSets<Task>, options: TrainingOptions): Promise<ClassifierModel> {
  const { download, onDownload, onModel, signal } = options;
  const recipe = readRecipe({ ...options.recipe, task: images.task });
  checkTask(recipe, images.classes.length);
  const classifier = await buildClassifier(recipe, images.classes.length, {
    ...download,
    ...(onDownload && { onProgress: onDownload }),
    ...(signal && { signal }),
  });
  await checkTraining(classifier, images, options);
  await onModel?.(classifier);
  return classifier;
}
