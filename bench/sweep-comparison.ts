/** @file A sweep of twelve heads against twelve single runs, on cats-vs-dogs. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSet } from './data-sets.ts';
import { median, type Ratio, ratioOf, showRatio, table } from './figures.ts';
import { runGraft } from './graft-command.ts';
import { inTurns, type Report } from './rounds.ts';

const CUTS = ['block_12_add', 'block_15_add'];
const HEADS = ['linear', 'gap,dense:128:relu', 'gmp'];
const RATES = ['1e-2', '1e-3'];
const CELLS = CUTS.flatMap((cut) => HEADS.flatMap((head) => RATES.map((rate) => ({ cut, head, rate }))));

export interface SweepRow {
  readonly contender: string;
  /** A figure for each round. */
  readonly seconds: readonly number[];
  /** This contender's time over that of the sweep; absent for the sweep. */
  readonly ratio?: Ratio | undefined;
}

export interface SweepComparison {
  readonly rows: readonly SweepRow[];
  readonly leftOut: readonly string[];
}

/** A validation accuracy by cut, head and rate. */
type Accuracies = ReadonlyMap<string, number>;

/**
 * Each contender begins with an empty cache, and they take turns.
 *
 * @throws If the sweep's figures are not those of the single runs.
 */
export async function compareSweep(options: {
  readonly rounds: number;
  readonly report: Report;
}): Promise<SweepComparison> {
  const data = dataSet('cats-vs-dogs');
  if (data === undefined) return { rows: [], leftOut: ['the sweep: there is no ../shared/data'] };
  const contenders = [
    { name: 'one sweep', run: (home: string) => sweep(data, home) },
    { name: 'single runs, without cache', run: (home: string) => singles(data, home, ['--no-cache']) },
    { name: 'single runs that share the cache', run: (home: string) => singles(data, home, []) },
  ];
  const turns = await inTurns(contenders, options.rounds, async ({ name, run }) => {
    options.report(`12 heads: ${name}`);
    const home = await mkdtemp(join(tmpdir(), 'graft-bench-sweep-'));
    try {
      const started = performance.now();
      const accuracies = await run(home);
      return { seconds: (performance.now() - started) / 1000, accuracies };
    } finally {
      await rm(home, { recursive: true });
    }
  });
  refuseOtherFigures(turns.flat().map(({ accuracies }) => accuracies));
  const seconds = turns.map((list) => list.map((turn) => turn.seconds));
  const rows = contenders.map(({ name: contender }, index) => ({
    contender,
    seconds: seconds[index]!,
    ratio: index > 0 ? ratioOf(seconds[index]!, seconds[0]!) : undefined,
  }));
  return { rows, leftOut: [] };
}

export function showSweep({ rows, leftOut }: SweepComparison): string {
  return [
    table(
      ['contender', 'seconds', 'x the sweep'],
      rows.map(({ contender, seconds, ratio }) => [contender, median(seconds).toFixed(1), showRatio(ratio)]),
      1,
    ),
    ...leftOut.map((line) => `\nLeft out: ${line}`),
  ].join('\n');
}

async function sweep(data: string, home: string): Promise<Accuracies> {
  const lists = ['--cuts', CUTS.join(','), '--heads', HEADS.join(';'), '--lrs', RATES.join(',')];
  const out = join(home, 'sweep');
  const { output } = await runGraft(['sweep', data, '--json', '--out', out, ...lists], home);
  const { rows } = JSON.parse(output) as {
    rows: { cut: string; head: string; learningRate: number; validation: { accuracy: number } }[];
  };
  return new Map(rows.map((row) => [keyOf(row.cut, row.head, row.learningRate), row.validation.accuracy]));
}

async function singles(data: string, home: string, more: readonly string[]): Promise<Accuracies> {
  const accuracies = new Map<string, number>();
  for (const [index, { cut, head, rate }] of CELLS.entries()) {
    const out = join(home, `run-${index}`);
    const recipe = ['--cut', cut, '--head', head, '--lr', rate];
    const { output } = await runGraft(['train', data, '--json', '--out', out, ...recipe, ...more], home);
    const { validation } = JSON.parse(output) as { validation: { accuracy: number } };
    accuracies.set(keyOf(cut, head, Number(rate)), validation.accuracy);
  }
  return accuracies;
}

function keyOf(cut: string, head: string, rate: number): string {
  return `${cut} ${head} ${rate}`;
}

/** Nobody wins by computing something else. */
function refuseOtherFigures(all: readonly Accuracies[]): void {
  const [first, ...others] = all;
  for (const accuracies of others) {
    for (const [key, accuracy] of first!) {
      if (accuracies.get(key) === accuracy) continue;
      throw new Error(`${key}: ${accuracies.get(key)} in one contender, ${accuracy} in another`);
    }
  }
}
