/** @file How models compare on the same examples, as plain data. */

import type { MetricsSummary } from '../events/metrics-report.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import type { Task } from '../recipe/task.ts';
import type { ComparedPair } from '../runs/model-comparison.ts';

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
  /** All pairs; their places are among the models. */
  readonly pairs: readonly ComparedPair[];
  /** Those with the most different scores first. Of values the 50 first. */
  readonly disagreements: readonly Disagreement[];
}
