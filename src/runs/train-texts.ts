/** @file A classifier from labeled texts, on any machine: from the network that it opens to the metrics. */

import { SET_NAMES } from '../core/features/sample-sets.ts';
import {
  type LearningRateSearch,
  type LearningRateSearchOptions,
  rateSearchOptions,
} from '../core/fit/lr-find.ts';
import { listAdapters, mergeAdapters } from '../recipe/phase-adapters.ts';
import { checkPhases, listPhases } from '../recipe/phases.ts';
import type { RecipeRequest } from '../recipe/recipe.ts';
import { checkTask, type Task } from '../recipe/task.ts';
import { readTextRecipe } from '../recipe/text-defaults.ts';
import type { TextBackbone } from '../text/encoders/text-backbone.ts';
import { TextModality } from '../text/modality/text-modality.ts';
import type { ClassifierEvents, ClassifierOptions, TrainingOptions } from './classifier-options.ts';
import type { Preflight } from './estimate/estimate-report.ts';
import { estimateFirstPhase, findFirstRate } from './first-phase.ts';
import {
  growTextClassifier,
  type TextClassifierModel,
  type TextExampleSets,
  type TrainedTextClassifier,
} from './grow-text-classifier.ts';
import { phaseTrainer, previewPhase } from './phase-trainer.ts';
import { type PrepareTextsOptions, prepareTexts } from './prepare-texts.ts';
import { trainPhases } from './train-phases.ts';

/** What is said of a training on texts, beside the texts. */
export interface TextTrainingOptions
  extends Omit<ClassifierOptions, 'images' | 'modality' | 'strict' | 'download' | keyof ClassifierEvents>,
    Omit<ClassifierEvents, 'onModel' | 'onDownload'> {
  /** Before the long work; what it throws ends the run. */
  readonly onModel?: ((classifier: TextClassifierModel) => void | Promise<void>) | undefined;
  /** See `TrainingOptions`. */
  readonly explain?: TrainingOptions['explain'];
  /** Texts that are tokenized. */
  readonly onTokens?: ((done: number, total: number) => void) | undefined;
}

/** What a machine gives to it. */
export interface TextMachine {
  /** The network that the recipe names. */
  openBackbone(recipe: RecipeRequest): Promise<TextBackbone>;
  /** Starts a thread that tokenizes. Default: the caller's does it. */
  readonly startThread?: PrepareTextsOptions['startThread'];
}

/** Trains, see `trainTextClassifier`. */
export async function trainTextPhases<T extends Task>(
  texts: TextExampleSets<T>,
  asked: TextTrainingOptions,
  machine: TextMachine,
): Promise<TrainedTextClassifier<T>> {
  const { classifier, options } = await prepare(texts, asked, machine);
  const trained = await resting(classifier, () => trainPhases(classifier, texts, options));
  const network = classifier.backbone.model;
  const adapters = listAdapters(network);
  mergeAdapters(network);
  return { ...classifier, ...trained, adapters, classNames: texts.classNames };
}

/** Only looks ahead, as `estimateTextTraining`. */
export async function estimateTextPhases(
  texts: TextExampleSets,
  asked: TextTrainingOptions,
  machine: TextMachine,
): Promise<TextClassifierModel & { readonly estimate: Preflight }> {
  const { classifier, options } = await prepare(texts, asked, machine);
  const estimate = await resting(classifier, () => estimateFirstPhase(classifier, texts, options));
  return { ...classifier, estimate };
}

/** Tries learning rates, as `findTextClassifierRate`. */
export async function findTextPhaseRate(
  texts: TextExampleSets,
  asked: TextTrainingOptions,
  search: Omit<LearningRateSearchOptions, 'signal'>,
  machine: TextMachine,
): Promise<LearningRateSearch> {
  rateSearchOptions(search);
  const { classifier, options } = await prepare(texts, asked, machine);
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
  { onModel, onTokens, ...asked }: TextTrainingOptions,
  { openBackbone, startThread }: TextMachine,
): Promise<Prepared> {
  const { classNames, task, train } = texts;
  const { runtime, signal, featureStores: stores } = asked;
  const recipe = readTextRecipe({ ...asked.recipe, task }, train.length);
  checkTask(recipe, classNames.length);
  const backbone = await openBackbone(recipe);
  const sets = { train, others: [texts.validation, texts.test ?? []] };
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
