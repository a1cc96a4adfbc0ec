/** @file The size of the frozen part's batches: found, remembered between runs, and without an effect on the model. */

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graft } from './cli.ts';
import { drawImages } from './drawn-images.ts';
import { drawWorkplace, type Workplace } from './trained-models.ts';

/** As many batches of 16 as it takes to try all sizes, and more. */
const EACH = 160;

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
  for (const motif of ['bars', 'discs'] as const) await drawImages(join(work.cwd, 'many'), motif, EACH);
});
afterAll(() => work.remove());

const fileOf = (home: string): string => join(work.cwd, home, 'batch-sizes.json');
const sizesIn = async (home: string): Promise<Record<string, number>> =>
  JSON.parse(await readFile(fileOf(home), 'utf8')) as Record<string, number>;

/** @returns The model. */
async function train(home: string, out: string, ...more: string[]): Promise<Buffer> {
  const { status, stderr } = await graft(
    ['train', 'many', '--size', '32', '--epochs', '3', '--out', out, ...more],
    { cwd: work.cwd, env: { GRAFT_HOME: join(work.cwd, home) } },
  );
  expect(status, stderr).toBe(0);
  return readFile(join(work.cwd, out, 'model.onnx'));
}

describe('the size of the batches', () => {
  it('is found once, and the model does not depend on it', async () => {
    const model = await train('home', 'found');
    const [[key, size] = ['', 0], ...others] = Object.entries(await sizesIn('home'));
    expect([others, key]).toEqual([[], expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect([1, 4, 8]).toContain(size);
    for (const forced of [1, 4, 8]) {
      // Features of their own, so that they are computed.
      const home = `home${forced}`;
      await mkdir(join(work.cwd, home));
      await writeFile(fileOf(home), JSON.stringify({ [key]: forced }));
      expect((await train(home, `run${forced}`)).equals(model)).toBe(true);
      expect(await sizesIn(home)).toEqual({ [key]: forced });
    }
  });

  it("is another network's own, and a dry run, or one without the cache, leaves nothing", async () => {
    await train('home', 'other', '--cut', 'block_12_add');
    expect(Object.keys(await sizesIn('home'))).toHaveLength(2);
    await train('bare', 'uncached', '--no-cache');
    expect(existsSync(fileOf('bare'))).toBe(false);
    await graft(['train', 'many', '--size', '32', '--dry-run'], {
      cwd: work.cwd,
      env: { GRAFT_HOME: join(work.cwd, 'bare') },
    });
    expect(existsSync(fileOf('bare'))).toBe(false);
  });
});
