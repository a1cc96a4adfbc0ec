/** @file Metrics of models for people: a headline, several sets side by side, single classes. */

import { visible } from '../core/errors/visible-text.ts';
import type {
  ClassificationResult,
  ClassificationSummary,
  LabelResult,
  MetricsResult,
  MultiLabelResult,
  RegressionResult,
} from '../events/metrics-report.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import {
  count,
  decimalOrNone,
  formatCount,
  percent,
  percentInterval,
  percentOrNone,
  short,
  valueInterval,
} from './number-text.ts';
import { table } from './table.ts';
import { measureColumns, styled } from './terminal.ts';

/** How good a model is, in a line: the number that counts, how sure it is, and on how many images. */
export function headline(
  metrics: MetricsResult | ClassificationSummary,
  name = '',
  noun: ModalityName = 'image',
): string {
  const images = `of ${formatCount(metrics.examples, noun)}`;
  const before = name === '' ? '' : `${name} `;
  if ('accuracy' in metrics) {
    return `${before}accuracy ${bold(percent(metrics.accuracy))}, 95% CI ${percentInterval(metrics.interval)}, ${images}`;
  }
  if ('exactMatch' in metrics) {
    return `${before}exact match ${bold(percent(metrics.exactMatch))}, 95% CI ${percentInterval(metrics.interval)}, ${images}`;
  }
  const each = metrics.values.map(
    ({ name: value, mae, intervals }) =>
      `${visible(value)} ${bold(short(mae))}, 95% CI ${valueInterval(intervals.mae)}`,
  );
  return `${before}MAE of ${each.join('; ')}; ${images}`;
}

/** Several sets side by side: a metric is a row. */
export function setsTable(
  sets: readonly (readonly [name: string, metrics: MetricsResult])[],
  noun: ModalityName = 'image',
): string {
  const rows = rowsOf(
    sets.map(([, metrics]) => metrics),
    noun,
  );
  return table(['', ...sets.map(([name]) => name)], rows, { width: measureColumns('out') });
}

/** Precision, recall and F1 of each class, with AUC and averages for labels; of a regression, each value. */
export function perClassTable(metrics: MetricsResult, noun: ModalityName = 'image'): string {
  const width = measureColumns('out');
  if ('values' in metrics) return valuesTable(metrics, width);
  if ('exactMatch' in metrics) return labelsTable(metrics, width, noun);
  const rows = metrics.perClass.map(({ className, precision, recall, f1, support }) => [
    className,
    percent(precision),
    percentOrNone(recall),
    decimalOrNone(f1),
    count(support),
  ]);
  return table(['class', 'precision', 'recall', 'F1', `${noun}s`], rows, { width });
}

/** `balanced accuracy 50.0%, macro F1 0.495, baseline 98.0% (always "common")` */
export function contextLine(metrics: ClassificationResult): string {
  const { balancedAccuracy, macroF1, baseline, perClass } = metrics;
  const max = perClass.reduce((a, b) => (b.support > a.support ? b : a));
  return (
    `balanced accuracy ${percent(balancedAccuracy)}, macro F1 ${macroF1.toFixed(3)}, ` +
    `baseline ${percent(baseline)} (always "${visible(max.className)}")`
  );
}

/** What stands beside the number that counts. */
export function describeContext(metrics: MetricsResult): string {
  if ('accuracy' in metrics) return contextLine(metrics);
  if ('exactMatch' in metrics) {
    const { macro, micro, baseline } = metrics;
    return `macro F1 ${macro.f1.toFixed(3)}, micro F1 ${micro.f1.toFixed(3)}, baseline ${percent(baseline)} (always the most frequent set of labels)`;
  }
  const each = metrics.values.map(({ name, baseline }) => `${visible(name)} ${short(baseline.mae)}`);
  return `baseline MAE (always the mean) ${each.join(', ')}`;
}

function rowsOf(all: readonly MetricsResult[], noun: ModalityName): string[][] {
  const common = [[`${noun}s`, ...all.map(({ examples }) => count(examples))]];
  if (all.every((metrics) => 'accuracy' in metrics)) {
    const row = (name: string, of: (metrics: ClassificationResult, set: number) => string): string[] => [
      name,
      ...(all as ClassificationResult[]).map(of),
    ];
    return [
      ...common,
      row('loss', ({ loss }) => loss.toFixed(4)),
      row('accuracy', ({ accuracy }) => percent(accuracy)),
      // Of what was trained on, no interval tells how good it is on others.
      row('95% CI', ({ interval }, set) => (set === 0 && all.length > 1 ? '' : percentInterval(interval))),
      row('balanced accuracy', ({ balancedAccuracy }) => percent(balancedAccuracy)),
      row('macro F1', ({ macroF1 }) => macroF1.toFixed(3)),
      row('baseline', ({ baseline }) => percent(baseline)),
    ];
  }
  if (all.every((metrics) => 'exactMatch' in metrics)) {
    const row = (name: string, of: (metrics: MultiLabelResult, set: number) => string): string[] => [
      name,
      ...(all as MultiLabelResult[]).map(of),
    ];
    return [
      ...common,
      row('loss', ({ loss }) => loss.toFixed(4)),
      row('exact match', ({ exactMatch }) => percent(exactMatch)),
      row('95% CI', ({ interval }, set) => (set === 0 && all.length > 1 ? '' : percentInterval(interval))),
      row('macro F1', ({ macro }) => macro.f1.toFixed(3)),
      row('micro F1', ({ micro }) => micro.f1.toFixed(3)),
      row('macro AUC', ({ macro }) => decimalOrNone(macro.auc)),
      row('baseline', ({ baseline }) => percent(baseline)),
    ];
  }
  return [...common, ...rowsOfValues(all as RegressionResult[])];
}

function rowsOfValues(all: readonly RegressionResult[]): string[][] {
  const [first] = all;
  if (first === undefined) return [];
  return [
    ['loss', ...all.map(({ loss }) => short(loss))],
    ...first.values.flatMap(({ name }, index) => {
      const row = (what: string, of: (value: RegressionResult['values'][number]) => string): string[] => [
        first.values.length === 1 ? what : `${what} ${name}`,
        ...all.map(({ values }) => of(values[index]!)),
      ];
      return [
        row('MAE', ({ mae }) => short(mae)),
        row('RMSE', ({ rmse }) => short(rmse)),
        row('R2', ({ r2 }) => decimalOrNone(r2)),
        row('baseline MAE', ({ baseline }) => short(baseline.mae)),
      ];
    }),
  ];
}

function labelsTable(
  { perClass, micro, macro }: MultiLabelResult,
  width: number | undefined,
  noun: ModalityName,
): string {
  const cells = ({ precision, recall, f1, auc }: Omit<LabelResult, 'className' | 'support'>): string[] => [
    percent(precision),
    percentOrNone(recall),
    f1.toFixed(3),
    decimalOrNone(auc),
  ];
  const rows = perClass.map((each) => [each.className, ...cells(each), count(each.support)]);
  const total = perClass.reduce((sum, { support }) => sum + support, 0);
  if (perClass.length > 1) {
    rows.push(['macro avg', ...cells(macro), ''], ['micro avg', ...cells(micro), count(total)]);
  }
  return table(['label', 'precision', 'recall', 'F1', 'AUC', `${noun}s`], rows, { width });
}

/** A value is a row, with its three intervals, where that fits; else each of its metrics. */
function valuesTable({ values }: RegressionResult, width: number | undefined): string {
  const rows = values.flatMap(({ name, mae, rmse, r2, baseline, intervals }) => [
    [name, 'MAE', short(mae), valueInterval(intervals.mae), short(baseline.mae)],
    ['', 'RMSE', short(rmse), valueInterval(intervals.rmse), short(baseline.rmse)],
    ['', 'R2', decimalOrNone(r2), intervals.r2 === null ? '' : valueInterval(intervals.r2), ''],
  ]);
  return table(['value', 'metric', '', '95% CI', 'always the mean'], rows, { width });
}

function bold(text: string): string {
  return styled('bold', text, 'out');
}
