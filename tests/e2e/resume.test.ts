/** @file kill -9 at any moment, then --resume: the same model, to the bit, as of a run that was left alone. */

import { existsSync } from 'node:fs';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/tensor/random.ts';
import { type CliOptions, graft } from './cli.ts';
import { drawWorkplace, type Workplace } from './trained-models.ts';

/** Two phases, the second through convolutions; Dropout, augmentation with views that come again, a schedule. */
const TRAINING = [
  ...['--size', '64', '--batch', '4', '--epochs', '40', '--patience', '0', '--views', '2', '--lr', '1e-3'],
  ...['--augment', 'rotation:20,flip', '--head', 'gap,dense:16:relu,dropout:0.3', '--schedule', 'cosine'],
  ...['--then', 'unfreeze=block_15_expand,optimizer=rmsprop,lr=1e-4,epochs=20'],
];
/** Said when the long work begins. */
const BEGINNING = 'parameters are trained';
/** A checkpoint after every step. */
const OFTEN = ['--checkpoint', '0'];
const KILLS = Number(process.env['GRAFT_TEST_KILLS'] ?? 4);

let work: Workplace;
let whole: Buffer;
beforeAll(async () => {
  work = await drawWorkplace();
  const { status, stderr } = await graft(['train', 'two', ...TRAINING, ...OFTEN, '--out', 'whole'], work);
  expect([status, stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
  whole = await readFile(join(work.cwd, 'whole/model.onnx'));
}, 120_000);
afterAll(() => work.remove());

/** A working folder with a feature cache of its own, so that every run takes as long as the first. */
const apart = (run: string): Pick<CliOptions, 'cwd' | 'env'> => ({
  cwd: work.cwd,
  env: { GRAFT_HOME: join(work.cwd, 'homes', run) },
});

/** Signals once the run has written so many checkpoints, and a moment later. */
function after(
  run: string,
  checkpoints: number,
  signal: NodeJS.Signals,
): NonNullable<CliOptions['onStderr']> {
  let isWatching = false;
  return (text, kill) => {
    if (isWatching || !text.includes(BEGINNING)) return;
    isWatching = true;
    const watch = setInterval(async () => {
      const names = await readdir(join(work.cwd, run, 'checkpoints')).catch(() => []);
      if (Math.max(0, ...names.map((name) => Number.parseInt(name, 10) || 0)) < checkpoints) return;
      clearInterval(watch);
      setTimeout(() => kill(signal), Math.random() * 10);
    }, 5);
    watch.unref();
  };
}

const modelOf = (run: string): Promise<Buffer> => readFile(join(work.cwd, run, 'model.onnx'));

describe.skipIf(process.platform === 'win32')('a run that is killed', () => {
  it('leaves nothing but the result when it ends well', async () => {
    expect((await readdir(join(work.cwd, 'whole'))).toSorted()).toEqual([
      'curves.svg',
      'history.csv',
      'model.onnx',
      'recipe.json',
    ]);
  });

  it(`ends with the same model after kill -9 at ${KILLS} random moments and --resume`, async () => {
    const random = createRandom(Number(process.env['GRAFT_TEST_SEED'] ?? 11));
    let resumed = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const run = `killed${kill}`;
      // Of 40 x 5 and 20 x 5 steps.
      const checkpoints = random.integer(290);
      const first = await graft(['train', 'two', ...TRAINING, ...OFTEN, '--out', run], {
        ...apart(run),
        onStderr: after(run, checkpoints, 'SIGKILL'),
      });
      if (first.status === 0 || !existsSync(join(work.cwd, run, 'run.json'))) {
        await rm(join(work.cwd, run), { recursive: true, force: true });
        continue;
      }
      const again = await graft(['train', '--resume', run], apart(run));
      expect([again.status, again.stderr.match(/^(error|bug).*/m), checkpoints]).toEqual([
        0,
        null,
        checkpoints,
      ]);
      if (/^going on with epoch/m.test(again.stderr)) resumed++;
      expect((await modelOf(run)).equals(whole)).toBe(true);
      await rm(join(work.cwd, run), { recursive: true });
    }
    expect(resumed).toBeGreaterThan(0);
  }, 600_000);

  it('goes on after Ctrl-C, too, and passes over a torn checkpoint', async () => {
    const first = await graft(['train', 'two', ...TRAINING, ...OFTEN, '--out', 'stopped'], {
      ...apart('stopped'),
      onStderr: after('stopped', 120, 'SIGINT'),
    });
    expect(first.status).toBe(130);
    const folder = join(work.cwd, 'stopped/checkpoints');
    const newest = (await readdir(folder)).toSorted().at(-1)!;
    await truncate(join(folder, newest), 100);
    const again = await graft(['train', '--resume', 'stopped'], apart('stopped'));
    expect(again.status).toBe(0);
    expect(again.stderr).toContain('is damaged; taking the checkpoint before it');
    expect(again.stderr).toMatch(/^going on with epoch \d+/m);
    expect((await modelOf('stopped')).equals(whole)).toBe(true);
  }, 120_000);
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

  it('refuses pictures that were changed', async () => {
    const { cwd } = work;
    await graft(['train', 'two', ...TRAINING, ...OFTEN, '--out', 'changed'], {
      ...apart('changed'),
      onStderr: after('changed', 5, 'SIGKILL'),
    });
    const [picture] = await readdir(join(cwd, 'two/bars'));
    const file = join(cwd, 'two/bars', picture!);
    const bytes = await readFile(file);
    await writeFile(file, Buffer.concat([bytes, Buffer.from([0])]));
    const [status, message] = await failure('--resume', 'changed');
    await writeFile(file, bytes);
    expect(status).toBe(1);
    expect(message).toMatch(
      /^error checkpoint "changed\/checkpoints\/\d+\.json": expected one of this training, received one of other pictures, another recipe, network or version of Graft\. Put the pictures back as they were, or start a new run\.$/,
    );
  }, 60_000);
});
