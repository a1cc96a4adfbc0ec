/** @file How good a classifier is: accuracy with its interval, metrics of each class, confusion. */

import { computeF1, computePrecision, computeRecall, type HitCounts } from '../metrics/hit-counts.ts';
import { indexOfLargest } from '../tensor/probabilities.ts';
import { MIN_PROBABILITY } from './smallest-probability.ts';
import { wilsonInterval } from './wilson-interval.ts';

/** Metrics of one class. The precision of a class that was never predicted is 0, as in scikit-learn. */
export interface ClassMetrics {
  readonly label: string;
  readonly precision: number;
  /** Null where there are no images of the class. */
  readonly recall: number | null;
  /** Null where there are no images of the class and it was never predicted. */
  readonly f1: number | null;
  /** Images of this class. */
  readonly support: number;
}

/** What stands beside an accuracy, so that it is not taken for more than it is. Each in [0, 1]. */
export interface AccuracyContext {
  /** Mean recall of the classes that have images. */
  readonly balancedAccuracy: number;
  /** Mean F1 of the classes that have images or were predicted. */
  readonly macroF1: number;
  /** Accuracy on the same images of always giving the class that most of them are of. */
  readonly baseline: number;
}

/** How well classes are predicted. */
export interface ClassificationReport extends AccuracyContext {
  readonly examples: number;
  /** Mean cross-entropy of the right class, natural logarithm. */
  readonly loss: number;
  readonly accuracy: number;
  /** 95% Wilson interval of the accuracy. */
  readonly interval: readonly [number, number];
  readonly classes: readonly ClassMetrics[];
  /** `confusion[truth][predicted]`, in the order of the classes. */
  readonly confusion: readonly (readonly number[])[];
}

/** Which class is given for the probabilities of one example, `[classes]`. */
export type Decide = (probabilities: ArrayLike<number>) => number;

/**
 * Compares predictions with the truth.
 *
 * @param probabilities - `[N, classes]`, row-major, each row summing to 1. The first of equal largest ones wins.
 * @param labels - `[N]`, class indices.
 * @param decide - Default the most probable class.
 */
export function classificationReport(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
  classNames: readonly string[],
  decide?: Decide | undefined,
): ClassificationReport {
  const tally = new ClassificationTally(classNames, decide);
  tally.add(probabilities, labels);
  return tally.metrics();
}

/** The metrics of predictions that come in parts. */
export class ClassificationTally {
  readonly #classNames: readonly string[];
  readonly #decide: Decide;
  readonly #confusion: number[][];
  #images = 0;
  #right = 0;
  #loss = 0;

  constructor(classNames: readonly string[], decide: Decide = indexOfLargest) {
    this.#classNames = classNames;
    this.#decide = decide;
    this.#confusion = classNames.map(() => new Array<number>(classNames.length).fill(0));
  }

  /** Takes the next images, as {@link classificationReport} takes all. */
  add(probabilities: Float32Array, labels: ArrayLike<number>): void {
    const width = this.#classNames.length;
    for (let image = 0; image < labels.length; image++) {
      const row = probabilities.subarray(image * width, (image + 1) * width);
      const truth = labels[image]!;
      const predicted = this.#decide(row);
      this.#confusion[truth]![predicted]! += 1;
      if (predicted === truth) this.#right += 1;
      this.#loss -= Math.log(Math.max(row[truth]!, MIN_PROBABILITY));
    }
    this.#images += labels.length;
  }

  metrics(): ClassificationReport {
    const [images, right] = [this.#images, this.#right];
    const confusion = this.#confusion.map((row) => [...row]);
    return {
      examples: images,
      loss: images === 0 ? Number.NaN : this.#loss / images,
      accuracy: images === 0 ? Number.NaN : right / images,
      interval: wilsonInterval(right, images),
      ...metricsOfConfusion(this.#classNames, confusion),
    };
  }
}

/**
 * The metrics of several sets of images as of one: those of the folds of a cross-validation.
 *
 * @param parts - At least one, all of the same classes.
 */
export function pooledMetrics(parts: readonly ClassificationReport[]): ClassificationReport {
  const labels = parts[0]!.classes.map(({ label }) => label);
  const confusion = labels.map((_, truth) =>
    labels.map((__, predicted) => sum(parts.map((part) => part.confusion[truth]![predicted]!))),
  );
  const images = sum(parts.map((part) => part.examples));
  const right = sum(confusion.map((row, index) => row[index]!));
  return {
    examples: images,
    loss: sum(parts.map((part) => (part.examples === 0 ? 0 : part.loss * part.examples))) / images,
    accuracy: right / images,
    interval: wilsonInterval(right, images),
    ...metricsOfConfusion(labels, confusion),
  };
}

/**
 * Of every image, 1 where the right class is given, else 0.
 *
 * @param probabilities - As in {@link classificationReport}.
 */
export function correctPredictions(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
  numClasses: number,
  decide: Decide = indexOfLargest,
): Uint8Array {
  return Uint8Array.from({ length: labels.length }, (_, image) => {
    const row = probabilities.subarray(image * numClasses, (image + 1) * numClasses);
    return decide(row) === labels[image] ? 1 : 0;
  });
}

/** As scikit-learn's `balanced_accuracy_score`, `f1_score(average='macro')` and `DummyClassifier(strategy='most_frequent')`. */
function metricsOfConfusion(
  labels: readonly string[],
  confusion: readonly (readonly number[])[],
): AccuracyContext & Pick<ClassificationReport, 'classes' | 'confusion'> {
  const predicted = labels.map((_, index) => sum(confusion.map((row) => row[index]!)));
  const classes = labels.map((label, index): ClassMetrics => {
    const hits = confusion[index]![index]!;
    const support = sum(confusion[index]!);
    return metricsOfClass(label, { hits, misses: support - hits, alarms: predicted[index]! - hits });
  });
  const supports = classes.map(({ support }) => support);
  return {
    balancedAccuracy: mean(classes.flatMap(({ recall }) => recall ?? [])),
    macroF1: mean(classes.flatMap(({ f1 }) => f1 ?? [])),
    baseline: supports.reduce((max, support) => Math.max(max, support), 0) / sum(supports),
    classes,
    confusion,
  };
}

function metricsOfClass(label: string, counts: HitCounts): ClassMetrics {
  const { hits, misses, alarms } = counts;
  const support = hits + misses;
  return {
    label,
    precision: computePrecision(counts),
    recall: support === 0 ? null : computeRecall(counts),
    f1: support + alarms === 0 ? null : computeF1(counts),
    support,
  };
}

/** NaN of nothing. */
function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
