/** @file What people read of a comparison. */

import { sizeText } from '../core/errors/size-text.ts';
import { visible } from '../core/errors/visible-text.ts';
import type { MetricsSummary } from '../events/metrics-report.ts';
import type { ComparedPair } from '../runs/model-comparison.ts';
import type { CompareReport } from '../use-cases/compare-report.ts';
import { count, formatCount, percent, percentInterval, short, valueInterval } from './number-text.ts';
import { table } from './table.ts';
import { measureColumns, printOut } from './terminal.ts';

/** Disagreements that are shown; --json has all. */
const MAX_SHOWN = 20;

const HEADINGS = { accuracy: 'accuracy', exactMatch: 'exact match', absoluteError: 'MAE' } as const;

export function printComparison(report: CompareReport): void {
  const { examples, modality, trainedOn, models, pairs, score, data } = report;
  const width = measureColumns('out');
  const left = trainedOn === 0 ? '' : `; ${count(trainedOn)} that one of them was trained on left out`;
  printOut(`on ${formatCount(examples, modality)} of ${visible(data)} (${report.split})${left}\n\n`, 2);
  const header = [
    '',
    'run',
    HEADINGS[score],
    '95% CI',
    'loss',
    'parameters',
    'file',
    `ms/${modality}`,
    'backbone',
  ];
  const rows = models.map(({ run, metrics, cost, backbone }, index) => [
    letter(index),
    run,
    ...metricCells(metrics),
    metrics.loss.toFixed(4),
    count(cost.parameters),
    sizeText(cost.bytes),
    cost.millisecondsPerExample.toFixed(1),
    backbone ?? '',
  ]);
  printOut(`${table(header, rows, { width, optional: ['backbone', 'loss'] })}\n\n`);
  for (const pair of pairs) printOut(`${pairLine(pair, report)}\n`, 2);
  printDisagreements(report, width);
}

function metricCells(metrics: MetricsSummary): [value: string, interval: string] {
  if ('accuracy' in metrics) return [percent(metrics.accuracy), percentInterval(metrics.interval)];
  if ('exactMatch' in metrics) return [percent(metrics.exactMatch), percentInterval(metrics.interval)];
  const [only] = metrics.values;
  return [
    metrics.values.map(({ mae }) => short(mae)).join(', '),
    metrics.values.length === 1 ? valueInterval(only!.intervals.mae) : '',
  ];
}

function pairLine(pair: ComparedPair, { score, pairs }: CompareReport): string {
  const { first, second, onlyFirst, onlySecond, pValue, adjustedPValue, isSignificant } = pair;
  const [difference, low, high] = [pair.difference, ...pair.interval].map((value) =>
    score === 'absoluteError' ? signed(value, short) : signed(100 * value, (each) => each.toFixed(1)),
  );
  const unit = score === 'absoluteError' ? '' : ' points';
  const test = onlyFirst === null ? 'bootstrap' : 'McNemar';
  const only =
    onlyFirst === null ? '' : `; right alone: ${letter(first)} ${onlyFirst}, ${letter(second)} ${onlySecond}`;
  const holm = pairs.length > 1 ? `, Holm ${probabilityText(adjustedPValue)}` : '';
  const verdict = isSignificant ? 'significantly different' : 'not significantly different';
  return (
    `${letter(second)} less ${letter(first)}: ${difference}${unit}, 95% CI [${low}, ${high}]${only}; ` +
    `${test} p ${probabilityText(pValue)}${holm}: ${verdict}`
  );
}

function printDisagreements(
  { disagreements, models, score, modality, data }: CompareReport,
  width: number | undefined,
): void {
  if (disagreements.length === 0) {
    printOut(`\nthey agree on every ${modality}\n`);
    return;
  }
  const shown = disagreements.slice(0, MAX_SHOWN);
  const more = disagreements.length > shown.length ? `, ${shown.length} of them` : '';
  const what = score === 'absoluteError' ? 'largest differences' : 'disagreements';
  printOut(`\n${what}: ${count(disagreements.length)}${more} (--json has all)\n`);
  const within = (file: string): string => (file.startsWith(`${data}/`) ? file.slice(data.length + 1) : file);
  const header = [modality === 'text' ? 'text' : 'file', 'true', ...models.map((_, index) => letter(index))];
  printOut(
    `${table(
      header,
      shown.map(({ file, truth, predicted }) => [within(file), truth, ...predicted]),
      { width },
    )}\n`,
  );
}

/** `A`, `B`, ...; `A2` after `Z`. */
function letter(index: number): string {
  const round = Math.floor(index / 26);
  return `${String.fromCharCode(65 + (index % 26))}${round === 0 ? '' : round + 1}`;
}

function signed(value: number, text: (value: number) => string): string {
  return value > 0 ? `+${text(value)}` : text(value);
}

function probabilityText(value: number): string {
  return value < 0.001 ? '< 0.001' : value.toFixed(3);
}
