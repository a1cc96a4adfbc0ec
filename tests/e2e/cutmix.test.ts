/** @file `graft train --cutmix` through the built command line. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelFile } from '../../src/node/files/model-file.ts';
import { needs } from '../support/needs.ts';
import { graft } from './cli.ts';
import { trainDocument } from './contract.ts';
import { killAt } from './kill-at.ts';
import { drawWorkplace, QUICK, trained, type Workplace } from './trained-models.ts';

/** At 64 px a map of 4 x 4; the default cut has 2 x 2 there. */
const MAP = ['--cut', 'block_12_add'];

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
});
afterAll(() => work.remove());

const modelOf = (run: string): Promise<Buffer> => readFile(join(work.cwd, run, 'model.onnx'));

describe('graft train --cutmix', () => {
  it('trains on mixed maps in front of the pooling, and keeps a model that classifies images', async () => {
    const { stdout } = await trained(work.cwd, 'three', ...MAP, '--cutmix', '1', '--json', '--out', 'cut');
    const report = trainDocument.parse(JSON.parse(stdout));
    expect(report.validation.accuracy).toBeGreaterThan(0.6);
    expect((await readModelFile(join(work.cwd, report.model))).info.recipe).toMatchObject({
      mixup: null,
      cutmix: 1,
    });
    expect(JSON.parse(await readFile(join(work.cwd, 'cut/recipe.json'), 'utf8'))).toMatchObject({
      cutmix: 1,
    });
    const predicted = await graft(['predict', 'cut/model.onnx', 'three/rings/rings0.jpg'], work);
    expect([predicted.status, predicted.stdout]).toEqual([0, expect.stringMatching(/bars|discs|rings/)]);
  });

  it('gives the same model again, also from its recipe, and another one with other mixing', async () => {
    await trained(work.cwd, 'three', '--recipe', 'cut/recipe.json', '--out', 'again');
    expect((await modelOf('again')).equals(await modelOf('cut'))).toBe(true);
    const histories = new Set([await historyOf('cut')]);
    for (const [run, mixing] of [
      ['plain', []],
      ['blend', ['--mixup', '1']],
      ['both', ['--mixup', '1', '--cutmix', '1']],
    ] as const) {
      await trained(work.cwd, 'three', ...MAP, ...mixing, '--out', run);
      histories.add(await historyOf(run));
    }
    expect(histories.size).toBe(4);
  });

  it('takes flat features from the cache that a run without it left there', async () => {
    const book = [...MAP, '--head', 'flatten,dense:8:relu'];
    await trained(work.cwd, 'two', ...book, '--out', 'flat');
    const { stdout } = await trained(work.cwd, 'two', ...book, '--cutmix', '1', '--out', 'flat-cut');
    expect(stdout).toContain('features of all 24 images from the cache');
    expect(await historyOf('flat-cut')).not.toBe(await historyOf('flat'));
  });

  it('goes on to the same model after kill -9', needs.signals, async () => {
    const training = [
      ...['train', 'two', ...MAP, '--size', '64', '--batch', '4', '--epochs', '60', '--patience', '0'],
      ...['--head', 'gap,dense:16:relu,dropout:0.3', '--cutmix', '1', '--mixup', '0.4', '--checkpoint', '0'],
    ];
    const left = await graft([...training, '--out', 'whole'], work);
    expect(left.status, left.stderr).toBe(0);
    const { signal } = await killAt(40, 'killed', training, work);
    expect(signal).toBe('SIGKILL');
    const again = await graft(['train', '--resume', 'killed'], work);
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/^resuming at epoch \d+/m);
    expect((await modelOf('killed')).equals(await modelOf('whole'))).toBe(true);
  });

  it('sweeps over heads', async () => {
    const { status, stderr } = await graft(
      [
        'sweep',
        'two',
        ...QUICK,
        '--cuts',
        'block_12_add',
        '--heads',
        'linear;flatten',
        '--cutmix',
        '1',
        '--out',
        'swept',
      ],
      work,
    );
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^plan: 2 combinations on features at 2 layers of the network$/m);
  });

  it.each([
    ['train', ['--out', 'none']],
    ['sweep', ['--out', 'none']],
    ['lr-find', []],
  ])('is refused by graft %s, before any work, where the maps are too small', async (name, more) => {
    const { status, stderr } = await graft([name, 'two', ...QUICK, '--cutmix', '1', ...more], work);
    expect([status, stderr.trim().split('\n').at(-1)]).toEqual([
      2,
      'error cutmix: expected a feature map of at least 3 x 3 where the trained part begins, received 2 x 2 of layer "block_15_add". Take a larger --size, an earlier --cut, or --mixup, which needs no map.',
    ]);
    expect(stderr).not.toContain('features:');
    expect(existsSync(join(work.cwd, 'none'))).toBe(false);
  });

  it('needs an alpha above 0', async () => {
    const { status, stderr } = await graft(['train', 'two', ...QUICK, ...MAP, '--cutmix', '0'], work);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining("option '--cutmix <alpha>' argument '0' is invalid"),
    ]);
  });
});

/** The losses of all epochs, without how long they took. */
async function historyOf(run: string): Promise<string> {
  const text = await readFile(join(work.cwd, run, 'history.csv'), 'utf8');
  return text.replace(/,[^,]*$/gm, '');
}
