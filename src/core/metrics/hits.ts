/** @file Precision, recall and F1: hits, false alarms and misses, counted over batches. */

import {
  computeF1,
  computePrecision,
  computeRecall,
  countPrediction,
  HIT_FIELDS,
  type HitCounts,
  noCounts,
  pooledCounts,
  ratio,
} from './hit-counts.ts';
import type { Metric } from './metric.ts';
import { restored, stateOf } from './metric-state.ts';
import { computePredictions, type OutputActivation, targetsPerOutput } from './predictions.ts';

export interface HitOptions {
  /** What makes probabilities of the outputs. Default `sigmoid`. */
  readonly activation?: OutputActivation;
  /** Probability above which the answer is yes, in (0, 1). Default 0.5. */
  readonly threshold?: number;
  /** Only this output counts. Default: all outputs are pooled, as in Keras. */
  readonly classId?: number;
}

export interface F1Options {
  /** What makes probabilities of the outputs. Default `sigmoid`. */
  readonly activation?: OutputActivation;
  /**
   * Probability above which the answer is yes, in (0, 1). Default 0.5 for sigmoids; else null: yes to the largest
   * output of a row, to all of equal largest ones, as in Keras.
   */
  readonly threshold?: number | null;
  /**
   * `macro`: the mean over the outputs. `micro`: all outputs pooled. `weighted`: the mean weighted by how often each is
   * right. Default `macro`. Keras' default, one number for each output, is no single metric.
   */
  readonly average?: 'macro' | 'micro' | 'weighted';
}

/** Fraction of the yeses that are right: `hits / (hits + false alarms)`; 0 without a yes, as in Keras. */
export function precision(options: HitOptions = {}): Metric {
  return hitRate('precision', options, computePrecision);
}

/** Fraction of the positives that are found: `hits / (hits + misses)`; 0 without a positive, as in Keras. */
export function recall(options: HitOptions = {}): Metric {
  return hitRate('recall', options, computeRecall);
}

/** `2 hits / (2 hits + false alarms + misses)`, the harmonic mean of precision and recall; 0 without any of them. */
export function f1Score(options: F1Options = {}): Metric {
  const { activation = 'sigmoid', average = 'macro' } = options;
  const { threshold = activation === 'sigmoid' ? 0.5 : null } = options;
  let perOutput: HitCounts[] = [];
  return {
    name: 'f1_score',
    update(outputs, targets, size) {
      const width = outputs.length / size;
      while (perOutput.length < width) perOutput.push(noCounts());
      const answers = answersOf(computePredictions(outputs, size, activation), width, threshold);
      count(perOutput, answers, targetsPerOutput(targets, size, width));
    },
    result() {
      if (perOutput.length === 0) return 0;
      if (average === 'micro') return computeF1(pooledCounts(perOutput));
      const weights = perOutput.map(({ hits, misses }) => (average === 'macro' ? 1 : hits + misses));
      const sum = perOutput.reduce((total, counts, i) => total + weights[i]! * computeF1(counts), 0);
      return ratio(
        sum,
        weights.reduce((total, weight) => total + weight, 0),
      );
    },
    reset() {
      perOutput = [];
    },
    state: () => stateOf(perOutput, HIT_FIELDS),
    restore(state) {
      perOutput = restored(state, HIT_FIELDS);
    },
  };
}

function hitRate(name: string, options: HitOptions, rate: (counts: HitCounts) => number): Metric {
  const { activation = 'sigmoid', threshold = 0.5, classId } = options;
  let perOutput: HitCounts[] = [];
  return {
    name,
    update(outputs, targets, size) {
      const width = outputs.length / size;
      while (perOutput.length < width) perOutput.push(noCounts());
      const answers = answersOf(computePredictions(outputs, size, activation), width, threshold);
      count(perOutput, answers, targetsPerOutput(targets, size, width));
    },
    result: () => rate(classId === undefined ? pooledCounts(perOutput) : (perOutput[classId] ?? noCounts())),
    reset() {
      perOutput = [];
    },
    state: () => stateOf(perOutput, HIT_FIELDS),
    restore(state) {
      perOutput = restored(state, HIT_FIELDS);
    },
  };
}

/** 1 for every yes. Without a threshold, the largest of every row. */
function answersOf(predictions: Float64Array, width: number, threshold: number | null): Uint8Array {
  if (threshold !== null) return Uint8Array.from(predictions, (value) => Number(value > threshold));
  const answers = new Uint8Array(predictions.length);
  for (let start = 0; start < predictions.length; start += width) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + width; i++) largest = Math.max(largest, predictions[i]!);
    for (let i = start; i < start + width; i++) answers[i] = Number(predictions[i] === largest);
  }
  return answers;
}

function count(perOutput: HitCounts[], answers: Uint8Array, targets: Float32Array): void {
  answers.forEach((answer, i) => {
    countPrediction(perOutput[i % perOutput.length]!, answer === 1, targets[i]! > 0.5);
  });
}
