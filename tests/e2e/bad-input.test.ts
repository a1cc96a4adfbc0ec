/** @file Bad input through the built command line: one line that says why, exit status 1, and nothing left behind. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METADATA_KEY } from '../../src/artifacts/model-info.ts';
import { decodeModel } from '../../src/core/onnx/decoder.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { readNewestCheckpoint } from '../../src/node/artifacts/checkpoint.ts';
import { readModelFile } from '../../src/node/files/model-file.ts';
import { pngOfSize } from '../support/image-folder.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { trainDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { RUN_FILES } from './run-files.ts';
import { drawWorkplace, QUICK, trained, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
  await trained(work.cwd, 'two', '--out', 'run');
});
afterAll(() => work.remove());

const run = (...args: string[]) => graft(args, { cwd: work.cwd });
const training = (dir: string, ...args: string[]) => run('train', dir, ...QUICK, ...args);

/** What standard error says, without the lines of progress before. */
async function failure(
  result: Promise<{ status: number | null; stdout: string; stderr: string }>,
): Promise<string> {
  const { status, stdout, stderr } = await result;
  expect([status, stdout]).toEqual([1, '']);
  const lines = stderr.trimEnd().split('\n');
  expect(lines.filter((line) => /^(error|bug|stopped)/.test(line))).toHaveLength(1);
  return lines.at(-1)!;
}

describe('folders of images', () => {
  it.each([
    ['nowhere', 'expected a folder with one folder for each class, received no such folder. Check the path.'],
    [
      'file',
      'expected a folder with one folder for each class, received a file. Give the folder that holds the class folders.',
    ],
    [
      'empty',
      'expected one folder for each class, received an empty folder. Put each class in its own folder.',
    ],
    ['one', 'expected at least 2 class folders, received 1 ("bars"). Put each class in its own folder.'],
    [
      'hollow',
      'expected at least 1 readable image in every class, received none in "nothing". Put images (jpg, png, webp, gif, tiff or avif) into the folder, or remove it.',
    ],
  ])('%s', async (dir, message) => {
    await writeFile(join(work.cwd, 'file'), 'x');
    for (const folder of ['empty', 'one', 'hollow/nothing'])
      await mkdir(join(work.cwd, folder), { recursive: true });
    for (const set of ['one', 'hollow'])
      if (!existsSync(join(work.cwd, set, 'bars'))) await drawImages(join(work.cwd, set), 'bars', 2);
    expect(await failure(training(dir))).toBe(`error image folder "${dir}": ${message}`);
    expect(existsSync(join(work.cwd, 'graft-runs'))).toBe(false);
  });

  it('a class of which no image can be read', async () => {
    await drawImages(join(work.cwd, 'broken'), 'bars', 5);
    await mkdir(join(work.cwd, 'broken/texts'));
    for (let i = 0; i < 5; i++) await writeFile(join(work.cwd, `broken/texts/${i}.jpg`), `no image, ${i}`);
    expect(await failure(training('broken'))).toBe(
      'error image folder "broken": expected at least 1 readable image in every class, received none in "texts". 4 files could not be used, the first "0.jpg" (not an image); put images into the folder, or remove it.',
    );
    expect(existsSync(join(work.cwd, 'graft-runs'))).toBe(false);
  });

  it('images that cannot be read are left out, counted and named; with --strict they are fatal', async () => {
    const folder = join(work.cwd, 'spoilt');
    for (const motif of ['bars', 'discs'] as const) await drawImages(folder, motif, 8, 4);
    await writeFile(join(folder, 'bars/zero.jpg'), '');
    await copyFile(join(folder, 'bars/bars0.jpg'), join(folder, 'bars/cut.jpg'));
    await truncate(join(folder, 'bars/cut.jpg'), 2000);
    await writeFile(join(folder, 'discs/text.jpg'), 'This is no image.');
    await writeFile(join(folder, 'discs/huge.png'), pngOfSize(60_000, 60_000));
    const { status, stdout, stderr } = await training('spoilt', '--out', 'spoilt-run', '--json');
    const { skipped, peakMemoryBytes } = trainDocument.parse(JSON.parse(stdout));
    expect(status).toBe(0);
    expect(
      Object.fromEntries(skipped.map(({ file, reason }) => [file.slice(folder.length + 1), reason])),
    ).toEqual({
      'bars/zero.jpg': 'empty file',
      'bars/cut.jpg': 'truncated',
      'discs/text.jpg': 'not an image',
      'discs/huge.png': '60000 x 60000 pixels, above the limit of 200 megapixels',
    });
    // Decoded, the large one alone would take 10.8 GB.
    expect(peakMemoryBytes).toBeLessThan(1.5e9);
    expect(stderr).toContain('skipped 4 files:\n');
    expect(stderr).toMatch(/^ {2}\S*bars\/zero\.jpg: empty file$/m);
    expect(await failure(training('spoilt', '--strict'))).toMatch(
      /^error image "\S*spoilt\/\S+": expected an image, received /,
    );
    expect((await run('predict', 'run/model.onnx', 'spoilt/discs/huge.png')).stdout).toContain(
      '60000 x 60000 pixels',
    );
  });
});

describe('model files', () => {
  const expected = 'expected an ONNX model, received';
  const advice = 'Give the model.onnx of a run folder; if it was copied, copy it again.';

  it('cut off at any length', async () => {
    const whole = await readFile(join(work.cwd, 'run/model.onnx'));
    const random = createRandom(1);
    const lengths = [0, 1, 100, whole.length >> 1, whole.length - 1, random.integer(whole.length)];
    for (const length of lengths) {
      await writeFile(join(work.cwd, 'cut.onnx'), whole.subarray(0, length));
      expect(await failure(run('summary', 'cut.onnx'))).toBe(
        `error model "cut.onnx": ${expected} ${length} bytes that are none, or only a part of one. ${advice}`,
      );
    }
  });

  it('random bytes, a folder, nothing', async () => {
    const random = createRandom(2);
    await writeFile(
      join(work.cwd, 'random.onnx'),
      Uint8Array.from({ length: 1000 }, () => random.integer(256)),
    );
    expect(await failure(run('predict', 'random.onnx', 'two'))).toBe(
      `error model "random.onnx": ${expected} 1000 bytes that are none, or only a part of one. ${advice}`,
    );
    expect(await failure(run('predict', 'run', 'two'))).toBe(
      'error model "run": expected a model file, received a folder. Give the model.onnx inside it: run/model.onnx.',
    );
    expect(await failure(run('evaluate', 'none.onnx', 'two'))).toBe(
      'error model "none.onnx": expected a model file, received nothing of that name. Check the path; graft train prints it at the end.',
    );
  });

  it("another program's, and a later version's, whatever its graph holds", async () => {
    const { graph, metadata } = decodeModel(await readFile(join(work.cwd, 'run/model.onnx')));
    await writeFile(join(work.cwd, 'foreign.onnx'), encodeModel(graph, {}));
    expect(await failure(run('predict', 'foreign.onnx', 'two'))).toBe(
      `error model "foreign.onnx": expected a model that Graft trained (metadata entry 'graft'), received an ONNX file without it. Give the model.onnx of a run folder.`,
    );
    const info = JSON.parse(metadata[METADATA_KEY]!);
    const newer = encodeModel(graph, {
      metadata: { [METADATA_KEY]: JSON.stringify({ ...info, formatVersion: 99 }) },
    });
    // An operator of that version, unknown here; the name is as long as the old one.
    const bytes = Buffer.from(newer);
    bytes.write('GlobalAveragePoem', bytes.indexOf('GlobalAveragePool'));
    await writeFile(join(work.cwd, 'newer.onnx'), bytes);
    expect(await failure(run('predict', 'newer.onnx', 'two'))).toBe(
      'error model "newer.onnx": expected a model file of format 3 or older, received format 99. It was written by a newer version of Graft: update Graft.',
    );
  });
});

describe('places that cannot be written', () => {
  it.each([
    ['file/below', 'a path that leads through a file'],
    ['file', 'a file of that name'],
    ...(process.platform === 'linux' ? [['/proc/graft', 'a folder that does not exist']] : []),
  ])('%s, known before the work', async (out, reason) => {
    await writeFile(join(work.cwd, 'file'), 'x');
    const { status, stderr } = await training('two', '--out', out!);
    expect([status, stderr]).toEqual([
      1,
      `error file "${out}": expected a place that can be written, received ${reason}. Nothing was written there. Make room or choose another place with --out.\n`,
    ]);
  });

  it(
    'a full disk and a read-only one (needs root, for a small file system in memory)',
    needs.root,
    async () => {
      const disk = join(work.cwd, 'disk');
      const [run, filler] = [join(disk, 'run'), join(disk, 'filler')];
      await mkdir(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'graft-test', disk]);
      try {
        expect(await failure(training('two', '--out', 'disk/run'))).toBe(
          'error run folder "disk/run": expected 6.5 MB of free disk for the model, received 3.1 MB. Make room, or choose another place with --out.',
        );
        expect(await readdir(disk)).toEqual([]);
        // The place that was there at the beginning is gone in the middle.
        execFileSync('mount', ['-o', 'remount,size=12m', disk]);
        let filling: NodeJS.Timeout | undefined;
        const filled = graft(['train', 'two', ...LONG, '--out', 'disk/run'], {
          cwd: work.cwd,
          onStderr(text) {
            if (filling !== undefined || !text.includes('trainable parameters')) return;
            // Again and again: what an older checkpoint leaves free when it goes would do for the next one.
            filling = setInterval(() => wholeCheckpoints(run).length > 0 && fillDisk(filler), 10);
          },
        }).finally(() => clearInterval(filling));
        expect(await failure(filled)).toMatch(
          /^error file "disk\/run\/\.graft-checkpoints\/\d{6}\.(?:json|safetensors)": expected a place that can be written, received a full disk\. Nothing was written there\. Make room or choose another place with --out\.$/,
        );
        expect((await readdir(run)).sort()).toEqual(['.graft-checkpoints', '.graft-run', 'run.json']);
        const newest = join(run, '.graft-checkpoints', wholeCheckpoints(run).at(-1)!);
        const { content } = JSON.parse(await readFile(newest, 'utf8')) as { content: { identity: string } };
        const torn: string[] = [];
        const checkpoint = await readNewestCheckpoint(run, content.identity, (file) => torn.push(file));
        expect([torn, checkpoint?.fit.weights.weights.get('predictions/kernel')?.length]).toEqual([[], 160]);
        await rm(filler);
        const again = await graft(['train', '--resume', 'disk/run'], { cwd: work.cwd });
        expect([again.status, again.stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
        expect(again.stderr).toMatch(/^resuming at epoch \d+/m);
        expect((await readdir(run)).sort()).toEqual(RUN_FILES);
        await readModelFile(join(run, 'model.onnx'));
        await rm(run, { recursive: true });
        execFileSync('mount', ['-o', 'remount,ro', disk]);
        expect(await failure(training('two', '--out', 'disk/run'))).toBe(
          'error file "disk/run": expected a place that can be written, received a read-only file system. Nothing was written there. Make room or choose another place with --out.',
        );
      } finally {
        execFileSync('umount', ['--lazy', disk]);
      }
    },
  );
});

/** A step each epoch, and a checkpoint after every one. */
const LONG = ['--size', '64', '--epochs', '1500', '--patience', '0', '--checkpoint', '0'];

/** Manifests, which are written last, in their order. */
function wholeCheckpoints(run: string): string[] {
  const folder = join(run, '.graft-checkpoints');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => /^\d+\.json$/.test(name)).sort();
}

/** Appends to a file until the disk has no room for another byte. */
function fillDisk(file: string): void {
  const { status, stderr } = spawnSync(
    'dd',
    ['if=/dev/zero', `of=${file}`, 'bs=4k', 'oflag=append', 'conv=notrunc'],
    { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
  );
  if (status !== 1 || !stderr.includes('No space left on device')) throw new Error(`dd: ${stderr}`);
}
