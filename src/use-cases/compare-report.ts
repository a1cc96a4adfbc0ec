/** @file How models compare on the same examples, as plain data. */

import type { ModalityName } from '../node/training/image-sets.ts';
import type { Task } from '../recipe/task.ts';
import type { MetricsSummary } from './metrics-report.ts';

/** What a model costs. */
export interface ModelCost {
  /** Weights in its file, without the features of training examples. */
  readonly parameters: number;
  /** Of the file. */
  readonly bytes: number;
  /** Least time of one example through the network, on this machine, without reading and decoding it. */
  readonly millisecondsPerExample: number;
}

/** One of the models. */
export interface ComparedModel {
  /** As it was named: a run's folder, or a model file. */
  readonly run: string;
  readonly model: string;
  readonly backbone: string | null;
  readonly metrics: MetricsSummary;
  readonly cost: ModelCost;
}

/** Two of the models, by their places in the report. */
export interface ComparedPair {
  readonly first: number;
  readonly second: number;
  /** Mean score of the second less that of the first, with a 95% bootstrap interval over the examples. */
  readonly difference: number;
  readonly interval: readonly [low: number, high: number];
  /** Examples that only one of them has right; null where nothing is right or wrong, of values. */
  readonly onlyFirst: number | null;
  readonly onlySecond: number | null;
  /** McNemar's exact test; of values that of the bootstrap. */
  readonly pValue: number;
  /** After Holm's correction for all pairs. */
  readonly adjustedPValue: number;
  /** Whether they differ at the 5% level, after the correction. */
  readonly isSignificant: boolean;
}

/** An example that the models do not agree on. */
export interface Disagreement {
  readonly file: string;
  /** Its class, labels or values. */
  readonly truth: string;
  /** What each model says, in the order of the models. */
  readonly predicted: readonly string[];
  /** The score of each. */
  readonly scores: readonly number[];
}

/** The document of `graft compare --json`; other programs rely on its shape. */
export interface CompareReport {
  readonly data: string;
  readonly modality: ModalityName;
  readonly task: Task;
  readonly classNames: readonly string[];
  readonly split: string;
  /** Examples that all models were measured on. */
  readonly examples: number;
  /** Examples that were left out, as one of the models was trained on them. */
  readonly trainedOn: number;
  /**
   * What an example counts: 1 or 0 for right or wrong (`accuracy`, `exactMatch`); of values the absolute error (`absoluteError`), of several
   * the mean over them, each in deviations of its true values.
   */
  readonly score: 'accuracy' | 'exactMatch' | 'absoluteError';
  /** The best first. */
  readonly models: readonly ComparedModel[];
  readonly pairs: readonly ComparedPair[];
  /** Those with the most different scores first. Of values the 50 first. */
  readonly disagreements: readonly Disagreement[];
}
