import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { readSweep } from './sweep-summary.ts';

function row(head: string, accuracy: number, isWorse?: boolean): object {
  return {
    cut: 'pooled',
    head,
    optimizer: 'adam',
    learningRate: 0.001,
    validation: { accuracy, interval: [accuracy - 0.1, accuracy + 0.1], loss: 1 },
    parameters: { total: 100, trainable: 10 },
    seconds: 2,
    ...(isWorse === undefined ? {} : { difference: { isWorse, pValue: 0.2 } }),
  };
}

describe('the sweep of a run', () => {
  it('has what differs among its rows, and how good each is', async () => {
    const folder = await temporaryFolder();
    const rows = [row('linear', 0.9), row('gap', 0.85, false), row('gmp', 0.5, true)];
    await writeFile(join(folder, 'sweep.json'), JSON.stringify({ rows, failed: [{}], run: 'a' }));
    const sweep = await readSweep(folder);
    expect(sweep?.rows.map(({ varied, isWorse }) => [varied, isWorse])).toEqual([
      [[['head', 'linear']], null],
      [[['head', 'gap']], false],
      [[['head', 'gmp']], true],
    ]);
    expect(sweep).toMatchObject({ failed: 1, expected: null });
    expect(sweep!.rows[0]).toMatchObject({ accuracy: 0.9, parameters: 10, seconds: 2 });
  });

  it.each([undefined, 'no JSON', '{"rows":[]}'])('is none where its file is %j', async (text) => {
    const folder = await temporaryFolder();
    if (text !== undefined) await writeFile(join(folder, 'sweep.json'), text);
    expect(await readSweep(folder)).toBeUndefined();
  });
});
