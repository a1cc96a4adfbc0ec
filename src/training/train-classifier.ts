/** @file A classifier from folders of pictures: the whole way from the scan to the figures. */

import { requireEveryClass } from '../data/folder-scan.ts';
import type { SkippedFile } from '../data/sample.ts';
import { GraftError } from '../errors/graft-error.ts';
import { type ClassificationFigures, classificationFigures } from '../evaluation/classification-figures.ts';
import { Functional } from '../layers/functional.ts';
import type { Loss } from '../losses/loss.ts';
import { losses } from '../losses/losses.ts';
import { type Backbone, loadBackbone } from '../models/cards.ts';
import { pictureGraph } from '../models/picture-graph.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { createSession } from '../runtime/node-session.ts';
import { createRandom } from '../tensor/random.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { chooseStep } from './choose-step.ts';
import { extractFeatures } from './feature-extraction.ts';
import type { FeatureSet } from './feature-set.ts';
import { type FitProgress, fitWeights, predictAll } from './fit.ts';
import { splitAtFrontier, type TrainedPart } from './frontier.ts';
import { applyHead, parseHead } from './head-spec.ts';
import type { EpochRecord, History } from './history.ts';
import { requireKernelMemory, requireMemory } from './memory.ts';
import type { PictureSets } from './picture-sets.ts';
import type { Recipe, RecipeRequest } from './recipe.ts';
import { probabilitiesOf } from './targets.ts';
import type { TrainingStep } from './training-step.ts';

/** What one hears while a classifier is trained. */
export interface ClassifierEvents {
  /** Before the long work; what it throws ends the run. */
  readonly onModel?: (classifier: ClassifierModel) => void | Promise<void>;
  /** After every batch of pictures through the frozen part. */
  readonly onFeatures?: (done: number, total: number) => void;
  readonly onStep?: (progress: FitProgress) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
}

export interface ClassifierOptions extends ClassifierEvents {
  /** For messages: the folder as the person wrote it. */
  readonly folder: string;
  readonly recipe: RecipeRequest;
  /** Unreadable pictures are fatal. Default: they are left out and listed. */
  readonly strict?: boolean;
  readonly threads?: number;
  /** Before training: gives up. While training: stops, keeps the best weights and goes on to the figures. */
  readonly signal?: AbortSignal;
}

/** A backbone with a head, ready to be trained. */
export interface ClassifierModel {
  readonly model: Functional;
  readonly part: TrainedPart;
  readonly backbone: Backbone;
  /** Complete: with the cut and size that were used. */
  readonly recipe: Recipe;
  readonly parameters: { readonly total: number; readonly trainable: number };
}

export interface TrainedClassifier extends ClassifierModel {
  readonly classes: readonly string[];
  readonly history: History;
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
export async function buildClassifier(request: RecipeRequest, classes: number): Promise<ClassifierModel> {
  const head = parseHead(request.head);
  const { sizePx, cut } = request;
  const backbone = await loadBackbone(request.backbone, {
    ...(sizePx !== undefined && { inputShape: [sizePx, sizePx, 3] as const }),
    ...(cut !== undefined && { cut }),
  });
  backbone.model.trainable = false;
  const recipe = { ...request, cut: backbone.cut, sizePx: backbone.model.input.shape[1] ?? 0 };
  const features = backbone.model.getLayer(backbone.cut).output;
  const model = new Functional({
    inputs: backbone.model.inputs,
    outputs: applyHead(features, head, classes),
    name: 'classifier',
  });
  model.initialize({ seed: recipe.seed });
  const { total, trainable } = model.countParams();
  return { model, part: splitAtFrontier(model), backbone, recipe, parameters: { total, trainable } };
}

/**
 * Trains a classifier on pictures.
 *
 * @throws {GraftError} `interrupted`, if the signal aborts before the first step; `memory`, `dataset`, `picture`,
 *   `not-a-number`, and what {@link buildClassifier} throws.
 */
export async function trainClassifier(
  pictures: PictureSets,
  options: ClassifierOptions,
): Promise<TrainedClassifier> {
  const { classes } = pictures;
  const classifier = await buildClassifier(options.recipe, classes.length);
  const { recipe } = classifier;
  const optimizer = optimizerOf(recipe);
  const width = sizeOf(classifier.part.boundary.shape.slice(1).map((size) => size ?? 1));
  requireMemory({
    pictures: pictures.train.length + pictures.validation.length + (pictures.test?.length ?? 0),
    featureWidth: width,
    trainableWeights: classifier.parameters.trainable,
    slots: optimizer.slots.length,
  });
  requireKernelMemory(classifier.part, optimizer.slots.length, recipe.batchSize);
  await options.onModel?.(classifier);

  const skipped: SkippedFile[] = [...pictures.skipped];
  const featuresStarted = performance.now();
  const sets = await extractAll(pictures, classifier, width, skipped, options);
  const featureSeconds = (performance.now() - featuresStarted) / 1000;
  const where = `image folder "${options.folder}"`;
  requireEveryClass({ where, classes, samples: samplesOf(sets.train), unreadable: skipped });
  if (sets.validation.size === 0) {
    throw new GraftError('dataset', {
      where,
      expected: 'at least 1 readable validation picture',
      received: 'none',
      advice: 'Add pictures, or give another --validation.',
    });
  }

  const loss: Loss =
    classes.length === 2 ? losses.binaryCrossentropy() : losses.sparseCategoricalCrossentropy();
  const random = createRandom(recipe.seed);
  const trainingStarted = performance.now();
  const step = await chooseStep(classifier.part, {
    loss,
    optimizer,
    random: random.fork('dropout'),
    batchSize: recipe.batchSize,
    ...(options.threads !== undefined && { threads: options.threads }),
  });
  try {
    const history = await fitWeights(step, loss, sets.train, sets.validation, {
      epochs: recipe.epochs,
      batchSize: recipe.batchSize,
      learningRate: recipe.learningRate,
      patience: recipe.patience ?? Number.POSITIVE_INFINITY,
      random: random.fork('order'),
      ...(options.signal && { signal: options.signal }),
      ...(options.onStep && { onStep: options.onStep }),
      ...(options.onEpoch && { onEpoch: options.onEpoch }),
    });
    if (history.bestEpoch === 0)
      throw interrupted('Stopped before the first epoch ended: nothing was learnt yet.');
    await keepWeights(step, classifier.part);
    const trainingSeconds = (performance.now() - trainingStarted) / 1000;
    const figures = async (set: FeatureSet): Promise<ClassificationFigures> => {
      const logits = await predictAll(step, set);
      return classificationFigures(probabilitiesOf(logits, logits.length / set.size), set.labels, classes);
    };
    const done = sets.train.size + sets.validation.size + (sets.test?.size ?? 0);
    return {
      ...classifier,
      classes,
      history,
      train: await figures(sets.train),
      validation: await figures(sets.validation),
      test: sets.test && (await figures(sets.test)),
      skipped,
      seconds: { features: featureSeconds, training: trainingSeconds },
      imagesPerSecond: done / featureSeconds,
    };
  } finally {
    await step.dispose();
  }
}

async function extractAll(
  pictures: PictureSets,
  classifier: ClassifierModel,
  width: number,
  skipped: SkippedFile[],
  options: ClassifierOptions,
): Promise<{ train: FeatureSet; validation: FeatureSet; test: FeatureSet | undefined }> {
  const frozen = await createSession(
    pictureGraph(classifier.model, classifier.part.boundary, {
      preprocessing: classifier.backbone.preprocessing,
      output: 'features',
    }),
    options.threads === undefined ? {} : { threads: options.threads },
  );
  const total = pictures.train.length + pictures.validation.length + (pictures.test?.length ?? 0);
  let before = 0;
  const extract = async (samples: PictureSets['train']): Promise<FeatureSet> => {
    const set = await extractFeatures(frozen, samples, {
      sizePx: classifier.recipe.sizePx,
      width,
      classes: pictures.classes.length,
      strict: options.strict ?? false,
      ...(options.signal && { signal: options.signal }),
      onProgress: (done) => options.onFeatures?.(before + done, total),
      onSkip: (file) => skipped.push(file),
    });
    before += samples.length;
    return set;
  };
  try {
    return {
      train: await extract(pictures.train),
      validation: await extract(pictures.validation),
      test: pictures.test && (await extract(pictures.test)),
    };
  } catch (error) {
    if (options.signal?.aborted) throw interrupted('Stopped before training began: nothing was learnt yet.');
    throw error;
  } finally {
    await frozen.dispose();
  }
}

/** Hands the trained weights back to the layers. */
async function keepWeights(step: TrainingStep, part: TrainedPart): Promise<void> {
  const { weights } = await step.readState({ slots: false });
  for (const layer of part.layers) {
    for (const weight of layer.weights) {
      const trained = weights.get(`${layer.name}/${weight.spec.name}`);
      if (trained !== undefined) weight.value = trained;
    }
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

function samplesOf(set: FeatureSet): { file: string; label: number }[] {
  return Array.from(set.labels, (label) => ({ file: '', label }));
}

function interrupted(advice: string): GraftError {
  return new GraftError('interrupted', {
    where: 'training',
    expected: 'to reach its end',
    received: 'an interruption',
    advice,
  });
}
