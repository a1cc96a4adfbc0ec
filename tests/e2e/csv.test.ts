/** @file A CSV file in the place of the folder: classes, labels and values through the built command line. */

import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import {
  aboutEvaluation,
  evaluateDocument,
  labelMetrics,
  predictLabelsDocument,
  predictValuesDocument,
  trainDocument,
  trainLabelsDocument,
  trainValuesDocument,
  valueMetrics,
} from './contract.ts';
import { drawMixedImages, type MixedImage } from './drawn-images.ts';
import { killAt } from './kill-at.ts';

const IMAGES = 90;
const TRAINED = 60;
const QUICK = ['--images', 'images', '--size', '64', '--epochs', '40'];

let cwd: string;
let images: readonly MixedImage[];
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-e2e-csv-'));
  images = await drawMixedImages(join(cwd, 'images'), IMAGES, 3);
  const [train, val] = [images.slice(0, TRAINED), images.slice(TRAINED)];
  for (const [name, some] of [
    ['train', train],
    ['val', val],
  ] as const) {
    const write = (kind: string, header: string, row: (image: MixedImage) => string): Promise<void> =>
      table(`${name}-${kind}.csv`, `file,${header}`, ...some.map((each) => `${each.file},${row(each)}`));
    await write('labels', 'labels', ({ motifs }) => motifs.join('|'));
    await write('numbers', 'discs,weight', ({ discs }) => `${discs},${1000 + 250 * discs}`);
    await write('classes', 'label', ({ motifs }) => (motifs.includes('bars') ? 'striped' : 'plain'));
    await write('one', 'bars', ({ motifs }) => (motifs.includes('bars') ? '1' : '0'));
  }
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const run = (...args: string[]) => graft(args, { cwd });
const table = (name: string, ...lines: string[]): Promise<void> =>
  writeFile(join(cwd, name), `${lines.join('\n')}\n`);
const bytes = (file: string): Promise<Buffer> => readFile(join(cwd, file));
const pathOf = (index: number): string => `images/${images[index]!.file}`;

/** The document of a command that must succeed. */
async function document(...args: string[]): Promise<unknown> {
  const { status, stdout, stderr } = await run(...args, '--json');
  expect([status, stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
  return JSON.parse(stdout);
}

describe('labels', () => {
  it('are learned, and measured and told by the model file as in training', async () => {
    const report = trainLabelsDocument.parse(
      await document('train', 'train-labels.csv', '--validation', 'val-labels.csv', ...QUICK),
    );
    expect(report).toMatchObject({
      run: join('graft-runs', 'train-labels-1'),
      classNames: ['bars', 'discs', 'rings'],
      train: { examples: TRAINED },
      validation: { examples: IMAGES - TRAINED },
      skipped: [],
    });
    expect(report.validation.macro.auc).toBeGreaterThan(0.8);
    const again = labelMetrics
      .extend({ ...aboutEvaluation, task: z.string() })
      .parse(await document('evaluate', report.model, 'val-labels.csv', '--images', 'images'));
    expect(again.loss).toBeCloseTo(report.validation.loss, 3);
    expect(again.exactMatch).toBe(report.validation.exactMatch);
    expect(again.perClass.map(({ support }) => support)).toEqual(
      report.validation.perClass.map(({ support }) => support),
    );
    const strict = labelMetrics
      .extend({ ...aboutEvaluation, task: z.string() })
      .parse(
        await document(
          ...['evaluate', report.model, 'val-labels.csv', '--images', 'images', '--threshold', '0.9'],
        ),
      );
    expect(strict.micro.recall!).toBeLessThan(again.micro.recall!);

    const [told] = predictLabelsDocument.parse(await document('predict', report.model, pathOf(70)));
    expect(told!.labels).toEqual(
      ['bars', 'discs', 'rings'].filter((label) => told!.probabilities[label]! > 0.5),
    );
    const { stdout } = await run('predict', report.model, pathOf(70), '--csv');
    expect(stdout.split('\n')[0]).toBe('file,labels,unknown,similarity,bars,discs,rings,error');
    expect((await run('predict', report.model, pathOf(70))).stdout).toMatch(/^file +labels +others\n/);

    const summary = await run('summary', report.model);
    expect(summary.stdout).toMatch(/^labels +bars, discs, rings$/m);
    expect(summary.stdout).toMatch(/^threshold +0\.5$/m);
    expect(summary.stdout).toMatch(/^set +images +exact match +95% CI +macro F1 +macro AUC +loss$/m);
    expect((await readFile(join(cwd, report.run, 'history.csv'), 'utf8')).split('\n')[0]).toBe(
      'epoch,loss,auc,f1_score,val_loss,val_auc,val_f1_score,learning_rate,seconds',
    );
    expect(await readFile(join(cwd, report.run, 'curves.svg'), 'utf8')).toContain('>F1</text>');
  });

  it('is one of them alone a yes or no, not two classes', async () => {
    const report = trainLabelsDocument.parse(
      await document('train', 'train-one.csv', '--validation', 'val-one.csv', ...QUICK, '--out', 'one'),
    );
    expect(report.classNames).toEqual(['bars']);
    expect(report.parameters.trainable).toBe(161);
    const [told] = predictLabelsDocument.parse(await document('predict', report.model, pathOf(70)));
    expect(Object.keys(told!.probabilities)).toEqual(['bars']);
    const again = labelMetrics
      .extend({ ...aboutEvaluation, task: z.string() })
      .parse(await document('evaluate', report.model, 'val-one.csv', '--images', 'images'));
    expect(again.loss).toBeCloseTo(report.validation.loss, 3);
    expect((await run('summary', report.model)).stdout).toMatch(/^output +probabilities, float32 \[N, 1\]$/m);
  });

  it('are learned through the network, too, with label smoothing and a hidden layer', async () => {
    const report = trainLabelsDocument.parse(
      await document(
        ...['train', 'train-labels.csv', ...QUICK, '--out', 'deep', '--head', 'gap,dense:16:relu'],
        ...[
          '--label-smoothing',
          '0.1',
          '--epochs',
          '3',
          '--then',
          'unfreeze=block_15_expand,lr=1e-4,epochs=2',
        ],
      ),
    );
    expect(report.epochs).toBe(5);
    expect(report.train.examples + report.validation.examples).toBe(TRAINED);
  });
});

describe('numbers', () => {
  it('are learned in their own unit, by whatever loss', async () => {
    const report = trainValuesDocument.parse(
      await document(
        ...['train', 'train-numbers.csv', '--validation', 'val-numbers.csv', ...QUICK, '--out', 'numbers'],
        ...['--size', '128', '--batch', '8', '--loss', 'huber', '--then', 'lr=5e-4,epochs=5'],
      ),
    );
    expect(report.classNames).toEqual(['discs', 'weight']);
    const [discs, weight] = report.validation.values;
    expect(discs!.r2).toBeGreaterThan(0.2);
    // The second number is the first one in another unit.
    expect(weight!.mae / discs!.mae).toBeGreaterThan(200);
    expect(weight!.mae / discs!.mae).toBeLessThan(300);
    const again = valueMetrics
      .extend({ ...aboutEvaluation, task: z.string() })
      .parse(await document('evaluate', report.model, 'val-numbers.csv', '--images', 'images'));
    again.values.forEach(({ mae }, index) => {
      expect(mae / report.validation.values[index]!.mae).toBeCloseTo(1, 2);
    });
    const [told] = predictValuesDocument.parse(await document('predict', report.model, pathOf(70)));
    expect(told!.values['weight']).toBeGreaterThan(500);
    expect(told!.values['weight']).toBeLessThan(3000);
    expect((await run('predict', report.model, pathOf(70), '--csv')).stdout.split('\n')[0]).toBe(
      'file,unknown,similarity,discs,weight,error',
    );
    expect((await run('predict', report.model, pathOf(70))).stdout).toMatch(/^file +discs +weight\n/);
    const summary = await run('summary', report.model);
    expect(summary.stdout).toMatch(/^output +predictions, float32 \[N, 2\]$/m);
    expect(summary.stdout).toMatch(/^set +images +value +MAE +RMSE +R2$/m);
    const history = (await readFile(join(cwd, 'numbers/history.csv'), 'utf8')).trimEnd().split('\n');
    expect(history[0]).toBe(
      'epoch,phase,loss,mae,r2_score,val_loss,val_mae,val_r2_score,learning_rate,seconds',
    );
    // Mean over both numbers, in their units.
    const best = Number(history[report.bestEpoch]!.split(',')[history[0]!.split(',').indexOf('val_mae')]);
    expect(best / ((discs!.mae + weight!.mae) / 2)).toBeCloseTo(1, 2);
  });

  it.each([
    ['keras', 'numbers.keras'],
    ['tfjs', 'numbers-tfjs'],
  ])('go to %s', async (format, out) => {
    const { status, stderr } = await run('export', 'numbers/model.onnx', '--to', format, '--out', out);
    expect(status).toBe(0);
    const fraction = Number(
      /^Numbers differ .* by (\S+) of the largest at most, on noise\.$/m.exec(stderr)?.[1],
    );
    expect(fraction).toBeLessThan(1e-4);
  });
});

describe('classes', () => {
  it('are learned and told as those of a folder', async () => {
    const report = trainDocument.parse(
      await document(
        ...['train', 'train-classes.csv', '--validation', 'val-classes.csv', ...QUICK, '--out', 'classes'],
      ),
    );
    expect(report.classNames).toEqual(['plain', 'striped']);
    expect(report.validation.accuracy).toBeGreaterThan(0.7);
    const again = evaluateDocument.parse(
      await document('evaluate', report.model, 'val-classes.csv', '--images', 'images'),
    );
    expect(again.accuracy).toBe(report.validation.accuracy);
  });

  it('make the same model, to the bit, as the same images in folders', async () => {
    const lines = [];
    for (const { file, motifs } of images.slice(0, 30)) {
      const label = motifs.includes('bars') ? 'striped' : 'plain';
      await mkdir(join(cwd, 'folder', label), { recursive: true });
      await cp(join(cwd, 'images', file), join(cwd, 'folder', label, file));
      lines.push(`${label}/${file},${label}`);
    }
    // In the order of the folders.
    const sorted = lines.sort(new Intl.Collator('en', { numeric: true }).compare);
    await table('folder/labels.csv', 'path,class', ...sorted);
    const options = ['--size', '64', '--epochs', '5'];
    await document('train', 'folder', ...options, '--out', 'of-folder');
    await document('train', 'folder/labels.csv', ...options, '--out', 'of-csv');
    expect((await bytes('of-csv/model.onnx')).equals(await bytes('of-folder/model.onnx'))).toBe(true);
  });
});

describe('a run on a CSV file that is killed', needs.signals, () => {
  it.each([
    ['labels', []],
    ['numbers', ['--augment', 'flip', '--views', '2', '--then', 'lr=1e-3,epochs=10']],
  ])('ends with the same model after --resume: %s', async (kind, more) => {
    const training = [
      ...['train', `train-${kind}.csv`, ...QUICK, ...more, '--batch', '4', '--epochs', '25'],
      ...['--patience', '0', '--head', 'gap,dense:8:relu,dropout:0.3', '--checkpoint', '0'],
    ];
    const whole = await run(...training, '--out', `whole-${kind}`);
    expect(whole.status).toBe(0);
    const killed = await killAt(100, `killed-${kind}`, training, { cwd });
    expect([killed.status, killed.signal]).toEqual([null, 'SIGKILL']);
    expect(await readdir(join(cwd, `killed-${kind}`))).toContain('run.json');
    const again = await run('train', '--resume', `killed-${kind}`);
    expect([again.status, again.stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
    expect(again.stderr).toMatch(/^resuming at epoch \d+/m);
    expect((await bytes(`killed-${kind}/model.onnx`)).equals(await bytes(`whole-${kind}/model.onnx`))).toBe(
      true,
    );
  });
});
