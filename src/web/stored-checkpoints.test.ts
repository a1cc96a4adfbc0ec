import { afterEach, describe, expect, it, vi } from 'vitest';
import { type FakeFile, FakeFolder } from '../../tests/support/fake-opfs.ts';
import { withMessage } from '../../tests/support/saying.ts';
import type { FitStateView } from '../core/fit/fit-state.ts';
import type { Checkpoint } from '../core/fit/run-checkpoints.ts';
import { createView } from '../core/steps/training-step.ts';
import { openStoredCheckpoints, removeStoredCheckpoints } from './stored-checkpoints.ts';

const calls = { several: 'images', onResume: () => {}, onFull: () => {} } as const;

function inWorker(): FakeFolder {
  const root = new FakeFolder();
  vi.stubGlobal('navigator', { storage: { getDirectory: async () => root } });
  vi.stubGlobal('WorkerGlobalScope', class {});
  return root;
}
afterEach(() => vi.unstubAllGlobals());

/** In the second step of an epoch, with what JSON has no number for. */
function checkpointAt(epoch: number): Checkpoint<FitStateView> {
  const numbers = Float32Array.of(epoch, -0, 1e-40);
  const record = { epoch: 1, logs: { loss: Number.POSITIVE_INFINITY }, seconds: 0.5 };
  return {
    phase: 1,
    earlier: { records: [{ ...record, phase: 1 }], bestEpoch: 1, bestValue: Number.NaN },
    fit: {
      epoch,
      soFar: { step: 2, loss: Float64Array.of(-0, 0.1), metrics: [Float64Array.of(1 / 3)] },
      learningRate: 0.01,
      records: [record],
      callbacks: [
        undefined,
        {
          values: { wait: 1 },
          weights: { iteration: 4, weights: new Map([['d/kernel', numbers]]), slots: new Map() },
        },
      ],
      weights: {
        iteration: 7,
        weights: new Map([['d/kernel', createView(numbers)]]),
        slots: new Map([['d/kernel/m', createView(numbers.map((value) => 2 * value))]]),
      },
    },
  };
}

async function saved(...epochs: readonly number[]): Promise<void> {
  const checkpoints = (await openStoredCheckpoints('a/b', calls))!;
  await checkpoints.resume('this').catch(() => undefined);
  for (const epoch of epochs) await checkpoints.save('this', checkpointAt(epoch));
}

async function found(): Promise<Checkpoint | undefined> {
  return (await openStoredCheckpoints('a/b', calls))!.resume('this');
}

function filesIn(root: FakeFolder): Map<string, FakeFile> {
  return (root.children.get('graft-checkpoints') as FakeFolder).children as Map<string, FakeFile>;
}

describe('checkpoints that a browser keeps', () => {
  it('come back to the bit, the newest of them', async () => {
    const root = inWorker();
    expect(await found()).toBeUndefined();
    await saved(2, 3, 4);
    const { fit, earlier, phase } = (await found())!;
    const { weights, callbacks, ...rest } = checkpointAt(4).fit;
    const { weights: ownWeights, callbacks: ownCallbacks, ...own } = fit;
    expect(own).toEqual(rest);
    expect([phase, earlier]).toEqual([1, checkpointAt(4).earlier]);
    expect(ownCallbacks).toEqual(callbacks);
    expect(ownWeights).toEqual({
      iteration: 7,
      weights: new Map([['d/kernel', Float32Array.of(4, -0, 1e-40)]]),
      slots: new Map([['d/kernel/m', Float32Array.of(4, -0, 1e-40).map((value) => 2 * value)]]),
    });
    expect([...filesIn(root).keys()].toSorted()).toEqual(['a%2Fb.0', 'a%2Fb.1']);
    expect(weights.iteration).toBe(7);
  });

  it('are passed over where they were cut off or damaged, and the one before is taken', async () => {
    const root = inWorker();
    await saved(2, 3);
    const files = [...filesIn(root).values()];
    const newest = files.find(({ bytes }) => bytes[8] === 2)!;
    const whole = newest.bytes;
    newest.bytes = whole.slice(0, -1);
    expect((await found())!.fit.epoch).toBe(2);
    for (const at of [0, 8, 12, 30, whole.length - 1]) {
      newest.bytes = whole.slice();
      newest.bytes[at]! ^= 1;
      expect([at, (await found())!.fit.epoch]).toEqual([at, 2]);
    }
    for (const file of files) file.bytes = new Uint8Array(0);
    expect(await found()).toBeUndefined();
  });

  it.each(['images', 'texts'] as const)('of another training on %s are refused', async (several) => {
    inWorker();
    await saved(2);
    const checkpoints = (await openStoredCheckpoints('a/b', { ...calls, several }))!;
    await expect(checkpoints.resume('that')).rejects.toThrow(
      withMessage(
        `checkpoint "a/b": expected one of this training, received one of other ${several}, another recipe, network or version of Graft. Put the ${several} back as they were, or train anew under another name.`,
      ),
    );
  });

  it('are forgotten, by their name or all', async () => {
    const root = inWorker();
    await saved(2);
    await removeStoredCheckpoints('another');
    expect(filesIn(root).size).toBe(1);
    await removeStoredCheckpoints('a/b');
    expect(filesIn(root).size).toBe(0);
    await saved(2);
    await removeStoredCheckpoints();
    expect(root.children.size).toBe(0);
  });

  it('say once that there is no room, and the training goes on', async () => {
    const root = inWorker();
    await saved(2);
    const onFull = vi.fn();
    const checkpoints = (await openStoredCheckpoints('a/b', { ...calls, onFull }))!;
    await checkpoints.resume('this');
    FakeFolder.limitOf(root, 100);
    await checkpoints.save('this', checkpointAt(3));
    await checkpoints.save('this', checkpointAt(4));
    expect(onFull).toHaveBeenCalledTimes(1);
    expect((await found())!.fit.epoch).toBe(2);
  });

  it('are not kept outside of workers', async () => {
    vi.stubGlobal('navigator', { storage: { getDirectory: async () => new FakeFolder() } });
    expect(await openStoredCheckpoints('a/b', calls)).toBeUndefined();
  });
});
