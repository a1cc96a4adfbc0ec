/** @file Ctrl-C, kill -9, two runs at once, and a reader that goes away: nothing half-written, nothing lost. */

import { execFile, execFileSync } from 'node:child_process';
import { constants, existsSync, readdirSync, watch } from 'node:fs';
import { type FileHandle, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/tensor/random.ts';
import { readModelFile } from '../../src/node/files/model-file.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { trainDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { RUN_FILES } from './run-files.ts';
import { drawWorkplace, ENDLESS, QUICK, trained, type Workplace } from './trained-models.ts';

/** Of the moments at which runs are killed. */
const SEED = Number(process.env['GRAFT_TEST_SEED'] ?? 13);

/** What the first Ctrl-C is answered with. */
const AGAIN = 'Press Ctrl-C again to stop at once.';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
  await trained(work.cwd, 'two', '--out', 'run');
});
afterAll(() => work.remove());

describe('Ctrl-C', needs.signals, () => {
  it('before training leaves nothing', async () => {
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(work.cwd, 'many'), motif, 100, 5);
    let sent = false;
    const { status, stdout, stderr } = await graft(['train', 'many', '--size', '224', '--out', 'early/run'], {
      cwd: work.cwd,
      onStderr(text, kill) {
        if (sent || !text.includes('trainable parameters')) return;
        sent = true;
        kill('SIGINT');
      },
    });
    expect([sent, status, stdout]).toEqual([true, 130, '']);
    expect(stderr).toMatch(/^stopped Stopped before training began: nothing was learned yet\.$/m);
    expect(stderr).not.toMatch(/^error|^bug/m);
    expect(existsSync(join(work.cwd, 'early/run'))).toBe(false);
  });

  it('while training keeps the best epoch, writes the model and prints the document', async () => {
    let sent = false;
    const { status, stdout, stderr } = await graft(
      ['train', 'two', ...ENDLESS, '--out', 'stopped', '--json'],
      {
        cwd: work.cwd,
        onStderr(text, kill) {
          if (sent || !text.includes('features: ')) return;
          sent = true;
          // The first checkpoint is written as the first epoch ends.
          const checkpoints = join(work.cwd, 'stopped/.graft-checkpoints');
          const waiting = setInterval(() => {
            if (!existsSync(checkpoints) || readdirSync(checkpoints).length === 0) return;
            clearInterval(waiting);
            kill('SIGINT');
          }, 20);
          waiting.unref();
        },
      },
    );
    expect([sent, status]).toEqual([true, 130]);
    expect(stderr).toContain('Stopping after this step. Press Ctrl-C again to stop at once.');
    const report = trainDocument.parse(JSON.parse(stdout));
    const { info } = await readModelFile(join(work.cwd, report.model));
    expect(info).toMatchObject({ bestEpoch: report.bestEpoch, epochs: report.epochs });
    expect(report.ended).toBe('interrupted');
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('to resume: graft train --resume stopped');
    expect((await readdir(join(work.cwd, 'stopped'))).sort()).toEqual([
      '.graft-checkpoints',
      '.graft-run',
      'curves.svg',
      'history.csv',
      'model.onnx',
      'recipe.json',
      'run.json',
      'training.json',
    ]);
    expect((await graft(['predict', report.model, 'two'], { cwd: work.cwd })).status).toBe(0);
  });

  it('twice ends at once', async () => {
    let sent = 0;
    // A step takes so long that the second comes before its end.
    const slow = ['--size', '224', '--unfreeze', 'block_2_add', '--epochs', '1000', '--batch', '20'];
    const { signal, stdout, stderr } = await graft(['train', 'two', ...slow, '--out', 'twice', '--json'], {
      cwd: work.cwd,
      onStderr(text, kill) {
        if (sent > (text.includes(AGAIN) ? 1 : 0) || !text.includes('features: ')) return;
        sent += 1;
        kill('SIGINT');
      },
    });
    expect([sent, signal, stdout]).toEqual([2, 'SIGINT', '']);
    // A run that stops after its step has more to say.
    expect(stderr.trimEnd().endsWith(`Stopping after this step. ${AGAIN}`)).toBe(true);
    expect(existsSync(join(work.cwd, 'twice/model.onnx'))).toBe(false);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'twice ends a wait for a pipe that nobody writes into: %s',
    async (name) => {
      const pipe = join(work.cwd, name);
      execFileSync('mkfifo', [pipe]);
      let sent = 0;
      let writer: FileHandle | undefined;
      const { signal, stderr } = await graft(['train', 'two', '--recipe', `./${name}`], {
        cwd: work.cwd,
        async onStart(kill) {
          writer = await openForReader(pipe);
          kill(name);
        },
        onStderr(text, kill) {
          if (text.includes(AGAIN) && sent++ === 0) kill(name);
        },
      });
      await writer?.close();
      expect([signal, stderr]).toEqual([name, `\nStopping after this step. ${AGAIN}\n`]);
    },
  );
});

/** Opens a pipe when somebody waits at its other end. */
async function openForReader(pipe: string): Promise<FileHandle> {
  for (;;) {
    try {
      return await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await pause(20);
    }
  }
}

describe('kill -9 at any time', needs.signals, () => {
  it('leaves no model where none was written, and does not stand in the way of the next run', async () => {
    const random = createRandom(SEED);
    const ends: string[] = [`seed ${SEED}`];
    for (let i = 0; i < 5; i++) {
      // Some come while the command loads, some while it trains: it does not end by itself.
      const afterMs = 200 + random.integer(2500);
      const out = `killed-${i}`;
      const { signal } = await graft(['train', 'two', ...ENDLESS, '--out', out], {
        cwd: work.cwd,
        kill: { signal: 'SIGKILL', afterMs },
      });
      expect([ends, signal]).toEqual([ends, 'SIGKILL']);
      const model = join(work.cwd, out, 'model.onnx');
      expect(existsSync(model)).toBe(false);
      ends.push(`${afterMs} ms`);
      const again = await graft(['train', 'two', ...QUICK, '--out', out, '--overwrite'], { cwd: work.cwd });
      expect([ends, again.status]).toEqual([ends, 0]);
      await readModelFile(model);
    }
  });

  it('while the model is written leaves the old one', async () => {
    const folder = join(work.cwd, 'rewritten');
    await trained(work.cwd, 'two', '--out', 'rewritten');
    const old = await readFile(join(folder, 'model.onnx'));
    let hits = 0;
    // The kill may come too late, on a busy machine often: then the new model is there, whole.
    for (let i = 0; i < 100 && hits < 2; i++) {
      const stop = new AbortController();
      const { signal } = await graft(
        ['train', 'two', ...QUICK, '--seed', `${i + 2}`, '--out', 'rewritten', '--overwrite'],
        {
          cwd: work.cwd,
          onStderr(text, kill) {
            if (stop.signal.aborted || !text.includes('trainable parameters')) return;
            stop.abort();
            const watcher = watch(folder, (_, name) => {
              if (!name?.startsWith('.model.onnx')) return;
              kill('SIGKILL');
              watcher.close();
            });
          },
        },
      );
      const model = await readFile(join(folder, 'model.onnx'));
      await readModelFile(join(folder, 'model.onnx'));
      if (signal === 'SIGKILL' && model.equals(old)) hits++;
      await writeFile(join(folder, 'model.onnx'), old);
    }
    expect(hits).toBe(2);
    const again = await graft(['train', 'two', ...QUICK, '--out', 'rewritten', '--overwrite'], work);
    expect(again.status).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(RUN_FILES);
  });
});

describe('two runs at once', () => {
  it('take a folder each', async () => {
    const results = await Promise.all(
      [1, 2].map((seed) =>
        graft(['train', 'three', ...QUICK, '--seed', `${seed}`, '--json'], { cwd: work.cwd }),
      ),
    );
    const runs = results.map(({ stdout }) => trainDocument.parse(JSON.parse(stdout)).run);
    expect(runs.sort()).toEqual([join('graft-runs', 'three-1'), join('graft-runs', 'three-2')]);
  });

  it('of the same --out: one is refused', async () => {
    const results = await Promise.all(
      [1, 2].map((seed) =>
        graft(['train', 'three', ...QUICK, '--seed', `${seed}`, '--out', 'shared'], { cwd: work.cwd }),
      ),
    );
    expect(results.map(({ status }) => status).sort()).toEqual([0, 1]);
    const refused = results.find(({ status }) => status === 1)!;
    // The other may be at it, or have done with it.
    expect(refused.stderr).toMatch(
      /^error run folder "shared": expected (?:a folder of its own for each run, received one that process \d+ is using\. Wait for its end, or choose another --out; if it is no run of Graft's, remove shared\/\.graft-running\.|a new or empty folder, received one with \d files? in it\. Choose another --out, or give --overwrite\.)$/m,
    );
    await readModelFile(join(work.cwd, 'shared/model.onnx'));
  });
});

describe('a reader that goes away', needs.signals, () => {
  it.each(['--csv', '--json', '--top=1'])('predict %s | head -c 1 is no fault', async (flag) => {
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const command = `"${process.execPath}" "${main}" predict run/model.onnx three ${flag} | head -c 1; echo " $\{PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command], {
      cwd: work.cwd,
      env: { ...process.env, NO_COLOR: '1' },
    });
    expect(stdout).toMatch(/^. 0\n$/);
    expect(stderr).toBe('');
  });
});
