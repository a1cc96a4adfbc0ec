/** @file What a model says of one image: its class, its labels, or its values. */

import type { Task } from '../recipe/task.ts';
import type { ModelInfo } from './model-info.ts';

/** Of a model that tells classes apart. */
export interface ClassPrediction {
  /** The most probable class. */
  readonly label: string;
  /** Its probability, in [0, 1]. */
  readonly probability: number;
  /** Of every class, by name, the most probable first; names of digits come first in any object. Their sum is 1. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Of a model that gives an image any number of labels. */
export interface LabelsPrediction {
  /** Those whose probability is above the model's threshold, in the model's order. */
  readonly labels: readonly string[];
  /** Of every label, by name, in [0, 1], the most probable first. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Of a model of regression. */
export interface ValuesPrediction {
  /** By name, in the units that the model was trained with. */
  readonly values: Readonly<Record<string, number>>;
}

interface PredictionOf {
  readonly 'single-label': ClassPrediction;
  readonly 'multi-label': LabelsPrediction;
  readonly regression: ValuesPrediction;
}

/** What a model for a task says of one image. */
export type Prediction<T extends Task = 'single-label'> = PredictionOf[T];

/** A class or label with its probability. */
export interface Ranked {
  readonly label: string;
  readonly probability: number;
}

/** What of a prediction is told. */
export interface PredictionOptions {
  /** How many classes or labels, the most probable first, >= 1. Default all. */
  readonly top?: number | undefined;
  /** Probability above which an image has a label. Default: the model's own. */
  readonly threshold?: number | undefined;
}

/** @param values - `[classes]`, the row of one image in the model's output. */
export function createPrediction(
  info: ModelInfo,
  values: ArrayLike<number>,
  { top, threshold }: PredictionOptions = {},
): Prediction<Task> {
  const { classes: names, task } = info;
  if (task === 'regression') {
    return { values: Object.fromEntries(names.map((name, index) => [name, values[index]!])) };
  }
  const ranked = rankClasses(names, values);
  const probabilities = byLabel(ranked.slice(0, top));
  if (task === 'multi-label') {
    const min = threshold ?? info.threshold;
    return { labels: names.filter((_, index) => values[index]! > min), probabilities };
  }
  return { ...ranked[0]!, probabilities };
}

/** The most probable first. */
export function rankClasses(names: readonly string[], values: ArrayLike<number>): Ranked[] {
  return Array.from(values, (probability, index) => ({ label: names[index]!, probability })).sort(
    (a, b) => b.probability - a.probability,
  );
}

/** An object cannot keep the order: names of digits come first in it. */
export function byLabel(ranked: readonly Ranked[]): Record<string, number> {
  return Object.fromEntries(ranked.map(({ label, probability }) => [label, probability]));
}
