/** @file `graft sweep` on texts: a table of combinations, by a split and by folds, and what cannot be swept. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SENTENCES, sentencesCsv } from '../support/sentences.ts';
import { graft } from './cli.ts';
import { evaluateDocument, sweepDocument, trainDocument } from './contract.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-e2e-texts-sweep-'));
  await writeFile(join(cwd, 'train.csv'), sentencesCsv(SENTENCES));
  // Six texts of one frame belong together: a group.
  const groups = sentencesCsv(
    SENTENCES,
    'text,label,author',
    ({ label }, i) => `${label},a${Math.floor(i / 18)}`,
  );
  await writeFile(join(cwd, 'groups.csv'), groups);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const run = (...args: string[]) => graft(args, { cwd });

async function document(...args: string[]): Promise<unknown> {
  const { status, stdout, stderr } = await run(...args, '--json');
  expect([status, stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
  return JSON.parse(stdout);
}

describe('graft sweep on texts', () => {
  it('ranks combinations, each as a training of its own, and leaves the best as a model', async () => {
    const args = ['train.csv', '--backbone', 'use_lite', '--epochs', '8'];
    const axes = ['--heads', 'linear;dense:16:relu', '--lrs', '1e-2,1e-3'];
    const { status, stdout, stderr } = await run('sweep', ...args, ...axes, '--out', 'swept', '--json');
    expect([status, stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
    const report = sweepDocument.parse(JSON.parse(stdout));
    expect(report).toMatchObject({ modality: 'text', combinations: 4, ended: 'complete', failed: [] });
    expect(report.features.computed + report.features.cached).toBe(108);
    for (const line of [
      /^base: use_lite \(frozen\), cut at pooled_dense, 128 tokens, adamw$/m,
      /^plan: 4 combinations on features at 1 layer of the network$/m,
      /^4\/4: head \S+, learning rate \S+: accuracy [\d.]+%, loss [\d.]+$/m,
    ]) {
      expect(stderr).toMatch(line);
    }
    const [best] = report.rows;
    const alone = trainDocument.parse(
      await document(
        'train',
        ...args,
        '--head',
        best!.head,
        '--lr',
        String(best!.learningRate),
        '--out',
        'alone',
      ),
    );
    expect(alone.validation).toEqual(best!.validation);
    expect(alone.features.computed).toBe(0);
    const models = await Promise.all(
      ['swept', 'alone'].map((name) => readFile(join(cwd, name, 'model.onnx'))),
    );
    expect(models[0]!.equals(models[1]!)).toBe(true);
    expect(await document('predict', report.model, 'Who feeds the horse?')).toMatchObject([
      { text: 'Who feeds the horse?', label: expect.any(String) },
    ]);
    expect((await readdir(join(cwd, 'swept'))).filter((name) => name.startsWith('sweep')).sort()).toEqual([
      'sweep.csv',
      'sweep.json',
    ]);
  });

  it('evaluates by folds that keep the texts of a group together, with n-grams too', async () => {
    const args = ['groups.csv', '--folds', '3', '--group', 'author', '--epochs', '6', '--ngrams', '1'];
    const report = sweepDocument.parse(
      await document('sweep', ...args, '--lrs', '1e-2,1e-3', '--out', 'folds'),
    );
    expect(report.rows).toHaveLength(2);
    for (const { folds, validation } of report.rows) {
      expect(folds!.accuracies).toHaveLength(3);
      expect(validation.examples).toBe(108);
    }
    const measured = evaluateDocument.parse(await document('evaluate', report.model, 'groups.csv'));
    expect(measured.accuracy).toBeGreaterThanOrEqual(report.rows[0]!.validation.accuracy);
    const { stdout } = await run('sweep', ...args, '--lrs', '1e-2', '--out', 'folds-for-people');
    expect(stdout).toMatch(/^the best was trained again on all texts, for \d+ epochs?$/m);
  });

  it.each([
    [['labels.csv'], 'error text file "labels.csv": expected a class for each text, received labels.'],
    [
      ['images.csv'],
      'error sweep: expected a folder of class folders with images, or a table of texts, received "images.csv", a table of images. Give the folder of the images; --as texts takes the table for one of texts.',
    ],
    [
      ['train.csv', '--unfreeze', 'pooled_dense'],
      'error sweep: expected recipes that train the head alone, received one that trains the backbone from "pooled_dense" on.',
    ],
    [
      ['train.csv', '--folds', '40'],
      'error folds of class "animals": expected at least 40 texts, one for each fold, received 36. Take fewer folds, or add texts.',
    ],
    [
      ['train.csv', '--folds', '3', '--group', 'author'],
      'error text file "train.csv": expected a column "author", received "text", "label".',
    ],
  ])('refuses %j', async (args, message) => {
    await writeFile(
      join(cwd, 'labels.csv'),
      sentencesCsv(SENTENCES, 'text,labels', ({ label }, i) => (i % 2 ? label : `${label}|even`)),
    );
    await writeFile(join(cwd, 'images.csv'), 'file,label\na.jpg,cats\nb.jpg,dogs\n');
    const { status, stderr } = await run('sweep', ...args, '--lrs', '1e-2,1e-3');
    expect([1, 2]).toContain(status);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(message);
  });
});
