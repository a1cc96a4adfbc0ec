/** @file The table of `graft runs`. */

import { sizeText } from '../core/errors/size-text.ts';
import { visible } from '../core/errors/visible-text.ts';
import type { ListedRun, RunScore, RunsReport } from '../use-cases/runs-report.ts';
import { decimalOrNone, percent, percentInterval, valueInterval } from './number-text.ts';
import { table } from './table.ts';
import { measureColumns, printOut, say } from './terminal.ts';

const METRICS = { accuracy: 'accuracy', exactMatch: 'exact match', r2: 'R2' } as const;

export function printRuns({ folder, runs, others }: RunsReport): void {
  if (runs.length === 0) say(`No finished run in ${visible(folder)}.`);
  for (const task of new Set(runs.map((run) => run.task))) {
    const own = runs.filter((run) => run.task === task);
    const metric = METRICS[own[0]!.validation.metric];
    const header = ['run', 'backbone', metric, '95% CI', 'examples', 'test', 'epoch', 'date', 'size', 'data'];
    const optional = ['data', 'epoch', 'test', 'size', 'date', 'examples'];
    printOut(`${task}\n${table(header, own.map(rowOf), { width: measureColumns('out'), optional })}\n`);
  }
  for (const { run, state, reason } of others) say(`${visible(run)}: ${state}: ${visible(reason)}`);
}

function rowOf({
  run,
  backbone,
  validation,
  test,
  bestEpoch,
  epochs,
  date,
  bytes,
  data,
}: ListedRun): string[] {
  return [
    run,
    backbone,
    valueText(validation),
    intervalText(validation),
    `${validation.examples}`,
    test === null ? '' : valueText(test),
    `${bestEpoch} of ${epochs}`,
    date.slice(0, 16).replace('T', ' '),
    sizeText(bytes),
    data ?? '',
  ];
}

function valueText({ metric, value }: RunScore): string {
  return metric === 'r2' || value === null ? decimalOrNone(value) : percent(value);
}

function intervalText({ metric, interval }: RunScore): string {
  if (interval === null) return '';
  return metric === 'r2' ? valueInterval(interval) : percentInterval(interval);
}
