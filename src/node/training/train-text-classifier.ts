/** @file A classifier from labeled texts: with the networks of this machine, and a thread that tokenizes. */

import type { LearningRateSearch, LearningRateSearchOptions } from '../../core/fit/lr-find.ts';
import type { Task } from '../../recipe/task.ts';
import type { ClassifierOptions } from '../../runs/classifier-options.ts';
import type { Preflight } from '../../runs/estimate/estimate-report.ts';
import type {
  TextClassifierModel,
  TextExampleSets,
  TrainedTextClassifier,
} from '../../runs/grow-text-classifier.ts';
import {
  estimateTextPhases,
  findTextPhaseRate,
  type TextMachine,
  type TextTrainingOptions,
  trainTextPhases,
} from '../../runs/train-texts.ts';
import { loadTextBackbone } from '../text/load-text-backbone.ts';
import { startTokenizingThread } from '../text/tokenizing-thread.ts';

/** What {@link trainTextClassifier} takes beside the texts. */
export interface TextClassifierOptions
  extends TextTrainingOptions,
    Pick<ClassifierOptions, 'download' | 'onDownload'> {}

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
  return trainTextPhases(texts, ...onThisMachine(asked));
}

/** Only looks ahead, as `estimateTraining`. @throws {GraftError} As {@link trainTextClassifier}. */
export async function estimateTextTraining(
  texts: TextExampleSets,
  asked: TextClassifierOptions,
): Promise<TextClassifierModel & { readonly estimate: Preflight }> {
  return estimateTextPhases(texts, ...onThisMachine(asked));
}

/** Tries learning rates, as `findClassifierRate`. @throws {GraftError} As {@link trainTextClassifier}. */
export async function findTextClassifierRate(
  texts: TextExampleSets,
  asked: TextClassifierOptions,
  search: Omit<LearningRateSearchOptions, 'signal'> = {},
): Promise<LearningRateSearch> {
  const [options, machine] = onThisMachine(asked);
  return findTextPhaseRate(texts, options, search, machine);
}

function onThisMachine({
  onDownload,
  download,
  ...options
}: TextClassifierOptions): [TextTrainingOptions, TextMachine] {
  const openBackbone: TextMachine['openBackbone'] = (recipe) =>
    loadTextBackbone(recipe.backbone, {
      pooling: recipe.pooling ?? undefined,
      cut: recipe.cut ?? undefined,
      download: {
        ...download,
        onProgress: onDownload ?? download?.onProgress,
        signal: options.signal ?? download?.signal,
      },
    });
  return [options, { openBackbone, startThread: startTokenizingThread }];
}
