/**
 * @file kill -9 at chosen system calls, where files are made, written, renamed and removed: whatever is done next ends with the
 * same model, to the bit, and with nothing left beside it. Needs strace, and says so where there is none.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/core/tensor/random.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawWorkplace, type Workplace } from './trained-models.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const KILLS = Number(process.env['GRAFT_TEST_KILLS'] ?? 4);
const SEED = Number(process.env['GRAFT_TEST_SEED'] ?? 17);

/** What changes files. */
const CALLS = ['rename', 'unlink', 'fsync', 'pwrite64', 'write', 'mkdir', 'rmdir', 'utimensat'];

const { strace } = needs;

/** strace counts the calls of each thread: with one thread for all files, the same call comes at the same place again. */
const ONE_THREAD = { UV_THREADPOOL_SIZE: '1', NO_COLOR: '1' };

const TRAINING = [
  ...[
    'train',
    'two',
    '--size',
    '64',
    '--batch',
    '8',
    '--epochs',
    '6',
    '--patience',
    '0',
    '--checkpoint',
    '0',
  ],
  ...['--head', 'gap,dense:8:relu,dropout:0.3', '--then', 'lr=1e-4,epochs=3', '--no-report'],
];
const RESULT = ['.graft-run', 'curves.svg', 'history.csv', 'model.onnx', 'recipe.json', 'training.json'];

let work: Workplace;
let whole: Buffer;
beforeAll(async () => {
  if (strace.skip) return;
  work = await drawWorkplace();
  await mkdir(join(work.cwd, 'homes'));
  expect((await graft([...TRAINING, '--out', 'whole'], work)).status).toBe(0);
  whole = await readFile(join(work.cwd, 'whole/model.onnx'));
}, 120_000);
afterAll(() => work?.remove());

/** Runs the training under strace, with a feature cache of its own. @returns The signal that ended it. */
function traced(run: string, ...options: string[]): Promise<NodeJS.Signals | null> {
  const log = join(work.cwd, `${run}.log`);
  const trace = ['-f', '-qq', '-o', log, ...options];
  const child = spawn('strace', [...trace, process.execPath, MAIN, ...TRAINING, '--out', run], {
    cwd: work.cwd,
    env: { ...process.env, GRAFT_HOME: join(work.cwd, 'homes', run), ...ONE_THREAD },
    stdio: 'ignore',
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (_, signal) => resolve(signal));
  });
}

/** How often each call is made, by the thread that makes it most often, in a run that is left alone. */
async function countCalls(): Promise<ReadonlyMap<string, number>> {
  // Not where calls are injected: strace 6.1 counts them wrongly then.
  expect(await traced('counted', '--seccomp-bpf', '-e', `trace=${CALLS.join(',')}`)).toBeNull();
  const byThread = new Map<string, number>();
  for (const line of (await readFile(join(work.cwd, 'counted.log'), 'utf8')).split('\n')) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (call !== undefined) byThread.set(`${call} ${thread}`, (byThread.get(`${call} ${thread}`) ?? 0) + 1);
  }
  const max = new Map<string, number>();
  for (const [key, count] of byThread) {
    const call = key.split(' ')[0]!;
    max.set(call, Math.max(max.get(call) ?? 0, count));
  }
  return max;
}

/** Any call of a run, its last ones more often: the ending has many steps that follow each other at once. */
function choose(counts: ReadonlyMap<string, number>, random: Random): { call: string; when: number } {
  // Those of which there are many, more often.
  const calls = [...counts].flatMap(([call, count]) => new Array<string>(count >= 20 ? 3 : 1).fill(call));
  const call = calls[random.integer(calls.length)]!;
  const count = counts.get(call)!;
  const last = Math.min(count, 6);
  return {
    call,
    when: 1 + (random.uniform() < 0.5 ? count - 1 - random.integer(last) : random.integer(count)),
  };
}

/** What a person does next: goes on with the run, or begins it where there was nothing to go on with. */
async function endIt(run: string): Promise<string> {
  const home = { ...work, env: { GRAFT_HOME: join(work.cwd, 'homes', run) } };
  const resumed = await graft(['train', '--resume', run, '--no-report'], home);
  if (resumed.status === 0) return /^resuming at/m.test(resumed.stderr) ? 'resumed' : 'begun by --resume';
  expect(resumed.stderr).toContain('received a folder without run.json.');
  if (existsSync(join(work.cwd, run, 'model.onnx'))) return 'had ended';
  const begun = await graft([...TRAINING, '--out', run], home);
  expect([begun.status, begun.stderr.match(/^(?:error|bug).*/m)]).toEqual([0, null]);
  return 'begun anew';
}

describe('a run that is killed at a system call', strace, () => {
  it(`ends with the same model, and nothing beside it, after each of ${KILLS} kills`, async () => {
    const random = createRandom(SEED);
    const counts = await countCalls();
    const outcomes: string[] = [];
    for (let tries = 0; outcomes.length < KILLS; tries++) {
      // A call that does not come, because another thread made it this time, kills nothing.
      expect(tries, outcomes.join('; ')).toBeLessThan(KILLS * 10 + 20);
      const { call, when } = choose(counts, random);
      const run = `run${tries}`;
      const signal = await traced(
        run,
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${call}:signal=KILL:when=${when}`,
      );
      const where = `seed ${SEED}: ${call} number ${when}`;
      if (signal === null) continue;
      expect([where, signal]).toEqual([where, 'SIGKILL']);
      outcomes.push(`${where}: ${await endIt(run)}`);
      expect([where, (await readFile(join(work.cwd, run, 'model.onnx'))).equals(whole)]).toEqual([
        where,
        true,
      ]);
      expect([where, (await readdir(join(work.cwd, run))).toSorted()]).toEqual([where, RESULT]);
      for (const left of [run, `homes/${run}`, `${run}.log`]) {
        await rm(join(work.cwd, left), { recursive: true, force: true });
      }
    }
    if (process.env['GRAFT_TEST_KILLS'] !== undefined) console.log(outcomes.join('\n'));
  }, 3_600_000);
});
