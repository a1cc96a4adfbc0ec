/**
 * @file A sweep of twelve heads against twelve single runs: `npx tsx bench/sweep.ts [DATA [ROUNDS]]`, after
 * `npm run build`.
 *
 * Each contender begins with an empty cache, in processes of their own, and they take turns. Twelve single runs are timed
 * with `--no-cache` and with the cache that they share. The sweep must end with the figures of the single runs, or
 * the benchmark stops.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './figures.ts';
import { describeMachine, showMachine } from './machine.ts';
import { inTurns } from './rounds.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const CUTS = ['block_12_add', 'block_15_add'];
const HEADS = ['linear', 'gap,dense:128:relu', 'gmp'];
const RATES = ['1e-2', '1e-3'];
const CELLS = CUTS.flatMap((cut) => HEADS.flatMap((head) => RATES.map((rate) => ({ cut, head, rate }))));

const data = resolve(process.argv[2] ?? '../shared/data/cats-vs-dogs');
const rounds = Number(process.argv[3] ?? 3);
if (!existsSync(data)) throw new Error(`no pictures at ${data}: name a folder of class folders`);

/** A validation accuracy by cut, head and rate. */
type Accuracies = ReadonlyMap<string, number>;

interface Turn {
  readonly seconds: number;
  readonly accuracies: Accuracies;
}

/** Runs `graft` and gives its JSON document. */
function graft(args: readonly string[], home: string): Promise<Record<string, unknown>> {
  return new Promise((fulfil, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args, '--json'], {
      cwd: home,
      env: { ...process.env, GRAFT_HOME: home, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('close', (status) => {
      if (status === 0) fulfil(JSON.parse(stdout) as Record<string, unknown>);
      else reject(new Error(stderr));
    });
  });
}

async function sweep(home: string): Promise<Accuracies> {
  const lists = ['--cuts', CUTS.join(','), '--heads', HEADS.join(';'), '--lrs', RATES.join(',')];
  const { rows } = (await graft(['sweep', data, ...lists], home)) as {
    rows: { cut: string; head: string; learningRate: number; validation: { accuracy: number } }[];
  };
  return new Map(rows.map((row) => [keyOf(row.cut, row.head, row.learningRate), row.validation.accuracy]));
}

async function singles(home: string, ...more: string[]): Promise<Accuracies> {
  const accuracies = new Map<string, number>();
  for (const { cut, head, rate } of CELLS) {
    const recipe = ['--cut', cut, '--head', head, '--lr', rate];
    const document = await graft(['train', data, ...recipe, ...more], home);
    const { accuracy } = document['validation'] as { accuracy: number };
    accuracies.set(keyOf(cut, head, Number(rate)), accuracy);
  }
  return accuracies;
}

function keyOf(cut: string, head: string, rate: number): string {
  return `${cut} ${head} ${rate}`;
}

const contenders = [
  { name: 'one sweep of 12 heads', run: sweep },
  { name: '12 single runs, without cache', run: (home: string) => singles(home, '--no-cache') },
  { name: '12 single runs that share the cache', run: (home: string) => singles(home) },
];

console.log(
  `${showMachine(describeMachine(undefined))}\n${rounds} rounds; median (fastest to slowest round)\n`,
);
const turns = await inTurns(contenders, rounds, async ({ name, run }): Promise<Turn> => {
  const home = await mkdtemp(join(tmpdir(), 'graft-bench-sweep-'));
  try {
    const started = performance.now();
    const accuracies = await run(home);
    const seconds = (performance.now() - started) / 1000;
    console.error(`... ${name}: ${seconds.toFixed(1)} s`);
    return { seconds, accuracies };
  } finally {
    await rm(home, { recursive: true });
  }
});

for (const { accuracies } of turns.flat()) {
  for (const [key, accuracy] of turns[0]![0]!.accuracies) {
    if (accuracies.get(key) === accuracy) continue;
    throw new Error(`${key}: ${accuracies.get(key)} alone, ${accuracy} in the sweep`);
  }
}
contenders.forEach(({ name }, index) => {
  const seconds = turns[index]!.map((turn) => turn.seconds);
  const ratios = turns[index]!.map((turn, round) => turn.seconds / turns[0]![round]!.seconds);
  const spread = `(${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)})`;
  const ratio = index === 0 ? '' : `, ${median(ratios).toFixed(2)} x the sweep`;
  console.log(`${name}: ${median(seconds).toFixed(1)} s ${spread}${ratio}`);
});
