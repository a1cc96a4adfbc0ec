/** @file The same command twice on the same images: the second run finds the features that the first one kept. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSet } from './data-sets.ts';
import { type Figures, figuresOf, type Ratio, ratioOf, showRatio, table } from './figures.ts';
import { runGraft, trainReportOf } from './graft-command.ts';
import type { Report } from './rounds.ts';

export interface SecondRunRow {
  readonly data: string;
  readonly images: number;
  /** Seconds of the whole command. */
  readonly first: Figures;
  readonly second: Figures;
  /** The first over the second. */
  readonly ratio: Ratio;
}

/** `graft train DATA`, all defaults. */
export async function compareSecondRuns(options: {
  readonly rounds: number;
  readonly report: Report;
}): Promise<SecondRunRow[]> {
  const rows: SecondRunRow[] = [];
  for (const name of ['horses-or-humans', 'cats-vs-dogs'] as const) {
    const data = dataSet(name);
    if (data === undefined) continue;
    const [first, second]: [number[], number[]] = [[], []];
    let images = 0;
    for (let round = 0; round < options.rounds; round++) {
      options.report(`twice on ${name}, round ${round + 1}`);
      const folder = mkdtempSync(join(tmpdir(), 'graft-bench-second-run-'));
      try {
        for (const times of [first, second]) {
          const args = ['train', data, '--json', '--out', join(folder, 'run'), '--overwrite'];
          const measured = await runGraft(args, join(folder, 'home'));
          const { train, validation } = trainReportOf(measured);
          images = train.examples + validation.examples;
          times.push(measured.seconds);
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
    const row = { first: figuresOf(inMs(first)), second: figuresOf(inMs(second)) };
    rows.push({ data: name, images, ...row, ratio: ratioOf(first, second) });
  }
  return rows;
}

export function showSecondRuns(rows: readonly SecondRunRow[]): string {
  if (rows.length === 0) return 'Left out: there is no ../shared/data';
  return table(
    ['images', 'count', 'first run, s', 'second run, s', 'first / second'],
    rows.map(({ data, images, first, second, ratio }) => [
      data,
      `${images}`,
      (first.medianMs / 1000).toFixed(2),
      (second.medianMs / 1000).toFixed(2),
      showRatio(ratio),
    ]),
    1,
  );
}

function inMs(seconds: readonly number[]): number[] {
  return seconds.map((value) => value * 1000);
}
