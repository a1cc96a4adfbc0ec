import { existsSync } from 'node:fs';
import { readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/picture-folder.ts';
import { saying } from '../../tests/support/saying.ts';
import type { FitStateView } from '../training/fit-state.ts';
import type { Checkpoint } from '../training/run-checkpoints.ts';
import { viewOfState } from '../training/training-step.ts';
import { readNewestCheckpoint, writeCheckpoint } from './checkpoint.ts';

function checkpointAt(epoch: number): Checkpoint {
  return {
    phase: 1,
    earlier: {
      records: [{ epoch: 1, logs: { loss: 0.5, val_loss: 1 / 3 }, seconds: 0.25 }],
      bestEpoch: 1,
      bestValue: 1 / 3,
    },
    fit: {
      epoch,
      soFar: {
        step: 2,
        loss: Float64Array.of(0.1 + 0.2, 3),
        metrics: [Float64Array.of(Number.NaN, -0, 5e-324), Float64Array.of()],
      },
      learningRate: 1e-5,
      records: [{ epoch: 1, logs: { loss: 0.1 + 0.2, val_loss: Number.POSITIVE_INFINITY }, seconds: 0.5 }],
      callbacks: [
        {
          values: { best: Number.POSITIVE_INFINITY, bestEpoch: 0 },
          weights: {
            iteration: 3,
            weights: new Map([['dense/kernel', Float32Array.of(7)]]),
            slots: new Map(),
          },
        },
        undefined,
        { values: {} },
      ],
      weights: {
        iteration: 12,
        weights: new Map([['dense/kernel', Float32Array.of(0.1, 1e-40, -0)]]),
        slots: new Map([['dense/kernel/velocity', Float32Array.of(1, 2, 3)]]),
      },
    },
  };
}

/** As a training gives it. */
function viewed({ fit, ...checkpoint }: Checkpoint): Checkpoint<FitStateView> {
  return { ...checkpoint, fit: { ...fit, weights: viewOfState(fit.weights) } };
}

describe('checkpoints', () => {
  it('give back, to the bit, what was written; the newest first', async () => {
    const run = await temporaryFolder();
    for (const epoch of [4, 5, 6]) await writeCheckpoint(run, 'this', viewed(checkpointAt(epoch)));
    expect(await readNewestCheckpoint(run, 'this')).toStrictEqual(checkpointAt(6));
    expect((await readdir(join(run, 'checkpoints'))).toSorted()).toEqual([
      '000002.json',
      '000002.safetensors',
      '000003.json',
      '000003.safetensors',
    ]);
  });

  it('are none where a run wrote none', async () => {
    expect(await readNewestCheckpoint(await temporaryFolder(), 'this')).toBeUndefined();
  });

  it.each([
    ['weights that end too early', (folder: string) => truncate(join(folder, '000002.safetensors'), 300)],
    ['weights with another byte', (folder: string) => flipByte(join(folder, '000002.safetensors'))],
    ['no weights', (folder: string) => rm(join(folder, '000002.safetensors'))],
    ['a manifest that ends too early', (folder: string) => truncate(join(folder, '000002.json'), 50)],
    ['an empty manifest', (folder: string) => writeFile(join(folder, '000002.json'), '')],
  ])('that are torn, with %s, give way to those before them', async (_, tear) => {
    const run = await temporaryFolder();
    for (const epoch of [4, 5]) await writeCheckpoint(run, 'this', viewed(checkpointAt(epoch)));
    await tear(join(run, 'checkpoints'));
    const torn: string[] = [];
    const found = await readNewestCheckpoint(run, 'this', (file) => torn.push(file));
    expect(found?.fit.epoch).toBe(4);
    expect(torn).toEqual([join(run, 'checkpoints', '000002.json')]);
    // And the next one is written all the same.
    await writeCheckpoint(run, 'this', viewed(checkpointAt(7)));
    expect((await readNewestCheckpoint(run, 'this'))?.fit.epoch).toBe(7);
  });

  it.skipIf(process.platform !== 'linux').each(['safetensors', 'json'])(
    'that find a full disk leave those before them as they were: %s',
    async (ending) => {
      const run = await temporaryFolder();
      await writeCheckpoint(run, 'this', viewed(checkpointAt(4)));
      const file = join(run, 'checkpoints', `000002.${ending}`);
      // What is written goes beside its place first; this device is always full.
      const beside = join(run, 'checkpoints', `.000002.${ending}.${process.pid}.unfinished`);
      await symlink('/dev/full', beside);
      await expect(writeCheckpoint(run, 'this', viewed(checkpointAt(5)))).rejects.toThrow(
        saying(
          `file "${file}": expected a place that can be written, received a full disk. Nothing was written there. Make room or choose another place with --out.`,
        ),
      );
      const torn: string[] = [];
      expect(await readNewestCheckpoint(run, 'this', (name) => torn.push(name))).toStrictEqual(
        checkpointAt(4),
      );
      expect([torn, existsSync(file), existsSync(beside)]).toEqual([[], false, false]);
      // And with room again, it goes on.
      await writeCheckpoint(run, 'this', viewed(checkpointAt(5)));
      expect((await readNewestCheckpoint(run, 'this'))?.fit.epoch).toBe(5);
    },
  );

  it('are not taken for those of another training', async () => {
    const run = await temporaryFolder();
    await writeCheckpoint(run, 'other', viewed(checkpointAt(4)));
    const file = join(run, 'checkpoints', '000001.json');
    await expect(readNewestCheckpoint(run, 'this')).rejects.toThrow(
      saying(
        `checkpoint "${file}": expected one of this training, received one of other pictures, another recipe, network or version of Graft. Put the pictures back as they were, or start a new run.`,
      ),
    );
  });
});

it('of another format are refused, not passed over', async () => {
  const run = await temporaryFolder();
  await writeCheckpoint(run, 'this', viewed(checkpointAt(4)));
  const file = join(run, 'checkpoints', '000001.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"format":2', '"format":1'));
  await expect(readNewestCheckpoint(run, 'this')).rejects.toThrow(
    saying(
      `checkpoint "${file}": expected format 2, which this version writes, received another one. Go on with the version that began the run, or begin a new one.`,
    ),
  );
});

async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(file, bytes);
}
