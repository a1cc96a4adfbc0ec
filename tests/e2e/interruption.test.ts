/** @file Ctrl-C, kill -9, two runs at once, and a reader that goes away: nothing half-written, nothing lost. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelFile } from '../../src/artifacts/model-file.ts';
import { createRandom } from '../../src/tensor/random.ts';
import { graft } from './cli.ts';
import { trainDocument } from './contract.ts';
import { drawPictures } from './drawn-pictures.ts';
import { drawWorkplace, ENDLESS, QUICK, trained, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
  await trained(work.cwd, 'two', '--out', 'run');
}, 60_000);
afterAll(() => work.remove());

describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
  it('before training leaves nothing', async () => {
    for (const motif of ['bars', 'discs'] as const) await drawPictures(join(work.cwd, 'many'), motif, 100, 5);
    let sent = false;
    const { status, stdout, stderr } = await graft(['train', 'many', '--size', '224', '--out', 'early/run'], {
      cwd: work.cwd,
      onStderr(text, kill) {
        if (sent || !text.includes('parameters are trained')) return;
        sent = true;
        kill('SIGINT');
      },
    });
    expect([status, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(/^stopped Stopped before training began: nothing was learnt yet\.$/m);
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
          setTimeout(() => kill('SIGINT'), 1500);
        },
      },
    );
    expect(status).toBe(130);
    expect(stderr).toContain('Stopping after this step. Press Ctrl-C again to stop at once.');
    const report = trainDocument.parse(JSON.parse(stdout));
    const { info } = await readModelFile(join(work.cwd, report.model));
    expect(info).toMatchObject({ bestEpoch: report.bestEpoch, epochs: report.epochs });
    expect(stderr).toContain(
      `${report.epochs} epochs, interrupted; kept the weights of epoch ${report.bestEpoch}`,
    );
    expect((await readdir(join(work.cwd, 'stopped'))).sort()).toEqual([
      'checkpoints',
      'curves.svg',
      'history.csv',
      'model.onnx',
      'recipe.json',
      'run.json',
    ]);
    expect((await graft(['predict', report.model, 'two'], { cwd: work.cwd })).status).toBe(0);
  });

  it('twice ends at once', async () => {
    const { status } = await graft(['train', 'two', ...ENDLESS, '--out', 'twice'], {
      cwd: work.cwd,
      onStderr(text, kill) {
        if (text.includes('features: ')) kill('SIGINT');
        if (text.includes('Press Ctrl-C again')) kill('SIGINT');
      },
    });
    expect(status).toBe(130);
  });
});

describe.skipIf(process.platform === 'win32')('kill -9 at any time', () => {
  it('leaves a whole model or none', async () => {
    const random = createRandom(Date.now());
    const ends: string[] = [];
    for (let i = 0; i < 5; i++) {
      const afterMs = 200 + random.integer(2500);
      const out = `killed-${i}`;
      await graft(['train', 'two', ...QUICK, '--out', out], {
        cwd: work.cwd,
        kill: { signal: 'SIGKILL', afterMs },
      });
      const model = join(work.cwd, out, 'model.onnx');
      // Throws where the file is not whole.
      if (existsSync(model)) await readModelFile(model);
      ends.push(`${afterMs} ms: ${existsSync(model) ? 'whole' : 'none'}`);
      // What is left does not stand in the way of the next run.
      const again = await graft(['train', 'two', ...QUICK, '--out', out, '--overwrite'], { cwd: work.cwd });
      expect([ends, again.status]).toEqual([ends, 0]);
      await readModelFile(model);
    }
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
    expect(refused.stderr).toMatch(
      /^error run folder "shared": expected a new or empty folder|a folder of its own/m,
    );
    await readModelFile(join(work.cwd, 'shared/model.onnx'));
  });
});

describe.skipIf(process.platform === 'win32')('a reader that goes away', () => {
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
