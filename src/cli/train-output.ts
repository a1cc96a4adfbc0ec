/** @file What people read of a training, when it has ended. */

import { visible } from '../core/errors/visible-text.ts';
import type { MetricsResult } from '../events/metrics-report.ts';
import type { MetricsEvent } from '../events/training-event.ts';
import { lostTo } from '../runs/phase-results.ts';
import type { Int8Report, TrainReport } from '../use-cases/train-report.ts';
import { confidenceLines } from './confidence-text.ts';
import { confusionTable } from './confusion-text.ts';
import { sayNote } from './data-text.ts';
import { headline, perClassTable, setsTable } from './metrics-text.ts';
import { count, duration, formatCount, metricText, percent, rateText } from './number-text.ts';
import { printOut, say, styled } from './terminal.ts';

/** Metrics by set. */
export type MeasuredSets = Partial<Readonly<Record<MetricsEvent['set'], MetricsResult>>>;

const NAMES = { train: 'training', validation: 'validation', test: 'test' } as const;

/** Prints how good the model is on standard output, and where it is; what is beside that on standard error. */
export function printTraining(report: TrainReport, sets: MeasuredSets, monitor: string): void {
  const measured = (['train', 'validation', 'test'] as const).flatMap((set) => {
    const metrics = sets[set];
    return metrics === undefined ? [] : [[NAMES[set], metrics] as const];
  });
  const { modality } = report;
  const [name, last] = measured.at(-1) ?? [];
  say();
  if (last !== undefined) {
    const details = 'confusion' in last ? confusionTable(last, modality) : perClassTable(last, modality);
    printOut(`${headline(last, name, modality)}\n\n`, 2);
    printOut(`${setsTable(measured, modality)}\n\n${details}\n\n`);
  }
  const why = { epochs: '', 'early-stopping': ', stopped early', interrupted: ', interrupted' }[report.ended];
  printOut(`${formatCount(report.epochs, 'epoch')}${why}; kept the weights of epoch ${report.bestEpoch}\n`);
  for (const line of confidenceLines(report)) printOut(`${line}\n`, 2);
  if (report.int8 !== undefined) printOut(`${int8Line(report.int8)}\n`, 2);
  printPhases(report, monitor);
  const span = report.html === undefined ? 'in total' : 'before the report';
  printOut(`${duration(report.seconds.total)} ${span}, ${whereFrom(report)}\n`);
  printOut(`model: ${styled('bold', visible(report.model), 'out')}\n`);
  const pages = report.html === undefined ? '' : ', report.html, README.md';
  printOut(`also written: history.csv, recipe.json, curves.svg${pages} in ${visible(report.run)}\n`, 2);
}

/** What each phase came to, and whether the one that was kept is as good by what people look at. */
function printPhases({ phases = [] }: TrainReport, monitor: string): void {
  for (const { phase, firstEpoch, epochs, bestEpoch, value, beside, isKept } of phases) {
    const span = epochs === 1 ? `epoch ${firstEpoch}` : `epochs ${firstEpoch} to ${firstEpoch + epochs - 1}`;
    const also = beside === undefined ? '' : `, ${beside.name} ${metricText(beside.name, beside.value)}`;
    const best = `${monitor} ${metricText(monitor, value)}${also}`;
    printOut(`phase ${phase}: ${span}, best ${bestEpoch}: ${best}${isKept ? ' (kept)' : ''}\n`, 2);
  }
  const kept = phases.find(({ isKept }) => isKept);
  const before = lostTo(phases);
  if (kept?.beside === undefined || before?.beside === undefined) return;
  const { name } = kept.beside;
  const [from, to] = [before, kept].map(({ beside }) => metricText(name, beside!.value));
  sayNote(
    `Phase ${kept.phase} is better than phase ${before.phase} by ${monitor}, but not by ${name}: ${from} before, ${to} now. ` +
      `--monitor ${name} keeps the best by that.`,
  );
}

/** What int8 cost, or gained. */
function int8Line({ examples, int8, float32, agreement }: Int8Report): string {
  return (
    `int8: accuracy ${percent(int8)}, float32: ${percent(float32)}, agreement ${percent(agreement)}, ` +
    `on the same ${formatCount(examples, 'validation image')}`
  );
}

/** How many features were computed, and how fast. */
function whereFrom({ features: { computed, cached }, seconds, modality }: TrainReport): string {
  if (computed === 0) return `features of all ${formatCount(cached, modality)} from the cache`;
  const rate = `features at ${rateText(computed / Math.max(seconds.features, 1e-3))} ${modality}s/s`;
  return cached === 0 ? rate : `${rate}, ${count(cached)} from the cache`;
}
