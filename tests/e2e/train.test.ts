/** @file `graft train` through the built command line. */

import { cp, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_RECIPE } from '../../src/recipe/recipe.ts';
import { graft } from './cli.ts';
import { trainDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { RUN_FILES } from './run-files.ts';
import { drawWorkplace, QUICK, trained, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
});
afterAll(() => work.remove());

/** What `recipe.json` says of a run with the options of `QUICK`: every key. */
const QUICK_RECIPE = {
  ...DEFAULT_RECIPE,
  cut: 'block_15_add',
  sizePx: 64,
  resize: 'squash',
  task: 'classification',
  epochs: 30,
};

const training = (...args: string[]) => graft(['train', ...args, ...QUICK], { cwd: work.cwd });

describe('graft train', () => {
  it.each([
    ['two', ['bars', 'discs'], 161],
    ['three', ['bars', 'discs', 'rings'], 483],
  ])(
    '%s: one JSON document on standard output, the rest on standard error',
    async (dir, classNames, trainable) => {
      const { stdout, stderr } = await trained(work.cwd, dir, '--json');
      expect(stdout.trimEnd().split('\n')).toHaveLength(1);
      const report = trainDocument.parse(JSON.parse(stdout));
      expect(report).toMatchObject({
        run: join('graft-runs', `${dir}-1`),
        model: join('graft-runs', `${dir}-1`, 'model.onnx'),
        task: 'classification',
        classNames,
        ended: expect.stringMatching(/^(epochs|early-stopping)$/),
        parameters: { trainable },
        skipped: [],
      });
      expect(report.train.examples + report.validation.examples).toBe(12 * classNames.length);
      expect(report.validation.accuracy).toBeGreaterThan(0.6);
      expect(stderr).toMatch(/^features: /m);
    },
  );

  it('fills the run folder', async () => {
    await trained(work.cwd, 'two', '--out', 'filled');
    const folder = join(work.cwd, 'filled');
    expect((await readdir(folder)).sort()).toEqual(RUN_FILES);
    expect(JSON.parse(await readFile(join(folder, 'recipe.json'), 'utf8'))).toEqual(QUICK_RECIPE);
    const [header, ...rows] = (await readFile(join(folder, 'history.csv'), 'utf8')).trimEnd().split('\n');
    expect(header).toBe('epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds');
    expect(rows).toHaveLength(30);
    expect(await readFile(join(folder, 'curves.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  });

  it('says on standard error what it does, an epoch a line, and on standard output how good the result is', async () => {
    const { stdout, stderr } = await trained(work.cwd, 'two', '--out', 'told');
    for (const line of [
      /^data: two, 2 classes \(bars, discs\)$/m,
      /^ {6}20 training \/ 4 validation images \(20% of each class\)$/m,
      /^head: linear on mobilenet_v2_openimages \(frozen\), cut at block_15_add, 64 px$/m,
      /^ {6}trainable parameters: 161 of [\d,]+$/m,
      /^features: 24 images in [\d.]+ s, [\d,.]+ images\/s$/m,
      /^epoch {2}1\/30: loss \d\.\d{4}, accuracy +[\d.]+%, val_loss \d\.\d{4}, val_accuracy +[\d.]+%, [\d.]+ m?s$/m,
      /^training: 30 epochs in [\d.]+ s, best epoch \d+: val_loss [\d.]+, val_accuracy [\d.]+%$/m,
    ]) {
      expect(stderr).toMatch(line);
    }
    for (const line of [
      /^validation accuracy [\d.]+%, 95% CI \[[\d.]+, [\d.]+\], of 4 images$/m,
      /^ +training +validation$/m,
      /^images +20 +4$/m,
      /^accuracy +[\d.]+% +[\d.]+%$/m,
      /^95% CI +\[[\d.]+, [\d.]+\]$/m,
      /^macro F1 +[\d.]+ +[\d.]+$/m,
      /^baseline +50\.0% +50\.0%$/m,
      /^true \\ predicted +bars +discs +recall$/m,
      /^30 epochs; kept the weights of epoch \d+$/m,
      /^model: told\/model\.onnx$/m,
      /^also written: history\.csv, recipe\.json, curves\.svg, report\.html, README\.md in told$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(stderr.match(/^epoch +\d+\/30: /gm)).toHaveLength(30);
    expect(stderr + stdout).not.toMatch(/undefined|NaN|null|\[object/);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const head = ['--head', 'gap,dense:8,dropout:0.2'];
    for (const [out, seed] of [
      ['seed-a', '5'],
      ['seed-b', '5'],
      ['seed-c', '6'],
    ] as const) {
      await trained(work.cwd, 'two', '--out', out, '--seed', seed, ...head);
    }
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((name) => readFile(join(work.cwd, `seed-${name}`, 'model.onnx'))),
    );
    expect(a!.equals(b!)).toBe(true);
    expect(a!.equals(c!)).toBe(false);
  });

  it('refuses a run folder that holds something, unless told to overwrite it', async () => {
    await trained(work.cwd, 'two', '--out', 'kept');
    const before = await readFile(join(work.cwd, 'kept', 'model.onnx'));
    const refused = await training('two', '--out', 'kept', '--seed', '2');
    expect([refused.status, refused.stdout, refused.stderr]).toEqual([
      1,
      '',
      'error run folder "kept": expected a new or empty folder, received one with 7 files in it. Choose another --out, or give --overwrite.\n',
    ]);
    expect((await readFile(join(work.cwd, 'kept', 'model.onnx'))).equals(before)).toBe(true);
    expect((await training('two', '--out', 'kept', '--seed', '2', '--overwrite')).status).toBe(0);
    expect((await readFile(join(work.cwd, 'kept', 'model.onnx'))).equals(before)).toBe(false);
  });

  it('uses a validation folder and a test folder inside the data', async () => {
    const parts = [
      ['train', 12],
      ['val', 5],
      ['test', 7],
    ] as const;
    for (const [part, count] of parts) {
      for (const motif of ['bars', 'discs'] as const)
        await drawImages(join(work.cwd, 'parts', part), motif, count);
    }
    const report = trainDocument.parse(JSON.parse((await trained(work.cwd, 'parts', '--json')).stdout));
    expect([report.train.examples, report.validation.examples, report.test?.examples]).toEqual([24, 10, 14]);
  });

  it('validates on the folder or fraction that is named', async () => {
    for (const motif of ['bars', 'discs'] as const) await drawImages(join(work.cwd, 'other'), motif, 5, 2);
    const folder = trainDocument.parse(
      JSON.parse((await trained(work.cwd, 'two', '--validation', 'other', '--json')).stdout),
    );
    expect([folder.train.examples, folder.validation.examples]).toEqual([24, 10]);
    const fraction = trainDocument.parse(
      JSON.parse((await trained(work.cwd, 'two', '--validation', '0.5', '--json')).stdout),
    );
    expect([fraction.train.examples, fraction.validation.examples]).toEqual([12, 12]);
  });

  it('keeps groups on one side, and says how many there are', async () => {
    await cp(join(work.cwd, 'two'), join(work.cwd, 'grouped'), { recursive: true });
    for (const motif of ['bars', 'discs']) {
      const folder = join(work.cwd, 'grouped', motif);
      for (const [index, name] of (await readdir(folder)).sort().entries()) {
        await rename(join(folder, name), join(folder, `${motif}${index % 3}-${index}.jpg`));
      }
    }
    const { stdout, stderr } = await trained(
      work.cwd,
      'grouped',
      '--group',
      '^([a-z]+[0-9]+)-',
      '--validation',
      '0.3',
      '--json',
    );
    expect(stderr).toContain('30% of each class, 6 groups kept together');
    expect(trainDocument.parse(JSON.parse(stdout)).validation.examples).toBe(8);
  });

  it.each([
    ['flatten,dense:32:relu,dropout:0.2', 'rmsprop', '1e-3'],
    ['gmp,dropout:0.1', 'adamw', '1e-2'],
    ['dense:16:tanh', 'sgd', '1e-2'],
    ['gap,dense:16:sigmoid,dense:8', 'adam', '1e-3'],
  ])('head %s with %s learns, and predicts the same from its file', async (head, optimizer, lr) => {
    const out = `head-${optimizer}`;
    const { stdout } = await trained(
      work.cwd,
      'two',
      ...[
        '--head',
        head,
        '--optimizer',
        optimizer,
        '--lr',
        lr,
        '--out',
        out,
        '--json',
        '--validation',
        'two',
      ],
    );
    const report = trainDocument.parse(JSON.parse(stdout));
    expect(report.train.accuracy).toBeGreaterThan(0.6);
    const again = await graft(['evaluate', join(out, 'model.onnx'), 'two', '--json'], { cwd: work.cwd });
    const evaluated = JSON.parse(again.stdout) as { loss: number; accuracy: number };
    expect([evaluated.accuracy]).toBeAllClose([report.validation.accuracy], { atol: 1e-9, rtol: 0 });
    expect([evaluated.loss]).toBeAllClose([report.validation.loss], { atol: 1e-5, rtol: 1e-4 });
  });
});
