/** @file `graft lr-find` through the built command line. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LearningRateSearch } from '../../src/core/fit/lr-find.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { drawWorkplace, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
});
afterAll(() => work.remove());

const find = (...args: string[]) => graft(['lr-find', ...args], { cwd: work.cwd });
const searched = (stdout: string): LearningRateSearch & { plot: string } => JSON.parse(stdout) as never;

describe('graft lr-find', () => {
  it('suggests rates, draws the curve, and leaves nothing else', async () => {
    const { status, stdout, stderr } = await find('two', '--size', '64');
    expect(status).toBe(0);
    for (const line of [
      /^tried {10}\d+ learning rates/m,
      /^suggested {6}--lr [\d.]+(e-\d)? {2}between the two below$/m,
      /^steepest {7}[\d.]+(e-\d)? {2}where the loss falls fastest$/m,
      /^minimum \/ 10 {3}[\d.]+(e-\d)? {2}a tenth of the rate with the lowest loss$/m,
      /^plot {11}lr\.svg$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(stderr).toMatch(/^learning rates: \d+ steps in /m);
    expect(await readFile(join(work.cwd, 'lr.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect((await readdir(work.cwd)).sort()).toEqual(['lr.svg', 'three', 'two']);
  });

  it('prints the same document for the same seed, with the features from the cache', async () => {
    const args = [
      'three',
      '--size',
      '64',
      '--steps',
      '30',
      '--to',
      '1',
      '--json',
      '--plot',
      'three.svg',
      '--overwrite',
    ];
    const [first, second] = [await find(...args), await find(...args)];
    expect(second.stdout).toBe(first.stdout);
    const { points, steepest, minimumTenth, ended, plot } = searched(first.stdout);
    expect([points.length, ended, plot]).toEqual([30, 'steps', 'three.svg']);
    const rates = points.map(({ learningRate }) => learningRate);
    expect(rates).toBeAllClose(
      rates.map((_, index) => 1e-7 * 1e7 ** (index / 30)),
      { atol: 0, rtol: 1e-9 },
    );
    const lowest = points.reduce((min, point) => (point.smoothedLoss < min.smoothedLoss ? point : min));
    expect(minimumTenth).toBeAllClose(lowest.learningRate / 10, { atol: 0, rtol: 1e-9 });
    expect(rates.filter((rate) => rate <= lowest.learningRate)).toContain(steepest);
  });

  it('suggests nothing that graft train would warn of', async () => {
    const phase = ['two', '--size', '64', '--unfreeze', 'block_15_expand', '--seed', '3'];
    const { stdout } = await find(...phase, '--json');
    const { suggested } = searched(stdout);
    expect(suggested).toBeLessThanOrEqual(1e-3);
    const dry = await graft(['train', ...phase, '--lr', String(suggested), '--dry-run'], { cwd: work.cwd });
    expect(dry.status).toBe(0);
    expect(dry.stderr).not.toContain('learning rate');
    const high = await graft(['train', ...phase, '--lr', '6.3e-3', '--dry-run'], { cwd: work.cwd });
    expect(high.stderr).toContain(
      'A learning rate of 0.0063 is more than pretrained layers can bear with adam.',
    );
  });

  it('looks at what a phase trains: with the backbone too, and with views', async () => {
    const unfrozen = await find(
      ...['two', '--size', '64', '--unfreeze', 'block_15_expand', '--steps', '25', '--json', '--no-cache'],
    );
    expect(unfrozen.status).toBe(0);
    // The same rates on the head alone: another training, which says whether the backbone took part in it.
    const head = await find('two', '--size', '64', '--steps', '25', '--json', '--no-cache');
    const [all, alone] = [unfrozen, head].map(({ stdout }) => searched(stdout).points);
    expect([all![0]!.loss]).toBeAllClose([alone![0]!.loss], { atol: 1e-3, rtol: 0 });
    expect(all!.map(({ loss }) => loss)).not.toBeAllClose(
      alone!.slice(0, all!.length).map(({ loss }) => loss),
      { atol: 0.05, rtol: 0 },
    );
    const views = await find(
      ...['two', '--size', '64', '--augment', 'flip', '--steps', '5', '--json', '--batch', '8'],
    );
    expect(searched(views.stdout).points).toHaveLength(5);
  });

  it('says so where the loss never falls', async () => {
    const args = [
      'two',
      '--size',
      '64',
      '--from',
      '1e-12',
      '--to',
      '1e-11',
      '--steps',
      '20',
      '--batch',
      '100',
    ];
    const { status, stdout } = await find(...args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^no suggestion {2}the loss never fell: give more --steps/m);
  });

  it.each([
    [
      ['--plot', 'lr.png'],
      'error graft lr-find: expected --plot with a name that ends in .svg, received "lr.png". The curve is an SVG file.',
    ],
    [
      ['--from', '1', '--to', '0.1'],
      'error learning rate search: expected to above 1, received 0.1. Correct it, or leave it out for the default.',
    ],
    [
      ['--steps', '1'],
      "error: option '--steps <n>' argument '1' is invalid. Expected a whole number from 2 to 1,000,000,000.",
    ],
  ])('%j is wrong usage', async (args, message) => {
    const { status, stdout, stderr } = await find('two', '--size', '64', ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')).toContain(message);
  });

  it('Ctrl-C ends the search, and draws what was tried', needs.signals, async () => {
    let sent = false;
    const { status, stdout } = await graft(
      [
        'lr-find',
        'two',
        '--size',
        '64',
        '--steps',
        '100000000',
        '--from',
        '1e-9',
        '--to',
        '1e-8',
        '--plot',
        'cut.svg',
        '--json',
      ],
      {
        cwd: work.cwd,
        onStderr(text, kill) {
          if (sent || !text.includes('features: ')) return;
          sent = true;
          kill('SIGINT');
        },
      },
    );
    expect([sent, status]).toEqual([true, 130]);
    expect(searched(stdout).ended).toBe('interrupted');
    expect(existsSync(join(work.cwd, 'cut.svg'))).toBe(true);
  });
});
