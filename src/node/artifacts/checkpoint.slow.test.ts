import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type MockInstance, onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { FitStateView } from '../../core/fit/fit-state.ts';
import type { Checkpoint } from '../../core/fit/run-checkpoints.ts';
import { viewOfState } from '../../core/steps/training-step.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { type PassedOver, readNewestCheckpoint, writeCheckpoint } from './checkpoint.ts';

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
    expect(await readNewestCheckpoint(run, 'this')).toEqual(checkpointAt(6));
    expect((await readdir(join(run, '.graft-checkpoints'))).toSorted()).toEqual([
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
    ['weights that end too early', 'safetensors', (file: string) => truncate(file, 300)],
    ['weights with another byte', 'safetensors', flipByte],
    ['no weights', 'safetensors', (file: string) => rm(file)],
    ['a manifest that ends too early', 'json', (file: string) => truncate(file, 50)],
    ['an empty manifest', 'json', (file: string) => writeFile(file, '')],
  ])('that are torn, with %s, give way to those before them', async (_, ending, tear) => {
    const run = await temporaryFolder();
    for (const epoch of [4, 5]) await writeCheckpoint(run, 'this', viewed(checkpointAt(epoch)));
    const file = join(run, '.graft-checkpoints', `000002.${ending}`);
    await tear(file);
    const passed: [string, PassedOver][] = [];
    const found = await readNewestCheckpoint(run, 'this', (...each) => passed.push(each));
    expect(found?.fit.epoch).toBe(4);
    expect(passed).toEqual([[file, { reason: 'damaged', hasEarlier: true }]]);
    // And the next one is written all the same.
    await writeCheckpoint(run, 'this', viewed(checkpointAt(7)));
    expect((await readNewestCheckpoint(run, 'this'))?.fit.epoch).toBe(7);
  });

  it('that are all damaged are as good as none, and each is named', async () => {
    const run = await temporaryFolder();
    for (const epoch of [4, 5]) await writeCheckpoint(run, 'this', viewed(checkpointAt(epoch)));
    const files = ['000002.json', '000001.safetensors'].map((name) => join(run, '.graft-checkpoints', name));
    for (const file of files) await flipByte(file);
    const passed: [string, PassedOver][] = [];
    expect(await readNewestCheckpoint(run, 'this', (...each) => passed.push(each))).toBeUndefined();
    expect(passed).toEqual([
      [files[0], { reason: 'damaged', hasEarlier: true }],
      [files[1], { reason: 'damaged', hasEarlier: false }],
    ]);
  });

  it('with any bit flipped, in the manifest or the weights, are noticed and named', async () => {
    const run = await temporaryFolder();
    for (const epoch of [4, 5]) await writeCheckpoint(run, 'this', viewed(checkpointAt(epoch)));
    const random = createRandom(15);
    const files = ['json', 'safetensors'].map((ending) =>
      join(run, '.graft-checkpoints', `000002.${ending}`),
    );
    const contents = await Promise.all(files.map((file) => readFile(file)));
    const bits = contents.reduce((sum, { length }) => sum + length * 8, 0);
    for (let flip = 0; flip < FLIPS; flip++) {
      let bit = random.integer(bits);
      const index = bit < contents[0]!.length * 8 ? 0 : 1;
      if (index === 1) bit -= contents[0]!.length * 8;
      const flipped = Buffer.from(contents[index]!);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(files[index]!, flipped);
      const passed: [string, PassedOver][] = [];
      const found = await readNewestCheckpoint(run, 'this', (...each) => passed.push(each));
      const where = `bit ${bit} of ${files[index]}`;
      expect([where, found?.fit.epoch], where).toEqual([where, 4]);
      expect([where, passed]).toEqual([where, [[files[index], { reason: 'damaged', hasEarlier: true }]]]);
      await writeFile(files[index]!, contents[index]!);
    }
    expect((await readNewestCheckpoint(run, 'this'))?.fit.epoch).toBe(5);
  });

  it.each([
    ['safetensors', 1],
    ['json', 2],
  ])('that find a full disk leave those before them as they were: %s', async (ending, number) => {
    const run = await temporaryFolder();
    await writeCheckpoint(run, 'this', viewed(checkpointAt(4)));
    const folder = join(run, '.graft-checkpoints');
    const file = join(folder, `000002.${ending}`);
    const before = await readdir(folder);
    const full = await fillDisk(number);
    await expect(writeCheckpoint(run, 'this', viewed(checkpointAt(5)))).rejects.toThrow(
      withMessage(
        `file "${file}": expected a place that can be written, received a full disk. Nothing was written there. Make room or choose another place with --out.`,
      ),
    );
    full.mockRestore();
    const torn: string[] = [];
    expect(await readNewestCheckpoint(run, 'this', (name) => torn.push(name))).toEqual(checkpointAt(4));
    const more = ending === 'json' ? ['000002.safetensors'] : [];
    expect([torn, (await readdir(folder)).toSorted()]).toEqual([[], [...before, ...more].toSorted()]);
    // And with room again, it goes on.
    await writeCheckpoint(run, 'this', viewed(checkpointAt(5)));
    expect((await readNewestCheckpoint(run, 'this'))?.fit.epoch).toBe(5);
  });

  it('are not taken for those of another training', async () => {
    const run = await temporaryFolder();
    await writeCheckpoint(run, 'other', viewed(checkpointAt(4)));
    const file = join(run, '.graft-checkpoints', '000001.json');
    await expect(readNewestCheckpoint(run, 'this')).rejects.toThrow(
      withMessage(
        `checkpoint "${file}": expected one of this training, received one of other examples, another recipe, network or version of Graft. Put the examples back as they were, or start a new run.`,
      ),
    );
  });
});

describe('checkpoints of another training', () => {
  it('give way to one before them that is of this', async () => {
    const run = await temporaryFolder();
    await writeCheckpoint(run, 'this', viewed(checkpointAt(4)));
    await writeCheckpoint(run, 'other', viewed(checkpointAt(5)));
    const passed: [string, PassedOver][] = [];
    const found = await readNewestCheckpoint(run, 'this', (...each) => passed.push(each));
    expect(found?.fit.epoch).toBe(4);
    const file = join(run, '.graft-checkpoints', '000002.json');
    expect(passed).toEqual([[file, { reason: 'of another training', hasEarlier: true }]]);
  });

  it('are refused where the one of this is damaged', async () => {
    const run = await temporaryFolder();
    await writeCheckpoint(run, 'this', viewed(checkpointAt(4)));
    await writeCheckpoint(run, 'other', viewed(checkpointAt(5)));
    await flipByte(join(run, '.graft-checkpoints', '000001.json'));
    await expect(readNewestCheckpoint(run, 'this')).rejects.toThrow('expected one of this training');
  });
});

describe('checkpoints of another format', () => {
  const refusal = (file: string): Error =>
    withMessage(
      `checkpoint "${file}": expected format 4, which this version writes, received another one. Go on with the version that began the run, or begin a new one.`,
    );

  // The version before knew its runs by recipes of text.
  it.each([3, 5])('are refused, not passed over: %i', async (format) => {
    const run = await temporaryFolder();
    await writeCheckpoint(run, 'this', viewed(checkpointAt(4)));
    const file = join(run, '.graft-checkpoints', '000001.json');
    const content = '{"what":"nobody knows yet"}';
    const sha256 = createHash('sha256').update(`graft checkpoint ${format}\n${content}`).digest('hex');
    await writeFile(file, `{"format":${format},"sha256":"${sha256}","content":${content}}\n`);
    await expect(readNewestCheckpoint(run, 'this')).rejects.toThrow(refusal(file));
  });

  it('that earlier versions kept in a folder "checkpoints" are refused, too', async () => {
    const run = await temporaryFolder();
    const file = join(run, 'checkpoints', '000003.json');
    await mkdir(join(run, 'checkpoints'));
    await writeFile(file, JSON.stringify({ format: 2, identity: 'this', sha256: '0', phase: 0 }));
    await expect(readNewestCheckpoint(run, 'this')).rejects.toThrow(refusal(file));
    // A person's own file of such a name is none.
    await writeFile(file, '{ "epoch": 10 }');
    expect(await readNewestCheckpoint(run, 'this')).toBeUndefined();
  });
});

/** Of all bits of both files. */
const FLIPS = 500;

/** The file that is written as the `number`-th finds no room when it is to be on the disk. */
async function fillDisk(number: number): Promise<MockInstance> {
  const file = await open(fileURLToPath(import.meta.url));
  const handles = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
  let written = 0;
  const full = vi.spyOn(handles, 'sync').mockImplementation(async () => {
    written += 1;
    if (written === number) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  onTestFinished(() => full.mockRestore());
  return full;
}

async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(file, bytes);
}
