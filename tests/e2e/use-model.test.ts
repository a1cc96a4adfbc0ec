/** @file `graft predict`, `evaluate`, `summary` and `backbones` through the built command line. */

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPTIMIZER_NAMES } from '../../src/core/optimizers/optimizers.ts';
import { decodeImage } from '../../src/node/images/image-decoder.ts';
import { listImages } from '../../src/node/images/image-list.ts';
import { graft } from './cli.ts';
import { backbonesDocument, evaluateDocument, predictDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { drawWorkplace, trained, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
  await trained(work.cwd, 'two', '--out', 'run2');
  await trained(work.cwd, 'three', '--out', 'run3');
});
afterAll(() => work.remove());

const TWO = 'run2/model.onnx';
const THREE = 'run3/model.onnx';
const run = (...args: string[]) => graft(args, { cwd: work.cwd });

describe('graft predict', () => {
  it('gives a document in the order of the files, with errors in their places', async () => {
    await writeFile(join(work.cwd, 'text.jpg'), 'no image');
    const files = ['three/rings/rings0.jpg', 'missing.jpg', 'text.jpg', 'three/bars/bars3.jpg'];
    const { status, stdout } = await run('predict', THREE, ...files, '--json');
    const [rings, missing, text, bars] = predictDocument.parse(JSON.parse(stdout));
    expect([missing, text]).toEqual([
      { file: 'missing.jpg', error: 'file not found' },
      { file: 'text.jpg', error: 'not an image' },
    ]);
    expect([rings!.file, bars!.file]).toEqual([files[0], files[3]]);
    for (const result of [rings, bars]) {
      if (!result || 'error' in result) throw new Error('not predicted');
      const entries = Object.entries(result.probabilities).sort((a, b) => b[1] - a[1]);
      expect(entries[0]).toEqual([result.label, result.probability]);
      expect(Object.keys(result.probabilities).sort()).toEqual(['bars', 'discs', 'rings']);
      expect([entries.reduce((sum, [, value]) => sum + value, 0)]).toBeAllClose([1], { atol: 1e-5, rtol: 0 });
    }
    expect(status).toBe(1);
  });

  it('gives the same probabilities as plain onnxruntime-node on the same pixels, for 100 images', async () => {
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(work.cwd, 'hundred'), motif, 50, 9);
    const { status, stdout } = await run('predict', TWO, 'hundred', '--json');
    const predicted = predictDocument.parse(JSON.parse(stdout));
    const session = await InferenceSession.create(join(work.cwd, TWO));
    const files = await listImages([join(work.cwd, 'hundred')]);
    expect([status, predicted.length, files.length]).toEqual([0, 100, 100]);
    const plain: number[] = [];
    for (const { file } of files) {
      const pixels = await decodeImage(file, { width: 64, height: 64 });
      const { probabilities } = await session.run({ image: new Tensor('uint8', pixels, [1, 64, 64, 3]) });
      plain.push(...(probabilities!.data as Float32Array));
    }
    await session.release();
    const ours = predicted.flatMap((result) =>
      'error' in result ? [] : [result.probabilities['bars']!, result.probabilities['discs']!],
    );
    expect(ours).toBeAllClose(plain, { atol: 1e-5, rtol: 0 });
  });

  it('prints CSV with a column for each class', async () => {
    const { status, stdout } = await run('predict', THREE, 'three/discs/discs1.jpg', 'missing.jpg', '--csv');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('file,label,probability,bars,discs,rings,error');
    expect(lines[1]).toMatch(/^three\/discs\/discs1\.jpg,(bars|discs|rings)(,[\d.e-]+){4},$/);
    expect([lines[2], lines.length, status]).toEqual(['missing.jpg,,,,,,file not found', 3, 1]);
  });

  it('prints a table for people', async () => {
    const { status, stdout } = await run('predict', TWO, 'two/bars');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^file +label +probability +others$/);
    expect(lines[1]).toMatch(/^two\/bars\/bars0\.jpg +(bars|discs) +[\d.]+% +(bars|discs) [\d.]+%$/);
    expect([lines.length, status]).toEqual([13, 0]);
  });

  it('shows as many classes as --top says', async () => {
    const { stdout } = await run('predict', THREE, 'three/bars/bars0.jpg', '--top', '2', '--json');
    const [result] = predictDocument.parse(JSON.parse(stdout));
    expect(Object.keys((result as { probabilities: object }).probabilities)).toHaveLength(2);
  });

  it('keeps the order of probability where classes are numbers', async () => {
    for (const [name, motif] of [
      ['10', 'bars'],
      ['9', 'discs'],
      ['2', 'rings'],
    ] as const) {
      await mkdir(join(work.cwd, 'digits', name), { recursive: true });
      for (let i = 0; i < 12; i++) {
        await copyFile(
          join(work.cwd, 'three', motif, `${motif}${i}.jpg`),
          join(work.cwd, 'digits', name, `${i}.jpg`),
        );
      }
    }
    await trained(work.cwd, 'digits', '--out', 'digits-run');
    const { stdout } = await run('predict', 'digits-run/model.onnx', 'digits');
    for (const line of stdout.trimEnd().split('\n').slice(1)) {
      const fractions = [...line.matchAll(/([\d.]+)%/g)].map(([, value]) => Number(value));
      expect(fractions).toHaveLength(3);
      expect(fractions).toEqual([...fractions].sort((a, b) => b - a));
      expect(fractions.reduce((sum, fraction) => sum + fraction, 0)).toBeGreaterThan(99.7);
    }
  });
});

describe('graft evaluate', () => {
  it('gives metrics that agree with the predictions', async () => {
    const { status, stdout } = await run('evaluate', THREE, 'three', '--json');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const metrics = evaluateDocument.parse(JSON.parse(stdout));
    const predicted = predictDocument.parse(
      JSON.parse((await run('predict', THREE, 'three', '--json')).stdout),
    );
    const right = predicted.filter(
      (result) => !('error' in result) && result.file.includes(`/${result.label}/`),
    );
    expect([status, metrics.examples, metrics.accuracy]).toEqual([0, 36, right.length / 36]);
    expect(metrics.perClass.map(({ className, support }) => [className, support])).toEqual([
      ['bars', 12],
      ['discs', 12],
      ['rings', 12],
    ]);
    expect(metrics.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(36);
  });

  it('prints a table for people, and names what it skipped', async () => {
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(work.cwd, 'spoilt'), motif, 4, 3);
    await writeFile(join(work.cwd, 'spoilt/discs/empty.jpg'), '');
    const { status, stdout, stderr } = await run('evaluate', TWO, 'spoilt');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^accuracy [\d.]+%, 95% CI \[[\d.]+, [\d.]+\], of 8 images; loss [\d.]+\nbalanced accuracy [\d.]+%, macro F1 [\d.]+, baseline 50\.0% \(always "bars"\)\n/,
    );
    expect(stdout).toMatch(/^bars +[\d.]+% +[\d.]+% +[\d.]+ +4$/m);
    expect(stdout).toMatch(/^true \\ predicted +bars +discs +recall$/m);
    expect(stderr).toMatch(/skipped 1 file:\n {2}\S*spoilt\/discs\/empty\.jpg: empty file\n/);
  });

  it('refuses classes that the model does not know', async () => {
    const { status, stderr } = await run('evaluate', TWO, 'three');
    expect([status, stderr]).toEqual([
      1,
      'error image folder "three": expected classes among "bars", "discs", received "rings". Name the folders as the classes that were trained (upper and lower case count).\n',
    ]);
  });
});

describe('graft summary and backbones', () => {
  it('describes a model file', async () => {
    const { status, stdout } = await run('summary', TWO, '--graph');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^classes {5}bars, discs\ninput {7}image, uint8 \[N, 64, 64, 3\], RGB$/m);
    expect(stdout).toMatch(/^validation +4 /m);
    expect(stdout).toContain('GlobalAveragePool');
  });

  it('prints the layers of a backbone', async () => {
    const { status, stdout } = await run('summary', 'mobilenet_v2_openimages', '--size', '96');
    expect(status).toBe(0);
    expect(stdout).toMatch(/block_15_add \(Add\).*\(None, 3, 3, 160\)/);
    expect(stdout).toContain('Total params: 2,257,984');
  });

  it("tells what another program's files are", async () => {
    const weights = join(process.cwd(), 'tests/golden/weights/keras_legacy.h5');
    expect(await run('summary', weights)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Conv1'),
    });
    const onnx = join(process.cwd(), 'tests/golden/onnx', 'convolutions.onnx');
    expect(await run('summary', onnx)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Where it can be cut'),
    });
  });

  it('lists the backbones', async () => {
    const { stdout } = await run('backbones', '--json');
    const pretrainedConfigs = backbonesDocument.parse(JSON.parse(stdout));
    expect(pretrainedConfigs[0]).toMatchObject({
      name: 'mobilenet_v2_openimages',
      parameters: 2_257_984,
      here: true,
    });
    const { stdout: shown } = await run('backbones');
    expect(shown).toMatch(/^mobilenet_v2_openimages +2,257,984 +224 +block_15_add +Apache-2.0 +yes$/m);
    expect(shown).toMatch(/^resnet50 +23,587,712 +224 +conv5_block3_out +74.9% +MIT +(yes|no)$/m);
    expect(shown).toMatch(/^torchvision:resnet50 .* 80\.9% .* (yes|no)$/m);
    expect(shown).not.toContain('torchvision:resnet50@IMAGENET1K_V1');
    expect(pretrainedConfigs.some(({ name }) => name === 'torchvision:resnet50@IMAGENET1K_V1')).toBe(true);
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe('the command line', () => {
  it.each(['train', 'predict', 'evaluate', 'summary', 'backbones'])(
    '%s --help shows examples',
    async (command) => {
      const { status, stdout } = await run(command, '--help');
      expect(status).toBe(0);
      expect(stdout).toMatch(new RegExp(`^Usage: graft ${command} [\\s\\S]*^Examples:\n {2}\\$ graft `, 'm'));
    },
  );

  it.each([
    [['trian'], "unknown command 'trian'\n(Did you mean train?)"],
    [['train'], "missing required argument 'dir'"],
    [['train', 'two', '--epoch', '3'], "unknown option '--epoch'\n(Did you mean --epochs?)"],
    [
      ['train', 'two', '--lr', 'fast'],
      "option '--lr <x>' argument 'fast' is invalid. Expected a number above 0.",
    ],
    [['train', 'two', '--size', '0'], 'Expected a whole number from 1 to 16,384.'],
    [['train', 'two', '--size', '1000000'], 'Expected a whole number from 1 to 16,384.'],
    [['train', 'two', '--size', '1e9'], 'Expected a whole number from 1 to 16,384.'],
    [
      ['train', 'two', '--seed', '12345678901234567890'],
      'Expected a whole number from -9,007,199,254,740,991 to 9,007,199,254,740,991.',
    ],
    [['train', 'two', '--label-smoothing', '1'], 'Expected a number from 0 to below 1.'],
    [['train', 'two', '--ema', '1'], 'Expected a number from 0 to below 1.'],
    [['train', 'two', '--layer-decay', '0'], 'Expected a number above 0 and of at most 1.'],
    [['train', 'two', '--patience', '1e300'], 'Expected a whole number from 1 to 1,000,000, or 0.'],
    [['train', 'two', '--views', '-1'], 'Expected a whole number from 1 to 1,000,000, or 0.'],
    [['train', 'two', '--threads', '1e9'], 'Expected a whole number from 1 to 1,024.'],
    [['train', 'two', '--lr', 'Infinity'], 'Expected a number above 0.'],
    [['train', 'two', '--validation', '1.5'], 'Expected a fraction between 0 and 1, or a folder.'],
    [['train', 'two', '--optimizer', 'adm'], `Allowed choices are ${OPTIMIZER_NAMES.join(', ')}.`],
    [['train', 'two', '--head', 'dens:3'], 'Did you mean "dense"?'],
    [['train', 'two', '--group', '('], 'group "(": expected a regular expression, received'],
    [
      ['predict', TWO, 'x.jpg', '--json', '--csv'],
      'expected one of --csv and --json, received both. Leave one of them out.',
    ],
    [['summary', 'mobilenet_v4'], 'The nearest names are "mobilenet_v2", "mobilenet", "mobilenet_075".'],
  ])('%j is wrong usage', async (args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect((await run('--version')).stdout).toBe(`${version}\n`);
  });
});
