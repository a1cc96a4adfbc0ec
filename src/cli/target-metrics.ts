/** @file Metrics of models of labels and of numbers, for people. */

import { visible } from '../errors/visible-text.ts';
import type { LabelRates, MultiLabelReport } from '../evaluation/multi-label-report.ts';
import type { RegressionReport } from '../evaluation/regression-report.ts';
import { NONE, percent, percentOrNone, table } from './terminal.ts';

type Interval = readonly [number, number];

/** `91.7% of 12 images have all labels right, 95% interval 64.6% to 98.5%; loss 0.1712`. */
export function labelsLine({ exactMatch, images, interval, loss }: MultiLabelReport): string {
  const [low, high] = interval;
  return `${percent(exactMatch)} of ${images} images have all labels right, 95 % interval ${percent(low)} to ${percent(high)}; loss ${loss.toFixed(4)}`;
}

/** `always the most frequent labels would be 25.0%`. */
export function labelsBaseline({ baseline }: MultiLabelReport): string {
  return `always the most frequent set of labels would be ${percent(baseline)}`;
}

/** A line for each label, and for all. */
export function labelsTable({ labels, micro, macro }: MultiLabelReport): string {
  const cells = ({ precision, recall, f1, auc }: LabelRates): string[] => [
    percent(precision),
    percentOrNone(recall),
    f1.toFixed(3),
    auc === null ? NONE : auc.toFixed(3),
  ];
  const rows = labels.map((each) => [each.label, ...cells(each), String(each.support)]);
  const total = labels.reduce((sum, { support }) => sum + support, 0);
  if (labels.length > 1) {
    rows.push(['mean of labels', ...cells(macro), ''], ['all together', ...cells(micro), String(total)]);
  }
  return table(['label', 'precision', 'recall', 'f1', 'AUC', 'images'], rows);
}

/** `discs off by 0.41 (always the mean 1.3) on average, 12 images`. */
export function numbersLine({ numbers, images }: RegressionReport): string {
  const each = numbers
    .map(
      ({ name, mae, baseline }) =>
        `${visible(name)} off by ${short(mae)} (always the mean ${short(baseline.mae)})`,
    )
    .join(', ');
  return `${each} on average, ${images} ${images === 1 ? 'image' : 'images'}`;
}

/** A line for each number. */
export function numbersTable({ numbers }: RegressionReport): string {
  return table(
    [
      'number',
      'mean error',
      '95 % interval',
      'always the mean',
      'RMSE',
      '95 % interval',
      'R2',
      '95 % interval',
    ],
    numbers.map(({ name, mae, rmse, r2, baseline, intervals }) => [
      name,
      short(mae),
      between(intervals.mae),
      short(baseline.mae),
      short(rmse),
      between(intervals.rmse),
      r2 === null ? NONE : r2.toFixed(3),
      intervals.r2 === null ? NONE : between(intervals.r2),
    ]),
  );
}

/** A number whose unit is not known, with 4 digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function between([low, high]: Interval): string {
  return `${short(low)} to ${short(high)}`;
}
