/** @file A classifier from labeled texts: from the network on this machine to the metrics. */

import { SET_NAMES } from '../../core/features/sample-sets.ts';
import {
  type LearningRateSearch,
  type LearningRateSearchOptions,
  rateSearchOptions,
} from '../../core/fit/lr-find.ts';
import { listAdapters, mergeAdapters } from '../../recipe/phase-adapters.ts';
import { checkPhases, listPhases } from '../../recipe/phases.ts';
import { checkTask, type Task } from '../../recipe/task.ts';
import { readTextRecipe } from '../../recipe/text-defaults.ts';
import type { ClassifierEvents, ClassifierOptions, TrainingOptions } from '../../runs/classifier-options.ts';
import type { Preflight } from '../../runs/estimate/estimate-report.ts';
import { estimateFirstPhase, findFirstRate } from '../../runs/first-phase.ts';
import {
  growTextClassifier,
  type TextClassifierModel,
  type TextExampleSets,
  type TrainedTextClassifier,
} from '../../runs/grow-text-classifier.ts';
import { phaseTrainer, previewPhase } from '../../runs/phase-trainer.ts';
import { prepareTexts } from '../../runs/prepare-texts.ts';
import { trainPhases } from '../../runs/train-phases.ts';
import { TextModality } from '../../text/modality/text-modality.ts';
import { loadTextBackbone } from '../text/load-text-backbone.ts';
import { startTokenizingThread } from '../text/tokenizing-thread.ts';

/** What {@link trainTextClassifier} takes beside the texts. */
export interface TextClassifierOptions
  extends Omit<ClassifierOptions, 'images' | 'modality' | 'strict' | keyof ClassifierEvents>,
    Omit<ClassifierEvents, 'onModel'> {
  /** Before the long work; what it throws ends the run. */
  readonly onModel?: ((classifier: TextClassifierModel) => void | Promise<void>) | undefined;
  /** Texts that are tokenized. */
  readonly onTokens?: ((done: number, total: number) => void) | undefined;
}

/**
 * Trains a classifier on texts, or what tells their labels or values, by the texts' task, and keeps the weights of the best epoch.
 * What the recipe does not say is as it suits texts: the network `use_lite`, AdamW with a cosine schedule, as many epochs as
 * the number of texts asks for. Adapters that were trained are merged into the network's kernels, and listed beside it.
 *
 * @throws {GraftError} `argument`, also for what a recipe has for images alone; and as `trainClassifier`.
 */
export async function trainTextClassifier<T extends Task>(
  texts: TextExampleSets<T>,
  asked: TextClassifierOptions,
): Promise<TrainedTextClassifier<T>> {
  const { classifier, options } = await prepare(texts, asked);
  const trained = await resting(classifier, () => trainPhases(classifier, texts, options));
  const network = classifier.backbone.model;
  const adapters = listAdapters(network);
  mergeAdapters(network);
  return { ...classifier, ...trained, adapters, classNames: texts.classNames };
}

/** Only looks ahead, as `estimateTraining`. @throws {GraftError} As {@link trainTextClassifier}. */
export async function estimateTextTraining(
  texts: TextExampleSets,
  asked: TextClassifierOptions,
): Promise<TextClassifierModel & { readonly estimate: Preflight }> {
  const { classifier, options } = await prepare(texts, asked);
  const estimate = await resting(classifier, () => estimateFirstPhase(classifier, texts, options));
  return { ...classifier, estimate };
}

/** Tries learning rates, as `findClassifierRate`. @throws {GraftError} As {@link trainTextClassifier}. */
export async function findTextClassifierRate(
  texts: TextExampleSets,
  asked: TextClassifierOptions,
  search: Omit<LearningRateSearchOptions, 'signal'> = {},
): Promise<LearningRateSearch> {
  rateSearchOptions(search);
  const { classifier, options } = await prepare(texts, asked);
  return resting(classifier, () => findFirstRate(classifier, texts, options, search));
}

/** Whatever comes of it, the thread that tokenizes ends. */
async function resting<T>({ tokens }: TextClassifierModel, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await tokens.rest();
  }
}

interface Prepared {
  readonly classifier: TextClassifierModel;
  readonly options: TrainingOptions;
}

async function prepare(
  texts: TextExampleSets,
  { onModel, onTokens, onDownload, download, ...asked }: TextClassifierOptions,
): Promise<Prepared> {
  const { classNames, task, train } = texts;
  const { runtime, signal, featureStores: stores } = asked;
  const recipe = readTextRecipe({ ...asked.recipe, task }, train.length);
  checkTask(recipe, classNames.length);
  const backbone = await loadTextBackbone(recipe.backbone, {
    pooling: recipe.pooling ?? undefined,
    cut: recipe.cut ?? undefined,
    download: {
      ...download,
      onProgress: onDownload ?? download?.onProgress,
      signal: signal ?? download?.signal,
    },
  });
  const sets = { train, others: [texts.validation, texts.test ?? []] };
  const startThread = startTokenizingThread;
  const prepared = await prepareTexts(backbone, recipe, sets, {
    runtime,
    signal,
    stores,
    startThread,
    onTokens,
    // What they are known by, so that they are hashed once.
    hashes: SET_NAMES.map((name) => texts.known?.hashes.get(name)?.hashes),
  });
  const classifier = growTextClassifier(backbone, recipe, texts, prepared);
  const modality = new TextModality(classifier.tokens, { runtime });
  // n-grams are counted anew in every run: kept, they would take more room than the texts, and be read more slowly than counted.
  const featureStores = classifier.recipe.ngrams === null ? asked.featureStores : undefined;
  const options: TrainingOptions = { ...asked, featureStores, modality: () => modality };
  const phases = listPhases(classifier.recipe);
  checkPhases(classifier.backbone.model, phases);
  for (const phase of phases.toReversed()) {
    previewPhase(classifier, phase);
    await phaseTrainer(classifier, phase, texts, options).dispose();
  }
  await onModel?.(classifier);
  return { classifier, options };
}
