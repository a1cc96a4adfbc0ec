/** @file What people read of a sweep: its table, and how much of the ranking is chance. */

import { visible } from '../core/errors/visible-text.ts';
import type { MetricsResult } from '../events/metrics-report.ts';
import type { SweepRowReport, SweptValues } from '../events/sweep-report.ts';
import type { SweepPlanEvent } from '../use-cases/run-event.ts';
import type { SweepReport } from '../use-cases/sweep-report.ts';
import { describeContext, headline } from './metrics-text.ts';
import { count, duration, formatCount, percent, percentInterval } from './number-text.ts';
import { table } from './table.ts';
import { measureColumns, printOut, say, styled } from './terminal.ts';

type Varied = SweepPlanEvent['varied'];

/** Rows that are shown; all are in the files. */
const MAX_ROWS = 40;

const HEADINGS: Readonly<Record<keyof SweptValues, string>> = {
  cut: 'cut',
  head: 'head',
  optimizer: 'optimizer',
  learningRate: 'learning rate',
};

/** What may be left out where there is no room: it is in `sweep.csv`. */
const OPTIONAL = ['time', 'parameters', 'balanced', 'loss'];

/** @param best - Metrics of the best: on held out images where there are some, else those it was chosen by. */
export function printSweep(report: SweepReport, varied: Varied, best: MetricsResult | undefined): void {
  const { rows, failed, ended, combinations, test, modality: noun } = report;
  say();
  if (ended === 'interrupted') {
    const finished = rows.length + failed.length;
    say(
      `${styled('yellow', 'stopped')} ${count(finished)} of ${formatCount(combinations, 'combination')} finished`,
    );
  }
  printOut(`${rowsTable(rows.slice(0, MAX_ROWS), varied)}\n`);
  if (rows.length > MAX_ROWS) printOut(`and ${count(rows.length - MAX_ROWS)} more in sweep.csv\n`);
  for (const { reason, ...values } of failed.slice(0, MAX_ROWS)) {
    printOut(
      `${styled('yellow', 'failed', 'out')} ${visible(`${valuesText(values, varied)}: ${reason}`)}\n`,
      2,
    );
  }
  printOut('\n');
  if (best !== undefined && test === undefined) printOut(`best: ${describeContext(best)}\n`, 2);
  printMeaning(report);
  if (test !== undefined) printOut(`${headline(test, 'test')}, held out\n`, 2);
  if (best !== undefined && test !== undefined) printOut(`  ${describeContext(best)}\n`, 2);
  if (rows[0]!.folds !== undefined) {
    printOut(`the best was trained again on all ${noun}s, for ${formatCount(rows[0]!.bestEpoch, 'epoch')}\n`);
  }
  const { computed, cached } = report.features;
  const features =
    computed === 0
      ? `features of all ${formatCount(cached, noun)} from the cache`
      : `features of ${formatCount(computed, noun)} extracted once for all`;
  printOut(`${duration(report.seconds.total)} in total, ${features}\n`);
  printOut(`model: ${styled('bold', visible(report.model), 'out')}\n`);
  printOut(
    `also written: sweep.csv, sweep.json, history.csv, recipe.json, curves.svg in ${visible(report.run)}\n`,
    2,
  );
}

/** `head linear, learning rate 0.001` */
export function valuesText(values: SweptValues, varied: Varied): string {
  const names: Varied = varied.length > 0 ? varied : ['head'];
  return names.map((name) => `${HEADINGS[name]} ${values[name]}`).join(', ');
}

/** How much of the ranking is chance. */
function printMeaning({ rows, expected, modality: noun }: SweepReport): void {
  const [best, ...others] = rows as [SweepRowReport, ...SweepRowReport[]];
  if (others.length === 0) return;
  const same = others.filter(({ difference }) => difference?.isWorse === false).length;
  const { examples, accuracy } = best.validation;
  const method = '(exact McNemar test, Holm correction, 5%)';
  printOut(
    same === 0
      ? `* all others are significantly worse than the best ${method}\n`
      : `= ${count(same)} of ${count(others.length)} not significantly different from the best, * worse ${method}\n`,
    2,
  );
  const chosen = `${percent(accuracy)} is optimistic (selection bias: best of ${count(rows.length)} on the same ${formatCount(examples, noun)})`;
  printOut(
    expected === undefined
      ? `${chosen}\n`
      : `${chosen}; on new ${noun}s expect ${percent(expected.accuracy)}, 95% CI ${percentInterval(expected.interval)} (bootstrap)\n`,
    2,
  );
}

function rowsTable(rows: readonly SweepRowReport[], varied: Varied): string {
  const hasFolds = rows[0]!.folds !== undefined;
  const header = [
    '',
    ...varied.map((name) => (name === 'learningRate' ? 'lr' : name)),
    'accuracy',
    '95% CI',
    'balanced',
    ...(hasFolds ? ['folds'] : []),
    'loss',
    'parameters',
    'time',
  ];
  const body = rows.map((row) => {
    const { validation, folds, parameters, seconds, difference } = row;
    return [
      difference === undefined ? 'best' : difference.isWorse ? '*' : '=',
      ...varied.map((name) => row[name]),
      percent(validation.accuracy),
      percentInterval(validation.interval),
      percent(validation.balancedAccuracy),
      ...(folds ? [`${(folds.mean * 100).toFixed(1)} ± ${percent(folds.std)}`] : []),
      validation.loss.toFixed(4),
      count(parameters.trainable),
      `${seconds.toFixed(1)} s`,
    ];
  });
  return table(header, body, { width: measureColumns('out'), optional: OPTIONAL });
}
