/** @file `npm run bench`: times Graft beside PyTorch, prints tables, and writes bench/results/. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { compareFeatures, showFeatures } from './features.ts';
import { compareHeadSteps, showHeadSteps } from './head-step.ts';
import { describeMachine, showMachine } from './machine.ts';

const command = new Command('bench')
  .description('Times Graft beside PyTorch on the same work, in turns.')
  .addOption(
    new Option('--case <name>', 'what to time').choices(['features', 'head-step', 'all']).default('all'),
  )
  .option('--rounds <n>', 'how often everyone has a turn', positiveInteger, 5)
  .option(
    '--batches <list>',
    'batch sizes (default: 1,8,32 for features, 20,32,64 for head-step)',
    batchSizes,
  )
  .option('--json <file>', 'where the figures go (default: bench/results/DATE.json)')
  .addOption(new Option('--python <path>', 'a Python with torch and torchvision').env('GRAFT_BENCH_PYTHON'))
  .parse();

const options = command.opts<{
  case: string;
  rounds: number;
  batches?: number[];
  json?: string;
  python?: string;
}>();
const { rounds, batches, python } = options;
const report = (line: string): void => console.error(`... ${line}`);

const machine = describeMachine(python);
console.log(`${showMachine(machine)}\n${rounds} rounds; median (fastest to slowest round)\n`);
const results: Record<string, unknown> = { machine, rounds };
if (options.case !== 'head-step') {
  const rows = await compareFeatures({ rounds, batches, python, report });
  console.log(`Pixels to features\n\n${showFeatures(rows)}\n`);
  results['features'] = rows;
}
if (options.case !== 'features') {
  const comparison = await compareHeadSteps({ rounds, batches, python, report });
  console.log(`A training step of the head\n\n${showHeadSteps(comparison)}\n`);
  results['headStep'] = comparison;
}

const standard = new URL(`results/${machine.date.replaceAll(':', '-')}.json`, import.meta.url);
const file = options.json ?? fileURLToPath(standard);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
console.log(`Figures: ${file}`);

function batchSizes(text: string): number[] {
  return text.split(',').map(positiveInteger);
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number above 0.');
  return value;
}
