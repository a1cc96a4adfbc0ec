/** @file A classifier from folders of images: the whole way from the scan to the metrics. */

import {
  type LearningRateSearch,
  type LearningRateSearchOptions,
  rateSearchOptions,
} from '../../core/fit/lr-find.ts';
import type { RecipeInput } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import { checkTask, type Task } from '../../recipe/task.ts';
import type { ClassifierModel, ClassifierOptions, TrainingOptions } from '../../runs/classifier-options.ts';
import type { Preflight } from '../../runs/estimate/estimate-report.ts';
import type { ExampleSets } from '../../runs/example-sets.ts';
import { estimateFirstPhase, findFirstRate } from '../../runs/first-phase.ts';
import {
  checkTraining,
  growClassifier,
  requireSquare,
  type TrainedClassifier,
} from '../../runs/grow-classifier.ts';
import { trainPhases } from '../../runs/train-phases.ts';
import { resolvePreprocessing } from '../../vision/preprocessing/preprocessing-choice.ts';
import type { LoadBackboneOptions } from '../backbones/load-backbone.ts';
import { imageFiles } from '../images/image-files.ts';

/**
 * Builds a classifier: the backbone, frozen, cut at the recipe's layer, with the recipe's head on the cut.
 *
 * @throws {GraftError} `layer-not-found`, `weights`, `argument`, or `shape`, where the recipe does not fit the backbone.
 */
export async function buildClassifier(
  input: RecipeInput,
  numClasses: number,
  download?: LoadBackboneOptions['download'],
): Promise<ClassifierModel> {
  // Before the backbone is loaded, which takes longer than to see a mistake.
  const request = readRecipe(input);
  const preprocessing = resolvePreprocessing(request.preprocessing);
  const { sizePx, cut, weights } = request;
  // What reads weights of all formats is a sixth of the program, and texts need none of it.
  const { loadBackbone } = await import('../backbones/load-backbone.ts');
  const backbone = await loadBackbone(request.backbone, {
    inputShape: sizePx === undefined ? undefined : ([sizePx, sizePx, 3] as const),
    cut,
    weights: weights ?? undefined,
    seed: request.seed,
    upToCut: true,
    preprocessing,
    download,
  });
  requireSquare(backbone);
  return growClassifier(backbone, request, numClasses);
}

/**
 * Trains a classifier on images, or what tells their labels or values, by the images' task, and keeps the weights
 * of the best epoch: by default that of the least validation loss.
 *
 * @throws {GraftError} `interrupted`, if the signal aborts before the first epoch has ended; `memory`, `dataset`,
 *   `image`, `not-a-number`, `checkpoint`, and what {@link buildClassifier} throws.
 */
export async function trainClassifier<T extends Task>(
  images: ExampleSets<T>,
  asked: ClassifierOptions,
): Promise<TrainedClassifier<T>> {
  const options = onThisMachine(asked);
  const classifier = await prepare(images, options);
  const trained = await trainPhases(classifier, images, options);
  return { ...classifier, ...trained, classNames: images.classNames };
}

/**
 * Only looks ahead: what {@link trainClassifier} would need. Nothing is trained or kept.
 *
 * @throws {GraftError} As {@link trainClassifier}, as far as a mistake shows before the work.
 */
export async function estimateTraining(
  images: ExampleSets<Task>,
  asked: ClassifierOptions,
): Promise<ClassifierModel & { readonly estimate: Preflight }> {
  const options = onThisMachine(asked);
  const classifier = await prepare(images, options);
  return { ...classifier, estimate: await estimateFirstPhase(classifier, images, options) };
}

/**
 * Tries learning rates for the first phase of a recipe, on the batches that {@link trainClassifier} would begin with.
 *
 * @throws {GraftError} As {@link trainClassifier} and `findLearningRate`.
 */
export async function findClassifierRate(
  images: ExampleSets<Task>,
  asked: ClassifierOptions,
  search: Omit<LearningRateSearchOptions, 'signal'> = {},
): Promise<LearningRateSearch> {
  const options = onThisMachine(asked);
  // Before the features, which take longer than to see a mistake.
  rateSearchOptions(search);
  const classifier = await prepare(images, options);
  return findFirstRate(classifier, images, options, search);
}

function onThisMachine(options: ClassifierOptions): TrainingOptions {
  return { ...options, images: options.images ?? imageFiles };
}

async function prepare(images: ExampleSets<Task>, options: TrainingOptions): Promise<ClassifierModel> {
  const { download, onDownload, onModel, signal } = options;
  const { task, classNames } = images;
  const recipe = readRecipe({ ...options.recipe, task });
  checkTask(recipe, classNames.length);
  const classifier = await buildClassifier(recipe, classNames.length, {
    ...download,
    onProgress: onDownload ?? download?.onProgress,
    signal: signal ?? download?.signal,
  });
  await checkTraining(classifier, images, options);
  await onModel?.(classifier);
  return classifier;
}
