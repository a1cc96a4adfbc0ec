/** @file What a person keeps beside Graft's files is there afterwards, and a run can be gone on with from anywhere. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFiles } from '../support/image-folder.ts';
import { lockDisk, unlockDisk } from '../support/locked-disk.ts';
import { needs } from '../support/needs.ts';
import { type CliResult, graft } from './cli.ts';
import { drawImages } from './drawn-images.ts';
import { RUN_FILES } from './run-files.ts';
import { drawWorkplace, ENDLESS, QUICK, trained, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
});
afterAll(() => work.remove());

const at = (...path: string[]): string => join(work.cwd, ...path);
const run = (...args: string[]): Promise<CliResult> => graft(args, work);
const read = (path: string): Promise<string> => readFile(at(path), 'utf8');

/** The last line of a command that fails. */
async function failure(...args: string[]): Promise<string> {
  const { status, stderr } = await run(...args);
  const line = stderr.trimEnd().split('\n').at(-1)!;
  expect([status === 0, line.startsWith('bug')]).toEqual([false, false]);
  return line;
}

/** Every file below a folder, with what is in it. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(at(folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file.slice(at().length), await readFile(file, 'latin1')])),
  );
}

describe('--overwrite', () => {
  it("leaves a person's folder of checkpoints, and all else that Graft did not write", async () => {
    await writeFiles(at('exp'), {
      'checkpoints/epoch10/weights.pt': 'precious',
      'thesis.unfinished': 'precious',
      'notes.txt': 'precious',
    });
    const before = await contents('exp');
    for (const round of [1, 2]) {
      await trained(work.cwd, 'two', '--out', 'exp', '--overwrite', '--seed', `${round}`);
      expect(await contents('exp')).toMatchObject(before);
    }
    expect((await readdir(at('exp'))).sort()).toEqual(
      [...RUN_FILES, 'checkpoints', 'notes.txt', 'thesis.unfinished'].sort(),
    );
  });

  it('into the images themselves leaves every image, and the classes', async () => {
    await cp(at('two'), at('own'), { recursive: true });
    await cp(at('two/discs'), at('own/checkpoints'), { recursive: true });
    const before = await contents('own');
    for (const _ of [1, 2]) {
      const { stderr } = await trained(work.cwd, 'own', '--out', 'own', '--overwrite');
      expect(await contents('own')).toMatchObject(before);
      expect(stderr).toContain('data: own, 3 classes (bars, checkpoints, discs)');
    }
  });

  it('changes nothing where the recipe is refused: neither an empty folder nor a run that can go on', async () => {
    await mkdir(at('empty'));
    const refused = ['--head', 'dense:999999999999', '--overwrite', ...QUICK];
    await failure('train', 'two', '--out', 'empty', ...refused);
    expect(await readdir(at('empty'))).toEqual([]);
    const long = ['--size', '64', '--epochs', '100000', '--patience', '0', '--checkpoint', '0'];
    const stopped = await graft(['train', 'two', '--out', 'live', ...long], {
      ...work,
      onStderr: whenCheckpointed('live', (kill) => kill('SIGKILL')),
    });
    expect(stopped.signal).toBe('SIGKILL');
    const { '/live/.graft-running': _, ...before } = await contents('live');
    await failure('train', 'two', '--out', 'live', ...refused);
    await failure(
      'train',
      'two',
      '--out',
      'live',
      '--overwrite',
      ...QUICK,
      '--schedule',
      'step:every=100000',
    );
    expect(await contents('live')).toEqual(before);
  });

  it('does not write over a file of the same name that is not of Graft', async () => {
    await writeFiles(at('foreign'), { 'model.onnx': 'of another program' });
    expect(await failure('train', 'two', '--out', 'foreign', '--overwrite', ...QUICK)).toBe(
      'error run folder "foreign": expected no "model.onnx", or one that Graft wrote, received another one. It was left as it is: move it away, or choose another --out.',
    );
    expect(await contents('foreign')).toEqual({ '/foreign/model.onnx': 'of another program' });
  });
});

/** Acts once a run has a checkpoint. */
function whenCheckpointed(
  out: string,
  act: (kill: (signal: NodeJS.Signals) => void) => void,
): (text: string, kill: (signal: NodeJS.Signals) => void) => void {
  let watch: NodeJS.Timeout | undefined;
  return (_, kill) => {
    watch ??= setInterval(() => {
      if (!['.graft-checkpoints', 'checkpoints'].some((name) => existsSync(at(out, name, '000002.json'))))
        return;
      clearInterval(watch);
      act(kill);
    }, 5).unref();
  };
}

describe('runs inside the images', () => {
  it('are no class the next time: by default, and where --out says', async () => {
    await cp(at('two'), at('inside'), { recursive: true });
    const there = { ...work, cwd: at('inside') };
    for (const out of [[], [], ['--out', 'run'], ['--out', 'deep/run'], []]) {
      const { status, stderr } = await graft(['train', '.', ...QUICK, ...out], there);
      expect([status, stderr.match(/^(?:error|bug).*/m)]).toEqual([0, null]);
      expect(stderr).toContain('data: ., 2 classes (bars, discs)');
    }
    const { stderr } = await graft(['train', '.', '--dry-run', ...QUICK], there);
    for (const name of ['deep', 'graft-runs', 'run']) {
      expect(stderr).toContain(
        `note The folder "${name}" is no class: it holds runs of Graft, and no images.\n`,
      );
    }
  });
});

describe('a plot or a sheet', () => {
  const search = ['lr-find', 'two', '--size', '64', '--steps', '20'];

  it('takes the next free name, so that the one before stays', async () => {
    await writeFile(at('lr.svg'), 'precious');
    for (const name of ['lr-2.svg', 'lr-3.svg']) {
      const { status, stdout } = await run(...search);
      expect([status, stdout.includes(`plot           ${name}`)]).toEqual([0, true]);
    }
    expect(await read('lr.svg')).toBe('precious');
    await writeFile(at('augment-preview.png'), 'precious');
    const { stdout } = await run('augment', 'preview', 'two');
    expect([stdout, await read('augment-preview.png')]).toEqual(['augment-preview-2.png\n', 'precious']);
  });

  it('of a name that is taken is refused before the work, and written over when asked', async () => {
    await writeFile(at('mine.svg'), 'precious');
    await writeFile(at('mine.png'), 'precious');
    expect(await failure(...search, '--plot', 'mine.svg')).toBe(
      'error file "mine.svg": expected a name that is free, received one that is there already. Choose another --plot, or give --overwrite.',
    );
    expect(await failure('augment', 'preview', 'two', '--out', 'mine.png')).toBe(
      'error file "mine.png": expected a name that is free, received one that is there already. Choose another --out, or give --overwrite.',
    );
    expect([await read('mine.svg'), await read('mine.png')]).toEqual(['precious', 'precious']);
    expect((await run(...search, '--plot', 'mine.svg', '--overwrite')).status).toBe(0);
    expect((await run('augment', 'preview', 'two', '--out', 'mine.png', '--overwrite')).status).toBe(0);
    expect(await read('mine.svg')).toMatch(/^<svg /);
  });
});

describe('--resume from another working folder', needs.signals, () => {
  it('finds the validation images, the backbone and the weights that were named by relative paths', async () => {
    await drawImages(at('data/val'), 'bars', 6, 9);
    await drawImages(at('data/val'), 'discs', 6, 9);
    await trained(work.cwd, 'two', '--out', 'base');
    await cp(at('base/model.onnx'), at('net.onnx'));
    const training = [
      ...['train', 'two', '--validation', 'data/val', '--backbone', './net.onnx', '--cut', 'Mul_1'],
      ...['--size', '64', '--epochs', '300', '--patience', '0', '--checkpoint', '0'],
    ];
    const whole = await run(...training, '--out', 'from/whole');
    expect([whole.status, whole.stderr.match(/^(?:error|bug).*/m)]).toEqual([0, null]);
    const killed = await graft([...training, '--out', 'from/killed'], {
      ...work,
      onStderr: whenCheckpointed('from/killed', (kill) => kill('SIGKILL')),
    });
    expect(killed.signal).toBe('SIGKILL');
    const again = await graft(['train', '--resume', '../from/killed'], { ...work, cwd: at('data') });
    expect([again.status, again.stderr.match(/^(?:error|bug).*/m)]).toEqual([0, null]);
    expect(again.stderr).toMatch(/^resuming at epoch \d+/m);
    const [a, b] = await Promise.all(
      ['whole', 'killed'].map((name) => readFile(at('from', name, 'model.onnx'))),
    );
    expect(b!.equals(a!)).toBe(true);
    expect(await read('from/killed/recipe.json')).toBe(await read('from/whole/recipe.json'));
  }, 120_000);
});

describe('a disk (needs root, for a small file system in memory)', needs.root, () => {
  async function onDisk(size: string, act: (disk: string) => Promise<void>): Promise<void> {
    await rm(at('disk'), { recursive: true, force: true });
    await mkdir(at('disk'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'graft-test', at('disk')]);
    try {
      await act(at('disk'));
    } finally {
      execFileSync('umount', [at('disk')]);
    }
  }

  it('without room for the checkpoints is refused before the work, as the preflight told', async () => {
    await onDisk('9m', async (disk) => {
      const top = ['--head', 'gap,dense:512:relu,dense:512:relu', '--out', 'disk/run'];
      expect(await failure('train', 'two', ...QUICK, ...top)).toMatch(
        /^error run folder "disk\/run": expected \d+\.\d MB of free disk for the model and its checkpoints, received 9\.\d MB\. Make room, or choose another place with --out\.$/,
      );
      expect(await readdir(disk)).toEqual([]);
    });
  });

  it('that becomes read-only is named as the reason, at the first checkpoint or a later one', async () => {
    await onDisk('40m', async (disk) => {
      let isReadOnly = false;
      // Without an end of its own, nor a checkpoint for a while: on a busy machine what is printed is seen late.
      const { status, stderr } = await graft(
        ['train', 'two', ...ENDLESS, '--checkpoint', '0.02', '--no-cache', '--out', 'disk/run'],
        {
          ...work,
          onStderr(text) {
            if (isReadOnly || !text.includes('plan: ')) return;
            isReadOnly = true;
            lockDisk(disk);
          },
        },
      );
      if (isReadOnly) unlockDisk(disk);
      expect([isReadOnly, status, stderr.trimEnd().split('\n').at(-1)]).toEqual([
        true,
        1,
        expect.stringMatching(
          /^error file "disk\/run(?:\/(?:run\.json|\.graft-checkpoints(?:\/\d{6}\.safetensors)?))?": expected a place that can be written, received a read-only file system\. Nothing was written there\. Make room or choose another place with --out\.$/,
        ),
      ]);
    });
  });
});
