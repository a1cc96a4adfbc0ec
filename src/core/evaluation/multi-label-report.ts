/** @file How good a model is whose images have any number of labels. */

import { areaUnderRoc } from '../metrics/auc.ts';
import {
  computeF1,
  computePrecision,
  computeRecall,
  countPrediction,
  noCounts,
  ratio,
} from '../metrics/hit-counts.ts';
import { MIN_PROBABILITY } from './smallest-probability.ts';
import { wilsonInterval } from './wilson-interval.ts';

/** The precision of a label that was never given, and the F1 of one that no image has, are 0, as in scikit-learn. */
export interface LabelRates {
  readonly precision: number;
  /** Null where no image has the label. The macro average is over the labels that have one. */
  readonly recall: number | null;
  readonly f1: number;
  /** Exact area under the ROC curve; null where all images have the label, or none. */
  readonly auc: number | null;
}

/** How well one label is predicted. */
export interface LabelMetrics extends LabelRates {
  readonly label: string;
  /** Images that have the label. */
  readonly support: number;
}

/** How well several labels are predicted. */
export interface MultiLabelReport {
  readonly examples: number;
  /** Probability above which a label is given. */
  readonly threshold: number;
  /** Mean binary cross-entropy over images and labels, natural logarithm. */
  readonly loss: number;
  /** Fraction of images all of whose labels are right. */
  readonly exactMatch: number;
  /** 95% Wilson interval of the exact match. */
  readonly interval: readonly [number, number];
  /** Exact match on the same images of always giving the set of labels that most of them have. In [0, 1]. */
  readonly baseline: number;
  readonly labels: readonly LabelMetrics[];
  /** All decisions pooled: frequent labels count more. */
  readonly micro: LabelRates;
  /** Mean over the labels: all count alike. The AUC's is over those that have one. */
  readonly macro: LabelRates;
}

/** From which probability on a label counts as predicted. */
export interface MultiLabelOptions {
  /** Probability above which a label is given, in (0, 1). Default 0.5. */
  readonly threshold?: number;
  /** Those of labels that have one of their own. Default none. */
  readonly thresholds?: ReadonlyMap<string, number> | undefined;
}

/**
 * Compares predictions with the truth, label by label.
 *
 * @param probabilities - `[N, labels]`, row-major, each in [0, 1].
 * @param targets - `[N, labels]`: 1 where the image has the label, else 0.
 */
export function multiLabelReport(
  probabilities: Float32Array,
  targets: ArrayLike<number>,
  labels: readonly string[],
  { threshold = 0.5, thresholds }: MultiLabelOptions = {},
): MultiLabelReport {
  const width = labels.length;
  const limits = labels.map((label) => thresholds?.get(label) ?? threshold);
  const images = probabilities.length / width;
  const columns = labels.map(() => new Decisions());
  const pooled = new Decisions();
  let loss = 0;
  let right = 0;
  for (let image = 0; image < images; image++) {
    let allRight = true;
    for (let label = 0; label < width; label++) {
      const probability = probabilities[image * width + label]!;
      const truth = targets[image * width + label]! > 0.5;
      const predicted = probability > limits[label]!;
      loss -= Math.log(Math.max(truth ? probability : 1 - probability, MIN_PROBABILITY));
      columns[label]!.add(probability, predicted, truth);
      pooled.add(probability, predicted, truth);
      if (predicted !== truth) allRight = false;
    }
    if (allRight) right++;
  }
  const metrics = labels.map((label, i): LabelMetrics => {
    const column = columns[i]!;
    return { label, ...column.rates(), support: column.support };
  });
  return {
    examples: images,
    threshold,
    loss: images === 0 ? Number.NaN : loss / (images * width),
    exactMatch: images === 0 ? Number.NaN : right / images,
    interval: wilsonInterval(right, images),
    baseline: mostFrequent(targets, width) / images,
    labels: metrics,
    micro: pooled.rates(),
    macro: {
      precision: mean(metrics.map(({ precision }) => precision)),
      recall: meanOrNull(metrics.flatMap(({ recall }) => recall ?? [])),
      f1: mean(metrics.map(({ f1 }) => f1)),
      auc: meanOrNull(metrics.map(({ auc }) => auc).filter((auc) => auc !== null)),
    },
  };
}

/** Yeses and noes, with the scores that they came from. */
class Decisions {
  readonly #positives: number[] = [];
  readonly #negatives: number[] = [];
  readonly #counts = noCounts();

  get support(): number {
    return this.#positives.length;
  }

  add(score: number, predicted: boolean, truth: boolean): void {
    (truth ? this.#positives : this.#negatives).push(score);
    countPrediction(this.#counts, predicted, truth);
  }

  rates(): LabelRates {
    return {
      precision: computePrecision(this.#counts),
      recall: this.support === 0 ? null : computeRecall(this.#counts),
      f1: computeF1(this.#counts),
      auc: areaUnderRoc(this.#positives, this.#negatives) ?? null,
    };
  }
}

/** How many rows are as the most frequent row is. */
function mostFrequent(targets: ArrayLike<number>, width: number): number {
  const counts = new Map<string, number>();
  let max = 0;
  for (let start = 0; start < targets.length; start += width) {
    let row = '';
    for (let label = 0; label < width; label++) row += targets[start + label]! > 0.5 ? '1' : '0';
    const count = (counts.get(row) ?? 0) + 1;
    counts.set(row, count);
    max = Math.max(max, count);
  }
  return max;
}

function mean(values: readonly number[]): number {
  return ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean(values);
}
