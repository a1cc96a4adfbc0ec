/** @file `graft train` tells what it will need; `--dry-run` stops there. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatherImages } from '../../src/node/training/image-sets.ts';
import { trainClassifier } from '../../src/node/training/train-classifier.ts';
import { DEFAULT_RECIPE } from '../../src/recipe/recipe.ts';
import type { Preflight } from '../../src/runs/estimate/estimate-report.ts';
import type { EstimateReport } from '../../src/use-cases/estimate-report.ts';
import { graft } from './cli.ts';
import { drawWorkplace, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
});
afterAll(() => work.remove());

const SMALL = ['--size', '96', '--epochs', '5', '--batch', '10'];

describe('graft train --dry-run', () => {
  it('tells what a run would need, writes nothing, and leaves no folder', async () => {
    const home = await mkdtemp(join(tmpdir(), 'graft-home-'));
    try {
      const before = await readdir(work.cwd);
      const env = { GRAFT_HOME: join(home, 'none') };
      const { status, stdout, stderr } = await graft(['train', 'two', '--dry-run', ...SMALL], {
        cwd: work.cwd,
        env,
      });
      expect([status, stdout]).toEqual([0, '']);
      expect(stderr).toMatch(
        /^plan: extract features for 24 images \(about [\d.]+ s\)\n {6}train up to 5 epochs \(at most [\d.]+ s\)$/m,
      );
      expect(stderr).toMatch(/^ {6}about [\d.]+ [MG]B of memory, at most [\d.]+ [MG]B of disk$/m);
      expect(stderr).toMatch(/^note 4 validation images tell little: /m);
      expect(stderr).not.toMatch(/undefined|NaN|null|\[object/);
      expect(await readdir(work.cwd)).toEqual(before);
      expect(await readdir(home)).toEqual([]);
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it('as one JSON document', async () => {
    const { status, stdout } = await graft(
      ['train', 'three', '--dry-run', '--json', '--no-cache', ...SMALL],
      {
        cwd: work.cwd,
      },
    );
    expect(status).toBe(0);
    const document = JSON.parse(stdout) as EstimateReport;
    expect(document).toMatchObject({
      data: 'three',
      modality: 'image',
      task: 'classification',
      classNames: ['bars', 'discs', 'rings'],
      recipe: { sizePx: 96, cut: 'block_15_add' },
      parameters: { trainable: 483 },
      examples: { train: 30, validation: 6, test: 0 },
      features: { total: 36, cached: 0 },
      phases: [{ unfreeze: null, trainable: 483, featuresPerExample: 160, epochs: 5, stepsPerEpoch: 3 }],
      diskBytes: { cache: 0, model: (1_364_864 + 483) * 4 },
      warnings: [{ code: 'small-validation' }],
    });
    expect(document.seconds.features).toBeGreaterThan(0);
    expect(document.memoryBytes.total).toBeGreaterThan(50e6);
  });

  it('knows what the cache has, and that views are others', async () => {
    expect((await graft(['train', 'two', ...SMALL], { cwd: work.cwd })).status).toBe(0);
    const again = await graft(['train', 'two', '--dry-run', ...SMALL], { cwd: work.cwd });
    expect(again.stderr).toMatch(/^plan: features of all 24 images are cached$/m);
    const augmented = await graft(['train', 'two', '--dry-run', '--augment', 'flip', ...SMALL], {
      cwd: work.cwd,
    });
    expect(augmented.stderr).toMatch(
      /^plan: extract features for 100 images \(about [\d.]+ s, 24 cached\)$/m,
    );
  });

  it('looks at all phases', async () => {
    const { stdout } = await graft(
      [
        'train',
        'two',
        '--dry-run',
        '--json',
        '--then',
        'unfreeze=block_16_expand,lr=1e-5,epochs=3',
        '--cut',
        'block_16_project',
        ...SMALL,
      ],
      { cwd: work.cwd },
    );
    const { phases, memoryBytes } = JSON.parse(stdout) as EstimateReport;
    expect(phases.map(({ unfreeze, epochs }) => [unfreeze, epochs])).toEqual([
      [null, 5],
      ['block_16_expand', 3],
    ]);
    expect(phases[1]!.trainable).toBeGreaterThan(phases[0]!.trainable);
    expect(phases[1]!.seconds.step).toBeGreaterThan(0);
    expect(memoryBytes.step).toBeGreaterThan(0);
  });

  it('refuses what a run would refuse, before any work', async () => {
    const schedule = await graft(
      [
        'train',
        'two',
        '--dry-run',
        '--then',
        'unfreeze=block_15_expand,lr=1e-4,schedule=step:every=10',
        ...SMALL,
      ],
      { cwd: work.cwd },
    );
    expect([schedule.status, schedule.stdout]).toEqual([2, '']);
    expect(schedule.stderr.split('\n').filter((line) => /^(error|bug)/.test(line))).toEqual([
      'error schedule "step:every=10": expected one that ends within 10 steps (5 epochs of 2), received one of 21 steps. Give more epochs, or a shorter schedule.',
    ]);
    const resumed = await graft(['train', '--resume', 'run', '--dry-run'], { cwd: work.cwd });
    expect([resumed.status, resumed.stderr.split('\n')[0]]).toEqual([
      2,
      'error: --resume takes the run as it was begun: leave out --dry-run',
    ]);
  });
});

describe('looking ahead', () => {
  it('changes nothing of what is trained', async () => {
    const recipe = {
      ...DEFAULT_RECIPE,
      sizePx: 64,
      epochs: 2,
      head: 'gap,dense:8,dropout:0.3',
      augmentation: 'flip',
    };
    const folder = join(work.cwd, 'two');
    const images = await gatherImages(folder, recipe);
    const forecasts: Preflight[] = [];
    const plain = await trainClassifier(images, { folder, recipe });
    const ahead = await trainClassifier(images, {
      folder,
      recipe,
      onPreflight: (estimate) => {
        forecasts.push(estimate);
      },
    });
    expect(forecasts).toHaveLength(1);
    expect(ahead.history.epochs.map(({ logs }) => logs)).toEqual(
      plain.history.epochs.map(({ logs }) => logs),
    );
  });
});
