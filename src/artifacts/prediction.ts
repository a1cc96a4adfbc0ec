/** @file What a model file says of one example, and how sure it is. */

import { GraftError } from '../core/errors/graft-error.ts';
import { conformalThreshold, predictionSet } from '../core/evaluation/conformal.ts';
import { indexOfLargest } from '../core/tensor/probabilities.ts';
import { hasClasses, type Prediction, type Task, taskNamed } from '../recipe/task.ts';
import type { ConfidenceFacts } from '../runs/confidence/confidence.ts';
import { type AnyModelInfo, modelFileError } from './model-info.ts';

/** What of a prediction is told. */
export interface PredictionOptions {
  /** How many classes or labels, the most probable first, >= 1. Default all. */
  readonly top?: number | undefined;
  /** Probability above which an image has a label, or is of the second of two classes, in (0, 1). Default: the model's own. */
  readonly threshold?: number | undefined;
  /** Of classes: the fraction of examples whose `predictionSet` is to hold the right class, in (0, 1). Default: no set is told. */
  readonly confidence?: number | undefined;
}

/** What a model says beside its prediction, as far as its file tells. */
export interface PredictionConfidence {
  /** Whether the example is unlike all that the model was trained on: then its prediction means little. */
  readonly unknown?: boolean | undefined;
  /** Cosine to the k-th nearest training example that the file keeps, in [-1, 1]. */
  readonly similarity?: number | undefined;
  /** Classes of which one is right in the fraction of cases that was asked for, the most probable first. */
  readonly predictionSet?: readonly string[] | undefined;
}

/** What is known of the sureness of a model; of one that a program saved, nothing. */
export function findConfidence(info: AnyModelInfo): ConfidenceFacts {
  return (info.recipe === undefined ? undefined : info.confidence) ?? {};
}

/**
 * Thresholds of classes or labels that have one of their own.
 *
 * @param threshold - Of all labels, or of the second of two classes, in the place of the model's own.
 */
export function decisionThresholds(
  info: AnyModelInfo,
  threshold?: number | undefined,
): ReadonlyMap<string, number> | undefined {
  if (threshold !== undefined) {
    return hasClasses(info.task) ? new Map([[info.classNames.at(-1)!, threshold]]) : undefined;
  }
  const own = findConfidence(info).decision?.thresholds;
  return own && new Map(own.map(({ className, threshold: chosen }) => [className, chosen]));
}

/**
 * Refuses a confidence that the model cannot give.
 *
 * @throws {GraftError} `argument`, if the model is not of classes; `model-file`, if its file has no scores.
 */
export function requireConfidence(path: string, info: AnyModelInfo, confidence: number | undefined): void {
  if (confidence === undefined) return;
  const { targets, words } = taskNamed<Task>(info.task);
  if (targets !== 'class') {
    throw new GraftError('argument', {
      where: `model "${path}"`,
      expected: 'a model of classes, for prediction sets (confidence)',
      received: `one of ${words.gives}`,
      advice: 'Leave it out.',
    });
  }
  const { conformal } = findConfidence(info);
  if (conformal === undefined) {
    throw modelFileError(
      path,
      'scores of validation examples, for prediction sets (confidence)',
      'none: it was trained by an older version, in a sweep, or with fewer than 20 validation examples',
      'Train again with more validation examples, or leave the confidence out.',
    );
  }
  conformalThreshold(conformal, confidence);
}

/**
 * The class, label or value that a prediction is about: the class that is given, which a threshold may have chosen; of labels
 * and values the largest.
 *
 * @param said - What {@link createPrediction} made of the outputs.
 */
export function predictedIndex(
  { classNames }: Pick<AnyModelInfo, 'classNames'>,
  said: Prediction<Task>,
  outputs: Float32Array,
): number {
  return 'label' in said ? classNames.indexOf(said.label) : indexOfLargest(outputs);
}

/**
 * @param outputs - `[classes]`, the row of one example in the model's output.
 * @param similarity - Of the example, where the file tells.
 */
export function createPrediction(
  info: AnyModelInfo,
  outputs: ArrayLike<number>,
  options: PredictionOptions = {},
  similarity?: number | undefined,
): Prediction<Task> & PredictionConfidence {
  const { top, threshold, confidence } = options;
  const { unknown, conformal } = findConfidence(info);
  const said: Prediction<Task> = taskNamed<Task>(info.task).predict(outputs, {
    names: info.classNames,
    threshold: threshold ?? ('threshold' in info ? info.threshold : undefined),
    thresholds: decisionThresholds(info, threshold),
    top,
  });
  const isKnown = unknown !== undefined && similarity !== undefined;
  const sureness = isKnown ? { unknown: similarity < unknown.threshold, similarity } : {};
  if (confidence === undefined || conformal === undefined) return { ...said, ...sureness };
  const set = predictionSet(outputs, conformalThreshold(conformal, confidence));
  return { ...said, ...sureness, predictionSet: set.map((index) => info.classNames[index]!) };
}
