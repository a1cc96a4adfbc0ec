/** @file Files of weights as a stranger may give them, and machines that leave little room, through what was built. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { zipOf } from '../support/zip-file.ts';
import { graft } from './cli.ts';
import { drawWorkplace, QUICK, type Workplace } from './trained-models.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');
const run = promisify(execFile);

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
});
afterAll(() => work.remove());

describe('a file of weights that refers to another file', () => {
  it.each(['h5', 'keras'])(
    'is refused with the name of that file, and nothing of it is read (.%s)',
    async (kind) => {
      const weights = join(work.cwd, `stranger.${kind}`);
      const storage = join(ROOT, 'tests/golden/weights/elsewhere/external_storage.h5');
      const archive = zipOf([
        { name: 'config.json', data: '{}' },
        { name: 'model.weights.h5', data: await readFile(storage) },
      ]);
      if (kind === 'h5') await copyFile(storage, weights);
      else await writeFile(weights, archive);
      // It names package.json, in the folder that the command runs in.
      await writeFile(join(work.cwd, 'package.json'), 'a secret of 32 bytes and more, as it were');
      const args = ['train', 'two', '--backbone', 'vgg16', '--weights', weights, ...QUICK];
      const { status, stdout, stderr } = await graft(args, work);
      expect([status, stdout, stderr.trimEnd().split('\n').at(-1)]).toEqual([
        1,
        '',
        `error weights "stranger.${kind}": expected "out/kernel" in the file itself, received a reference to another file, ` +
          '"package.json". Save the model again as one file: model.save("model.h5") in Keras writes no references.',
      ]);
      expect(existsSync(join(work.cwd, 'graft-runs'))).toBe(false);
    },
  );
});

describe('a program that is given as text', () => {
  it('reads HDF5, whatever kind of text it is', async () => {
    const program = `
      import { readWeights } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      for (const file of process.argv.slice(1)) console.log((await readWeights(file)).tensors.size);
    `;
    const files = ['keras_legacy.h5', 'archive.keras'].map((name) =>
      resolve(ROOT, 'tests/golden/weights', name),
    );
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program, ...files]);
    expect([stdout, stderr]).toEqual(['11\n10\n', '']);
  });
});

describe('a machine that leaves little room', needs.linux, () => {
  /** Runs the command under a limit of addresses. */
  async function limited(kilobytes: number, args: readonly string[], env: Record<string, string> = {}) {
    const script = `ulimit -v ${kilobytes}; exec "$@"`;
    const command = ['-c', script, 'sh', process.execPath, MAIN, ...args];
    const options = {
      cwd: work.cwd,
      env: { ...process.env, GRAFT_HOME: join(work.cwd, 'home'), NO_COLOR: '1', ...env },
    };
    return run('sh', command, options).then(
      ({ stderr }) => ({ status: 0, stderr }),
      ({ code, stderr }: { code: number; stderr: string }) => ({ status: code, stderr }),
    );
  }

  it('is told why WebAssembly cannot begin, and how it can', async () => {
    const { status, stderr } = await limited(8_000_000, ['train', 'two', ...QUICK]);
    expect([status, stderr.trimEnd().split('\n').at(-1)]).toEqual([
      1,
      'error dense step: expected 10 GB of addresses for WebAssembly (not of memory), received a limit of this process below that. ' +
        'Raise the limit (ulimit -v), or set NODE_OPTIONS=--disable-wasm-trap-handler, which Node 20.15 and later know.',
    ]);
  });

  it('trains with what it was told', async () => {
    const env = { NODE_OPTIONS: '--disable-wasm-trap-handler' };
    const { status, stderr } = await limited(8_000_000, ['train', 'two', ...QUICK, '--out', 'limited'], env);
    expect(status, stderr).toBe(0);
    expect(existsSync(join(work.cwd, 'limited/model.onnx'))).toBe(true);
  });

  it('reads an archive of Keras without a place for temporary files', async () => {
    const archive = join(ROOT, 'tests/golden/weights/archive.keras');
    const { status, stderr } = await limited(64_000_000, ['summary', archive], { TMPDIR: '/proc' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
