/** @file What people read of a search for a learning rate. */

import { visible } from '../core/errors/visible-text.ts';
import type { LearningRateReport } from '../use-cases/learning-rate-report.ts';
import { formatCount } from './number-text.ts';
import { printOut, say, styled } from './terminal.ts';

const MARGIN = 14;

/** Prints the suggestion, and what it is from. */
export function printSearch({
  points,
  ended,
  suggested,
  steepest,
  minimumTenth,
  plot,
}: LearningRateReport): void {
  const last = points.at(-1)?.learningRate ?? 0;
  const tried = formatCount(points.length, 'learning rate');
  const how = {
    steps: tried,
    diverged: `${tried}; the loss diverged at ${rateOf(last)}`,
    interrupted: `${tried}, then interrupted`,
  }[ended];
  say();
  line('tried', how);
  if (suggested === undefined || steepest === undefined || minimumTenth === undefined) {
    line(
      'no suggestion',
      'the loss never fell: give more --steps, a larger --batch, or other rates with --from and --to',
    );
  } else {
    const between = Math.sqrt(steepest * minimumTenth);
    const limit = suggested < between ? 'upper' : 'lower';
    const why = suggested === between ? 'between the two below' : `the ${limit} limit for this training`;
    line('suggested', `${styled('bold', `--lr ${rateOf(suggested)}`, 'out')}  ${why}`);
    line('steepest', `${rateOf(steepest)}  where the loss falls fastest`);
    line('minimum / 10', `${rateOf(minimumTenth)}  a tenth of the rate with the lowest loss`);
  }
  if (plot !== null) line('plot', visible(plot));
}

function line(name: string, value: string): void {
  printOut(`${name.padEnd(MARGIN)} ${value}\n`, MARGIN + 1);
}

/** `1.3e-3` */
function rateOf(value: number): string {
  return value.toExponential(1).replace('.0e', 'e').replace('e+0', '');
}
