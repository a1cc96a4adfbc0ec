/** @file How good a model is on one set of examples, as plain data in the words that programs read. */

import type { ClassificationReport } from '../core/evaluation/classification-report.ts';
import type { LabelRates, MultiLabelReport } from '../core/evaluation/multi-label-report.ts';
import type { RegressionReport, ValueMetrics } from '../core/evaluation/regression-report.ts';
import type { ReportOf, Task } from '../recipe/task.ts';

/** What is told of a classifier in a line: without the single classes. Fractions are in [0, 1]. */
export interface ClassificationSummary {
  readonly examples: number;
  /** Mean cross-entropy, natural logarithm. */
  readonly loss: number;
  readonly accuracy: number;
  /** 95% Wilson interval of the accuracy. */
  readonly interval: readonly [low: number, high: number];
  /** Mean recall of the classes that have examples. */
  readonly balancedAccuracy: number;
  /** Mean F1 of the classes that have examples or were predicted. */
  readonly macroF1: number;
  /** Accuracy on the same examples of always predicting the most frequent class. */
  readonly baseline: number;
}

/** One class of a classifier. Null is a ratio without a denominator. */
export interface ClassResult {
  readonly className: string;
  readonly precision: number;
  readonly recall: number | null;
  readonly f1: number | null;
  /** Examples of the class. */
  readonly support: number;
}

/** A classifier on a set of examples. */
export interface ClassificationResult extends ClassificationSummary {
  readonly perClass: readonly ClassResult[];
  /** `confusion[truth][prediction]`, in the order of the classes. */
  readonly confusion: readonly (readonly number[])[];
}

/** One label of a multi-label model. */
export interface LabelResult extends LabelRates {
  readonly className: string;
  readonly support: number;
}

/** A multi-label model on a set of examples. */
export interface MultiLabelResult {
  readonly examples: number;
  /** Mean binary cross-entropy, natural logarithm. */
  readonly loss: number;
  /** Probability above which a label is predicted. */
  readonly threshold: number;
  /** Fraction of examples whose labels are all right. */
  readonly exactMatch: number;
  /** 95% Wilson interval of the exact match. */
  readonly interval: readonly [low: number, high: number];
  /** Exact match on the same examples of always predicting the most frequent set of labels. */
  readonly baseline: number;
  readonly perClass: readonly LabelResult[];
  readonly micro: LabelRates;
  readonly macro: LabelRates;
}

/** A regression on a set of examples. */
export interface RegressionResult {
  readonly examples: number;
  /** Mean squared error over examples and values. */
  readonly loss: number;
  readonly values: readonly ValueMetrics[];
}

/** How good a model for a task is on one set of examples. */
export type MetricsResult = ClassificationResult | MultiLabelResult | RegressionResult;

/** The same without what is told of single classes; of other tasks everything. */
export type MetricsSummary = ClassificationSummary | MultiLabelResult | RegressionResult;

/** Names the metrics as programs read them. */
export function metricsResult(metrics: ReportOf[Task]): MetricsResult {
  if ('labels' in metrics) return multiLabel(metrics);
  if ('values' in metrics) return regression(metrics);
  return classification(metrics);
}

/** @param result - Of a classifier: its single classes are left out. */
export function summarizeMetrics(result: MetricsResult): MetricsSummary {
  return 'perClass' in result && 'confusion' in result ? classificationSummary(result) : result;
}

/** The summary of a classifier. */
export function classificationSummary(result: ClassificationSummary): ClassificationSummary {
  const { examples, loss, accuracy, interval, balancedAccuracy, macroF1, baseline } = result;
  return { examples, loss, accuracy, interval, balancedAccuracy, macroF1, baseline };
}

/** Names the metrics of a classifier. */
export function classification(metrics: ClassificationReport): ClassificationResult {
  const { examples, classes, confusion, loss, accuracy, interval, balancedAccuracy, macroF1, baseline } =
    metrics;
  return {
    examples,
    loss,
    accuracy,
    interval,
    balancedAccuracy,
    macroF1,
    baseline,
    perClass: classes.map(({ label, ...rates }) => ({ className: label, ...rates })),
    confusion,
  };
}

function multiLabel(metrics: MultiLabelReport): MultiLabelResult {
  const { labels, ...others } = metrics;
  return {
    ...others,
    perClass: labels.map(({ label, ...rates }) => ({ className: label, ...rates })),
  };
}

function regression({ examples, loss, values }: RegressionReport): RegressionResult {
  return { examples, loss, values };
}
