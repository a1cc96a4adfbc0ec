/**
 * @file Runs the commands of two commits by turns and compares their time and memory:
 *
 *     npx tsx tools/compare-speed.ts OLD [NEW] [--rounds 5] [--only NAME,NAME] [--modules] [--new-train=--no-report]
 *
 * NEW is the working tree if it is not named; `--modules` takes this folder's packages for both; `--new-train` is what the trainings of NEW
 * alone are told, so that both do the same work. Needs ../shared/data, or the folder that GRAFT_BENCH_DATA names. A ratio below 1 says that
 * NEW is faster, or takes less.
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dataSet } from '../bench/data-sets.ts';
import { figuresOf, ratioOf, showFigures, showRatio, table } from '../bench/figures.ts';
import { measureProcess } from '../bench/measured-process.ts';
import { inTurns } from '../bench/rounds.ts';
import { withBuiltCommits } from './built-commits.ts';

interface Case {
  readonly name: string;
  /** Arguments of the command, with `--out` and the data in place. */
  readonly args: readonly string[];
  /** Whether features are there from a run before. */
  readonly isSecondRun?: boolean;
}

const DATA = dataSet('horses-or-humans');

const TRAIN = ['train', DATA!, '--json', '--overwrite', '--seed', '1'];
const CASES: readonly Case[] = [
  { name: 'start', args: ['--version'] },
  { name: 'help', args: ['train', '--help'] },
  { name: 'features', args: [...TRAIN, '--no-cache', '--epochs', '1'] },
  { name: 'second-run', args: TRAIN, isSecondRun: true },
  {
    name: 'dense-head',
    args: [...TRAIN, '--recipe', 'book-mobilenet', '--augment', 'none', '--epochs', '5'],
    isSecondRun: true,
  },
  {
    name: 'fine-tune',
    args: [
      ...TRAIN,
      '--unfreeze',
      'block_15_expand',
      '--optimizer',
      'rmsprop',
      '--lr',
      '1e-4',
      '--epochs',
      '2',
    ],
    isSecondRun: true,
  },
];

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      only: { type: 'string' },
      modules: { type: 'boolean', default: false },
      'new-train': { type: 'string', default: '' },
    },
  });
  const [before, after] = positionals;
  if (before === undefined) throw new Error('Name the commit to compare with.');
  if (DATA === undefined) throw new Error('There is no ../shared/data, and GRAFT_BENCH_DATA names none.');
  const wanted = values.only?.split(',');
  const cases = CASES.filter(({ name }) => wanted?.includes(name) ?? true);
  await withBuiltCommits([before, after], values.modules, async ({ commands, work }) => {
    const rows: string[][] = [];
    for (const one of cases) {
      const more = values['new-train'].split(' ').filter((word) => word !== '');
      const measure = (side: number): ReturnType<typeof measureProcess> =>
        run(commands[side]!, one, { work, side, more: side === 1 ? more : [] });
      if (one.isSecondRun) for (const side of [0, 1]) await measure(side);
      const [old, current] = await inTurns([0, 1], Number(values.rounds), measure);
      const [oldMs, currentMs] = [old!, current!].map((all) => all.map(({ seconds }) => seconds * 1000));
      const [oldMiB, currentMiB] = [old!, current!].map((all) =>
        all.map(({ peakBytes }) => peakBytes / 2 ** 20),
      );
      rows.push([
        one.name,
        showFigures(figuresOf(oldMs!)),
        showFigures(figuresOf(currentMs!)),
        showRatio(ratioOf(currentMs!, oldMs!)),
        showRatio(ratioOf(currentMiB!, oldMiB!)),
      ]);
      console.error(rows.at(-1)!.join('   '));
    }
    console.log(table(['case', 'old, ms', 'new, ms', 'time, new / old', 'memory, new / old'], rows, 1));
  });
}

function run(
  command: string,
  { name, args }: Case,
  { work, side, more }: { readonly work: string; readonly side: number; readonly more: readonly string[] },
): ReturnType<typeof measureProcess> {
  const isTraining = args[0] === 'train' && !args.includes('--help');
  const out = isTraining ? ['--out', join(work, `${name}-${side}`), ...more] : [];
  const home = join(work, `home-${name}-${side}`);
  return measureProcess(command, [...args, ...out], { ...process.env, GRAFT_HOME: home, NO_COLOR: '1' });
}

void main();
