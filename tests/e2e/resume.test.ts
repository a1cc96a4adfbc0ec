/** @file kill -9 at any moment, then --resume: the same model, to the bit, as of a run that was left alone. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { cp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/tensor/random.ts';
import { needs } from '../support/needs.ts';
import { type CliOptions, type CliResult, graft } from './cli.ts';
import { RUN_FILES } from './run-files.ts';
import { drawWorkplace, ENDLESS, type Workplace } from './trained-models.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Two phases, the second through convolutions; Dropout, augmentation with views that come again, a schedule. */
const TRAINING = [
  ...['--size', '64', '--batch', '4', '--epochs', '40', '--patience', '0', '--views', '2', '--lr', '1e-3'],
  ...['--augment', 'rotation:20,flip', '--head', 'gap,dense:16:relu,dropout:0.3', '--schedule', 'cosine'],
  ...['--then', 'unfreeze=block_15_expand,optimizer=rmsprop,lr=1e-4,epochs=20,keep-epoch=last'],
];
/** Said when the long work begins. */
const BEGINNING = 'trainable parameters';
/** A checkpoint after every step. */
const OFTEN = ['--checkpoint', '0'];
/** Of 40 x 5 and 20 x 5. */
const STEPS_TO_KILL = 280;
const KILLS = Number(process.env['GRAFT_TEST_KILLS'] ?? 4);
const SEED = Number(process.env['GRAFT_TEST_SEED'] ?? 11);

let work: Workplace;
let whole: Buffer;
beforeAll(async () => {
  work = await drawWorkplace();
  const { status, stderr } = await graft(['train', 'two', ...TRAINING, ...OFTEN, '--out', 'whole'], work);
  expect([status, stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
  whole = await readFile(join(work.cwd, 'whole/model.onnx'));
});
afterAll(() => work.remove());

/** A working folder with a feature cache of its own, so that every run takes as long as the first. */
const apart = (run: string): Pick<CliOptions, 'cwd' | 'env'> => ({
  cwd: work.cwd,
  env: { GRAFT_HOME: join(work.cwd, 'homes', run) },
});

type Kill = Parameters<NonNullable<CliOptions['onStderr']>>[1];

/** Acts once the run has written so many whole checkpoints, and a moment later. */
function after(
  run: string,
  checkpoints: number,
  act: (kill: Kill) => void,
  momentMs = 0,
): NonNullable<CliOptions['onStderr']> {
  let isWatching = false;
  return (text, kill) => {
    if (isWatching || !text.includes(BEGINNING)) return;
    isWatching = true;
    const watch = setInterval(() => {
      if (newestOf(run) < checkpoints) return;
      clearInterval(watch);
      setTimeout(() => act(kill), momentMs);
    }, 5);
    watch.unref();
  };
}

const killed = (kill: Kill): void => kill('SIGKILL');

/** The number of a run's newest checkpoint, which is also that of all it wrote; 0 if there is none. */
function newestOf(run: string): number {
  let names: string[] = [];
  try {
    names = readdirSync(join(work.cwd, run, '.graft-checkpoints'));
  } catch {
    // The run has not come so far.
  }
  return Math.max(0, ...names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)));
}

/** A run that something is done to on its way. Where a busy machine let it end before, it is begun again. */
async function reached(
  run: string,
  watch: () => NonNullable<CliOptions['onStderr']>,
  ...more: string[]
): Promise<CliResult> {
  const result = await graft(['train', 'two', ...TRAINING, ...OFTEN, ...more, '--out', run], {
    ...apart(run),
    onStderr: watch(),
  });
  if (result.status !== 0) return result;
  for (const folder of [run, `homes/${run}`]) await rm(join(work.cwd, folder), { recursive: true });
  return reached(run, watch, ...more);
}

/** Begins a run and kills it after some checkpoints. */
async function begun(run: string, checkpoints: number, ...more: string[]): Promise<void> {
  const { signal } = await reached(run, () => after(run, checkpoints, killed), ...more);
  expect(signal).toBe('SIGKILL');
}

const modelOf = (run: string): Promise<Buffer> => readFile(join(work.cwd, run, 'model.onnx'));

/** The metrics of all epochs, without how long they took. */
async function historyOf(run: string): Promise<string[][]> {
  const [header = '', ...rows] = (await readFile(join(work.cwd, run, 'history.csv'), 'utf8'))
    .trimEnd()
    .split('\n');
  expect(header).toBe(`${HISTORY},seconds`);
  return rows.map((row) => row.split(',').slice(0, -1));
}
const HISTORY = 'epoch,phase,loss,accuracy,val_loss,val_accuracy,learning_rate';

/** The run has the result of one that was left alone. */
async function expectWhole(run: string): Promise<void> {
  expect((await modelOf(run)).equals(whole)).toBe(true);
  const history = await historyOf(run);
  expect(history).toHaveLength(60);
  expect(history).toEqual(await historyOf('whole'));
}

describe('a run that is killed', needs.signals, () => {
  it('leaves nothing but the result when it ends well', async () => {
    expect((await readdir(join(work.cwd, 'whole'))).toSorted()).toEqual(RUN_FILES);
  });

  it(`ends with the same model after kill -9 at ${KILLS} random moments and --resume`, async () => {
    const random = createRandom(SEED);
    let resumed = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const run = `killed${kill}`;
      const checkpoints = 1 + random.integer(STEPS_TO_KILL);
      const momentMs = random.uniform() * 10;
      const first = await reached(run, () => after(run, checkpoints, killed, momentMs));
      const moment = `seed ${SEED}, kill ${kill}: ${checkpoints} checkpoints and ${momentMs} ms`;
      expect([moment, first.status, first.signal]).toEqual([moment, null, 'SIGKILL']);
      expect(newestOf(run), moment).toBeGreaterThanOrEqual(checkpoints);
      const again = await graft(['train', '--resume', run], apart(run));
      expect([moment, again.status, again.stderr.match(/^(error|bug).*/m)]).toEqual([moment, 0, null]);
      if (/^resuming at epoch/m.test(again.stderr)) resumed++;
      await expectWhole(run);
      await rm(join(work.cwd, run), { recursive: true });
    }
    expect(resumed).toBe(KILLS);
  });

  it('goes on after Ctrl-C, too, and passes over a torn checkpoint', async () => {
    const first = await reached('stopped', () => after('stopped', 120, (kill) => kill('SIGINT')));
    expect(first.status).toBe(130);
    const folder = join(work.cwd, 'stopped/.graft-checkpoints');
    const newest = (await readdir(folder)).toSorted().at(-1)!;
    await truncate(join(folder, newest), 100);
    const again = await graft(['train', '--resume', 'stopped'], apart('stopped'));
    expect(again.status).toBe(0);
    expect(again.stderr).toContain('is damaged; taking the checkpoint before it');
    expect(again.stderr).toMatch(/^resuming at epoch \d+/m);
    await expectWhole('stopped');
  });
});

describe('a checkpoint with a flipped bit', needs.signals, () => {
  /** What an attacker of the manifest found to change the result in silence: each is one bit of a digit. */
  it('is named, and the one before it ends with the same model', async () => {
    await begun('flipped', 120);
    const folder = '.graft-checkpoints';
    const names = (await readdir(join(work.cwd, 'flipped', folder))).toSorted();
    const manifest = names.filter((name) => name.endsWith('.json')).at(-1)!;
    const weights = manifest.replace('json', 'safetensors');
    const flips: [string, (text: string) => number][] = [
      [manifest, (text) => text.indexOf('"iteration":') + '"iteration":'.length],
      [manifest, (text) => text.indexOf('"phase":') + '"phase":'.length],
      [manifest, (text) => text.indexOf('"identity":"') + 20],
      [weights, (text) => text.length - 5],
    ];
    for (const [index, [name, placeIn]] of flips.entries()) {
      const run = `flipped${index}`;
      await cp(join(work.cwd, 'flipped'), join(work.cwd, run), { recursive: true });
      const file = join(work.cwd, run, folder, name);
      const bytes = await readFile(file);
      bytes[placeIn(bytes.toString('latin1'))]! ^= 1;
      await writeFile(file, bytes);
      const again = await graft(['train', '--resume', run], apart(run));
      expect([run, again.status, again.stderr.match(/^(error|bug).*/m)]).toEqual([run, 0, null]);
      expect(again.stderr).toContain(
        `note ${join(run, folder, name)} is damaged; taking the checkpoint before it.\nresuming at epoch `,
      );
      await expectWhole(run);
    }
  }, 600_000);
});

describe('two runs of one folder in two PID namespaces', needs.pidNamespaces, () => {
  /** A command in a namespace of its own, where its number says nothing to others. */
  const apartFromAll = (...args: string[]): ChildProcess =>
    spawn('unshare', ['--pid', '--fork', '--kill-child', MAIN, 'train', ...args], {
      cwd: work.cwd,
      env: { ...process.env, ...apart('namespaces').env, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const ending = async (child: ChildProcess): Promise<[number | null, string]> => {
    let stderr = '';
    child.stderr!.on('data', (text) => {
      stderr += text;
    });
    return new Promise((resolve) => {
      child.on('close', (status) => resolve([status, stderr.trimEnd().split('\n').at(-1)!]));
    });
  };

  it('do not meet: the second is refused, whatever it is asked to do', async () => {
    const first = apartFromAll('two', ...ENDLESS, ...OFTEN, '--out', 'spaces');
    const ended = ending(first);
    while (newestOf('spaces') < 5) await pause(20);
    for (const args of [
      ['--resume', 'spaces'],
      ['two', '--size', '64', '--out', 'spaces', '--overwrite'],
    ]) {
      const before = newestOf('spaces');
      const [status, message] = await ending(apartFromAll(...args));
      expect([status, message.replace(/process \d+/, 'process N')]).toEqual([
        1,
        'error run folder "spaces": expected a folder of its own for each run, received one that process N of another container is using. Wait for its end, or choose another --out; if it is no run of Graft\'s, remove spaces/.graft-running.',
      ]);
      // The first one goes on.
      while (newestOf('spaces') < before + 5) await pause(20);
    }
    expect(first.exitCode).toBeNull();
    first.kill('SIGKILL');
    expect((await ended)[0]).toBeNull();
  }, 240_000);
});

it('a run whose folder was taken over stops with words, and writes nothing more', needs.signals, async () => {
  const lock = join(work.cwd, 'taken/.graft-running');
  const other = '{"host":"elsewhere","pid":7,"token":"of another"}\n';
  let newestWhenTaken = Number.NaN;
  const { status, stderr } = await graft(['train', 'two', ...ENDLESS, ...OFTEN, '--out', 'taken'], {
    ...apart('taken'),
    onStderr: after('taken', 20, () => {
      writeFileSync(lock, other);
      newestWhenTaken = newestOf('taken');
    }),
  });
  expect([newestWhenTaken >= 20, status, stderr.trimEnd().split('\n').at(-1)]).toEqual([
    true,
    1,
    'error run folder "taken": expected to be the folder of this run until its end, received one that process 7 of elsewhere has taken over. This run has stopped, and writes nothing more there. Give each run an --out of its own.',
  ]);
  expect(await readFile(lock, 'utf8')).toBe(other);
  // What there was is there for the other.
  expect((await readdir(join(work.cwd, 'taken'))).toSorted()).toEqual([
    '.graft-checkpoints',
    '.graft-run',
    '.graft-running',
    'run.json',
  ]);
  // One may have been in the making.
  expect(newestOf('taken')).toBeLessThanOrEqual(newestWhenTaken + 1);
});

describe('--resume', () => {
  const failure = async (...args: string[]): Promise<[number | null, string]> => {
    const { status, stderr } = await graft(['train', ...args], work);
    return [status, stderr.trim().split('\n').at(-1)!];
  };

  it('refuses a run that has ended', async () => {
    expect(await failure('--resume', 'whole')).toEqual([
      1,
      'error run folder "whole": expected a run that was begun and has not ended, received a folder without run.json. A run that has ended is begun again with graft train DIR --recipe RUN/recipe.json.',
    ]);
  });

  it('refuses to change what is trained', async () => {
    expect(await failure('--resume', 'whole', '--lr', '1')).toEqual([
      2,
      'error: --resume takes the run as it was begun: leave out --lr',
    ]);
    expect(await failure('two', '--resume', 'whole')).toEqual([
      2,
      'error: --resume takes the run as it was begun: leave out two',
    ]);
  });

  const OTHER_TRAINING =
    /^error checkpoint "(.+)\/\.graft-checkpoints\/\d+\.json": expected one of this training, received one of other examples, another recipe, network or version of Graft\. Put the examples back as they were, or start a new run\.$/;

  it('refuses images that were changed', async () => {
    const { cwd } = work;
    await begun('changed', 5);
    const [image] = await readdir(join(cwd, 'two/bars'));
    const file = join(cwd, 'two/bars', image!);
    const bytes = await readFile(file);
    await writeFile(file, Buffer.concat([bytes, Buffer.from([0])]));
    const [status, message] = await failure('--resume', 'changed');
    await writeFile(file, bytes);
    expect([status, message.match(OTHER_TRAINING)?.[1]]).toEqual([1, 'changed']);
  });

  it('refuses a checkpoint of another recipe, and of another network', async () => {
    const { cwd } = work;
    await begun('recipe', 5);
    const file = join(cwd, 'recipe/run.json');
    const text = await readFile(file, 'utf8');
    // As an earlier version wrote it, without a checksum.
    const { sha256, ...start } = JSON.parse(text) as { sha256: string; recipe: Record<string, unknown> };
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    await writeFile(file, JSON.stringify({ ...start, recipe: { ...start.recipe, learningRate: 0.002 } }));
    const [status, message] = await failure('--resume', 'recipe');
    expect([status, message.match(OTHER_TRAINING)?.[1]]).toEqual([1, 'recipe']);
    await writeFile(file, text);
    await begun('network', 5, '--cut', 'block_16_project');
    await rename(join(cwd, 'recipe/.graft-checkpoints'), join(cwd, 'recipe/own'));
    await rename(join(cwd, 'network/.graft-checkpoints'), join(cwd, 'recipe/.graft-checkpoints'));
    const foreign = await failure('--resume', 'recipe');
    expect([foreign[0], foreign[1].match(OTHER_TRAINING)?.[1]]).toEqual([1, 'recipe']);
    // With its own recipe and checkpoints it goes on, so that nothing else was the reason.
    await rm(join(cwd, 'recipe/.graft-checkpoints'), { recursive: true });
    await rename(join(cwd, 'recipe/own'), join(cwd, 'recipe/.graft-checkpoints'));
    expect((await graft(['train', '--resume', 'recipe'], apart('recipe'))).status).toBe(0);
    await expectWhole('recipe');
  });

  it('refuses a run that another process is at, which comes to no harm', needs.signals, async () => {
    let refused: Promise<[number | null, string]> | undefined;
    let checkpoints: string[][] = [];
    const live = await graft(['train', 'two', ...TRAINING, ...OFTEN, '--out', 'live'], {
      ...apart('live'),
      onStderr: after('live', 20, (kill) => {
        // It stands still meanwhile, so that it is there for certain.
        kill('SIGSTOP');
        const list = (): string[] => readdirSync(join(work.cwd, 'live/.graft-checkpoints')).toSorted();
        const before = list();
        refused = failure('--resume', 'live').finally(() => {
          checkpoints = [before, list()];
          kill('SIGCONT');
        });
      }),
    });
    const [status, message] = await refused!;
    expect([status, message.replace(/process \d+/, 'process N')]).toEqual([
      1,
      `error run folder "live": expected a folder of its own for each run, received one that process N is using. Wait for its end, or choose another --out; if it is no run of Graft's, remove live/.graft-running.`,
    ]);
    expect(checkpoints[1]).toEqual(checkpoints[0]);
    expect([live.status, live.stderr.match(/^(error|bug|note .* is damaged).*/m)]).toEqual([0, null]);
    await expectWhole('live');
  });
});
