/** @file `graft sweep` through the built command line. */

import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPTIMIZER_NAMES } from '../../src/core/optimizers/optimizers.ts';
import { needs } from '../support/needs.ts';
import { type CliResult, graft } from './cli.ts';
import { sweepDocument, trainDocument } from './contract.ts';
import { drawImages } from './drawn-images.ts';
import { drawWorkplace, QUICK, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
});
afterAll(() => work.remove());

const sweeping = (...args: string[]) => graft(['sweep', ...args, ...QUICK], { cwd: work.cwd });

describe('graft sweep', () => {
  it('prints a table, one JSON document, and leaves a run folder whose model can be used', async () => {
    const { status, stdout, stderr } = await sweeping(
      ...['three', '--cuts', 'block_8_add,block_12_add', '--heads', 'linear;gap,dense:16:relu'],
      ...['--lrs', '1e-2,1e-3', '--out', 'swept', '--json'],
    );
    expect(status, stderr).toBe(0);
    const document = sweepDocument.parse(JSON.parse(stdout));
    expect(document).toMatchObject({ run: 'swept', combinations: 8, ended: 'complete', failed: [] });
    expect(document.rows).toHaveLength(8);
    expect(document.features.computed).toBe(36);
    for (const line of [
      /^data: three, 3 classes \(bars, discs, rings\)$/m,
      /^base: mobilenet_v2_openimages \(frozen\), 64 px, adam$/m,
      /^plan: 8 combinations on features at 2 layers of the network$/m,
      /^features: 36 images in /m,
      /^8\/8: cut block_\d+_add, head \S+, learning rate \S+: accuracy [\d.]+%, loss [\d.]+$/m,
    ]) {
      expect(stderr).toMatch(line);
    }
    const again = ['--lrs', '1e-2,1e-3', '--out', 'swept-for-people'];
    const heads = ['--heads', 'linear;gap,dense:16:relu'];
    const { stdout: people } = await sweeping('three', ...heads, ...again);
    for (const line of [
      /^ +head +lr +accuracy +95% CI +balanced +loss +parameters +time$/m,
      /^best +(linear|gap)/m,
      /^[=*] +(linear|gap)/m,
      /exact McNemar test, Holm correction, 5%/,
      /^[\d.]+% is optimistic \(selection bias: best of 4 on the same \d+ images\)/m,
      /^model: swept-for-people.model\.onnx$/m,
    ]) {
      expect(people).toMatch(line);
    }
    expect((await readdir(join(work.cwd, 'swept'))).sort()).toEqual([
      '.graft-run',
      'curves.svg',
      'history.csv',
      'model.onnx',
      'recipe.json',
      'sweep.csv',
      'sweep.json',
    ]);
    expect(JSON.parse(await readFile(join(work.cwd, 'swept', 'sweep.json'), 'utf8'))).toEqual(document);
    const csv = (await readFile(join(work.cwd, 'swept', 'sweep.csv'), 'utf8')).trimEnd().split('\n');
    expect(csv).toHaveLength(9);
    const predicted = await graft(['predict', 'swept/model.onnx', 'three/bars/bars0.jpg'], { cwd: work.cwd });
    expect([predicted.status, predicted.stdout]).toEqual([0, expect.stringMatching(/bars|discs|rings/)]);
  });

  it('is what the training of the best recipe alone gives, from the features that it left', async () => {
    const best = sweepDocument.parse(
      JSON.parse(await readFile(join(work.cwd, 'swept', 'sweep.json'), 'utf8')),
    ).rows[0]!;
    const { stdout } = await graft(
      ['train', 'three', '--recipe', 'swept/recipe.json', '--out', 'again', '--json'],
      { cwd: work.cwd },
    );
    const alone = trainDocument.parse(JSON.parse(stdout));
    expect(alone.features).toEqual({ computed: 0, cached: 36 });
    expect(alone.validation).toEqual(best.validation);
    const models = await Promise.all(
      ['swept', 'again'].map((run) => readFile(join(work.cwd, run, 'model.onnx'))),
    );
    expect(models[0]!.equals(models[1]!)).toBe(true);
  });

  it('tests the best on test/, and only there', async () => {
    const parts = join(work.cwd, 'parts');
    for (const part of ['train', 'val'])
      await cp(join(work.cwd, 'two'), join(parts, part), { recursive: true });
    // The other way round: a model that is right on the images to train on is wrong on these.
    for (const [motif, name] of [
      ['bars', 'discs'],
      ['discs', 'bars'],
    ] as const) {
      await drawImages(join(parts, 'drawn'), motif, 7);
      await mkdir(join(parts, 'test'), { recursive: true });
      await rename(join(parts, 'drawn', motif), join(parts, 'test', name));
    }
    await rm(join(parts, 'drawn'), { recursive: true });
    const { stdout } = await sweeping('parts', '--lrs', '1e-2,1e-3', '--json', '--out', 'tested');
    const { test, rows } = sweepDocument.parse(JSON.parse(stdout));
    expect(rows.map(({ validation }) => validation.examples)).toEqual([24, 24]);
    for (const { validation } of rows) expect(validation.accuracy).toBeGreaterThan(0.6);
    expect(test!.examples).toBe(14);
    expect(test!.accuracy).toBeLessThan(0.4);
    const people = await sweeping('parts', '--lrs', '1e-2,1e-3', '--out', 'tested-again');
    expect(people.stdout).toMatch(
      /^test accuracy [\d.]+%, 95% CI \[[\d.]+, [\d.]+\], of 14 images, held out$/m,
    );
  });

  it('evaluates on folds, and trains the best on all images', async () => {
    const { status, stdout, stderr } = await sweeping(
      ...['two', '--folds', '3', '--optimizers', 'adam,sgd', '--out', 'folded', '--json'],
    );
    expect(status, stderr).toBe(0);
    const { rows } = sweepDocument.parse(JSON.parse(stdout));
    expect(rows.map(({ folds }) => folds?.accuracies.length)).toEqual([3, 3]);
    expect(rows.every(({ validation }) => validation.examples === 24)).toBe(true);
    expect(stderr).toMatch(/^ {6}24 training and validation images \(3 folds\)$/m);
    const people = await sweeping('two', '--folds', '3', '--lrs', '1e-2,1e-3', '--out', 'folded-again');
    expect(people.stdout).toMatch(/^the best was trained again on all images, for \d+ epochs?$/m);
    expect(existsSync(join(work.cwd, 'folded', 'model.onnx'))).toBe(true);
  });

  it.each([
    [
      ['--cuts', 'block_8_ad'],
      1,
      'error model "mobilenetv2_1.00_64": expected the name of a layer, received "block_8_ad". The nearest names are "block_8_add", "block_1_pad", "block_2_add".',
    ],
    [
      ['--heads', 'linear;;gmp'],
      2,
      "error: option '--heads <specs>' argument 'linear;;gmp' is invalid. Expected at least one name, and none of them empty.",
    ],
    [
      ['--heads', 'lineal'],
      2,
      'error head "lineal": expected layers among gap, gmp, flatten, dense, dropout, received "lineal". Write a head as "gap,dense:256:relu,dropout:0.2", "linear" or "flatten-dense-1024". Did you mean "linear"?',
    ],
    [['--lrs', ''], 2, "error: option '--lrs <rates>' argument '' is invalid. Expected a number above 0."],
    [
      ['--lrs', '1e-3,fast'],
      2,
      "error: option '--lrs <rates>' argument '1e-3,fast' is invalid. Expected a number above 0.",
    ],
    [
      ['--optimizers', 'adma'],
      2,
      `error: option '--optimizers <names>' argument 'adma' is invalid. Expected names among ${OPTIMIZER_NAMES.join(', ')}. Did you mean "adam"?`,
    ],
    [
      ['--folds', '1'],
      2,
      "error: option '--folds <k>' argument '1' is invalid. Expected a whole number from 2 to 1,000.",
    ],
    [
      ['--folds', '3', '--validation', '0.2'],
      2,
      'error: --folds evaluates by all examples: leave out --validation, or --folds',
    ],
    [
      ['--folds', '13'],
      1,
      'error folds of class "bars": expected at least 13 images, one for each fold, received 12. Take fewer folds, or add images.',
    ],
    [
      ['--unfreeze', 'block_8_add'],
      2,
      'error sweep: expected recipes that train the head alone, received one that trains the backbone from "block_8_add" on. Sweep the heads first; then train the best one further with graft train --then unfreeze=LAYER.',
    ],
  ])('refuses %j', async (args, expected, message) => {
    const { status, stdout, stderr } = await sweeping('two', ...args, '--out', 'refused');
    expect([status, stdout]).toEqual([expected, '']);
    expect(stderr.split('\n').filter((line) => /^(error|bug)/.test(line))).toEqual([message]);
    expect(existsSync(join(work.cwd, 'refused'))).toBe(false);
  });

  it('keeps what is finished on Ctrl-C, and says so', needs.signals, async () => {
    await drawImages(join(work.cwd, 'long'), 'bars', 12, 3);
    await rename(join(work.cwd, 'long', 'bars'), join(work.cwd, 'long', 'a'));
    await drawImages(join(work.cwd, 'long'), 'discs', 12, 3);
    const rates = Array.from({ length: 400 }, (_, i) => `${(i + 1) / 1e4}`);
    const all = ['sweep', 'long', '--size', '64', '--lrs', rates.join(','), '--epochs', '500'];
    const stoppedAfter = async (ms: number): Promise<CliResult> => {
      let sent = false;
      const ended = await graft([...all, '--patience', '0', '--out', 'stopped', '--json', '--overwrite'], {
        cwd: work.cwd,
        onStderr(text, kill) {
          if (sent || !text.includes('features: ')) return;
          sent = true;
          setTimeout(() => kill('SIGINT'), ms);
        },
      });
      expect([sent, ended.status], ended.stderr).toEqual([true, 130]);
      return ended;
    };
    // Nothing outside tells of a finished combination: on a busy machine the first one takes longer.
    let afterMs = 2500;
    let stopped = await stoppedAfter(afterMs);
    while (stopped.stdout === '') {
      afterMs *= 2;
      stopped = await stoppedAfter(afterMs);
    }
    const { stdout } = stopped;
    const { combinations, ended, rows } = sweepDocument.parse(JSON.parse(stdout));
    expect([combinations, ended]).toEqual([400, 'interrupted']);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(400);
    expect(existsSync(join(work.cwd, 'stopped', 'model.onnx'))).toBe(true);
  });
});
