import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withMessage } from '../../../../tests/support/saying.ts';
import { csvLogger } from '../../../node/callbacks/csv-logger.ts';
import { EventSchema } from '../../../node/callbacks/event_pb.ts';
import { tensorBoard } from '../../../node/callbacks/tensorboard.ts';
import type { StepState } from '../../steps/training-step.ts';
import type { EpochRecord } from '../history.ts';
import type { Callback, TrainingControl } from './callback.ts';
import { countedFrom } from './counted-from.ts';
import { earlyStopping } from './early-stopping.ts';
import { keepLastEpoch } from './keep-last-epoch.ts';
import { learningRateScheduler } from './learning-rate-scheduler.ts';
import { reduceLROnPlateau } from './reduce-lr-on-plateau.ts';
import { terminateOnNaN } from './terminate-on-nan.ts';

/** A training whose weights are the number of the epoch. */
class Control implements TrainingControl {
  learningRate = 1;
  readonly epochs = 100;
  stopped = false;
  epoch = 0;
  stop(): void {
    this.stopped = true;
  }
  async readWeights(): Promise<StepState> {
    return { iteration: this.epoch, weights: new Map(), slots: new Map() };
  }
  releaseWeights(): void {}
  async writeWeights(state: StepState): Promise<void> {
    this.epoch = state.iteration;
  }
}

/** Tells a callback of epochs with these metrics, until it stops. */
async function train(
  callback: Callback,
  logs: readonly Record<string, number>[],
): Promise<Control & { rates: number[] }> {
  const control = Object.assign(new Control(), { rates: [] as number[] });
  const epochs: EpochRecord[] = [];
  await callback.onTrainBegin?.(control);
  for (const metrics of logs) {
    control.epoch = epochs.length + 1;
    await callback.onEpochBegin?.(control.epoch, control);
    control.rates.push(control.learningRate);
    const record = { epoch: control.epoch, logs: metrics, seconds: 1 };
    epochs.push(record);
    await callback.onEpochEnd?.(record, control);
    if (control.stopped) break;
  }
  await callback.onTrainEnd?.({ epochs, ended: control.stopped ? 'stopped' : 'epochs' }, control);
  return control;
}

const losses = (...values: number[]) => values.map((loss) => ({ loss }));

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'graft-callbacks-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

describe('earlyStopping', () => {
  it('stops after patience epochs, and keeps the last weights unless asked', async () => {
    const plain = earlyStopping({ monitor: 'loss', patience: 2 });
    expect(await train(plain, losses(3, 2, 4, 5, 1))).toMatchObject({ epoch: 4, stopped: true });
    expect(plain.bestEpoch).toBe(2);
    const restoring = earlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true });
    expect((await train(restoring, losses(3, 2, 4, 5, 1))).epoch).toBe(2);
  });

  it('gives the copy of the best weights back when it is done with it', async () => {
    const released: StepState[] = [];
    const control = Object.assign(new Control(), {
      releaseWeights: (copy: StepState) => void released.push(copy),
    });
    const stopping = earlyStopping({ monitor: 'loss', patience: 9, restoreBestWeights: true });
    await stopping.onTrainBegin?.(control);
    for (const [index, loss] of [2, 1, 3].entries()) {
      control.epoch = index + 1;
      await stopping.onEpochEnd?.({ epoch: control.epoch, logs: { loss }, seconds: 1 }, control);
    }
    expect(released).toEqual([]);
    await stopping.onTrainEnd?.({ epochs: [], ended: 'epochs' }, control);
    expect(released.map(({ iteration }) => iteration)).toEqual([2]);
  });

  it('takes larger accuracies for better, and can be told', async () => {
    const metrics = [0.5, 0.9, 0.8].map((val_accuracy) => ({ val_accuracy }));
    const stopping = earlyStopping({ monitor: 'val_accuracy', patience: 9 });
    await train(stopping, metrics);
    expect(stopping.bestEpoch).toBe(2);
    const min = earlyStopping({ monitor: 'val_accuracy', patience: 9, mode: 'min' });
    await train(min, metrics);
    expect(min.bestEpoch).toBe(1);
  });

  it('names the metrics there are', async () => {
    await expect(train(earlyStopping(), [{ loss: 1, accuracy: 0 }])).rejects.toThrow(
      withMessage(
        'early stopping: expected a metric among "loss", "accuracy", received "val_loss". Give validation data, or monitor "loss".',
      ),
    );
  });
});

describe('keepLastEpoch', () => {
  /** Weights that a training ends with that stood in the middle of an epoch, which was its `epoch`-th. */
  async function endOf(callback: Callback, ended: 'interrupted' | 'epochs', epoch: number): Promise<number> {
    const control = new Control();
    await callback.onTrainBegin?.(control);
    for (let whole = 1; whole < epoch; whole++) {
      control.epoch = whole;
      await callback.onEpochEnd?.({ epoch: whole, logs: {}, seconds: 1 }, control);
    }
    control.epoch = epoch - 0.5;
    await callback.onTrainEnd?.({ epochs: [], ended }, control);
    return control.epoch;
  }

  it('goes back to the last whole epoch, or to the beginning, where it is interrupted, and else keeps what it has', async () => {
    expect(await endOf(keepLastEpoch(), 'interrupted', 3)).toBe(2);
    expect(await endOf(keepLastEpoch(), 'interrupted', 1)).toBe(0);
    expect(await endOf(keepLastEpoch(), 'epochs', 3)).toBe(2.5);
  });

  it('goes on from its state', async () => {
    const control = Object.assign(new Control(), { epoch: 7 });
    const before = keepLastEpoch();
    await before.onTrainBegin?.(control);
    const after = keepLastEpoch();
    await after.onTrainBegin?.(new Control());
    after.restore?.(before.state!());
    control.epoch = 8;
    await after.onTrainEnd?.({ epochs: [], ended: 'interrupted' }, control);
    expect(control.epoch).toBe(7);
  });
});

describe('reduceLROnPlateau', () => {
  it('multiplies the rate after patience epochs, down to the least', async () => {
    const callback = reduceLROnPlateau({ monitor: 'loss', factor: 0.1, patience: 2, minLr: 0.05 });
    const { rates } = await train(callback, losses(5, 5, 5, 5, 5, 5, 5));
    expect(rates).toBeAllClose([1, 1, 1, 0.1, 0.1, 0.05, 0.05], { atol: 1e-12, rtol: 0 });
  });

  it('counts no epochs while it cools down', async () => {
    const callback = reduceLROnPlateau({ monitor: 'loss', factor: 0.5, patience: 1, cooldown: 2 });
    const { rates } = await train(callback, losses(5, 5, 5, 5, 5));
    expect(rates).toEqual([1, 1, 0.5, 0.5, 0.25]);
  });
});

describe('learningRateScheduler', () => {
  it('sets the rate of each epoch, counted from 0', async () => {
    const { rates } = await train(
      learningRateScheduler((epoch) => 1 / (epoch + 1)),
      losses(1, 1, 1),
    );
    expect(rates).toEqual([1, 1 / 2, 1 / 3]);
  });

  it('refuses what is no rate', async () => {
    await expect(
      train(
        learningRateScheduler(() => Number.NaN),
        losses(1),
      ),
    ).rejects.toThrow(
      withMessage(
        'learning rate schedule, epoch 1: expected a number above 0, received NaN. Return the rate for every epoch.',
      ),
    );
  });
});

it('terminateOnNaN stops at the first loss that is no number', () => {
  const callback = terminateOnNaN();
  const control = new Control();
  callback.onBatchEnd?.({ epoch: 1, step: 1, steps: 2, loss: 1 }, control);
  expect(control.stopped).toBe(false);
  callback.onBatchEnd?.({ epoch: 1, step: 2, steps: 2, loss: Number.NaN }, control);
  expect(control.stopped).toBe(true);
  expect(callback.toleratesNaN).toBe(true);
});

describe('csvLogger', () => {
  it('writes a line an epoch, anew or on', async () => {
    const file = join(await folder(), 'log.csv');
    const metrics = [
      { loss: 0.5, accuracy: 0.5 },
      { loss: 0.25, accuracy: 1 },
    ];
    await train(csvLogger(file), metrics);
    const once = 'epoch,accuracy,loss\n0,0.5,0.5\n1,1,0.25\n';
    expect(await readFile(file, 'utf8')).toBe(once);
    await train(csvLogger(file), metrics);
    expect(await readFile(file, 'utf8')).toBe(once);
    await train(csvLogger(file, { append: true }), metrics);
    expect(await readFile(file, 'utf8')).toBe(`${once}0,0.5,0.5\n1,1,0.25\n`);
    const other = join(await folder(), 'other.csv');
    await train(csvLogger(other, { append: true }), metrics);
    expect(await readFile(other, 'utf8')).toBe(once);
  });

  it('goes on in another phase, and after a restart instead of what is trained again', async () => {
    const file = join(await folder(), 'log.csv');
    await train(csvLogger(file), [{ loss: 0.5 }, { loss: 0.25 }, { loss: 0.2 }]);
    await train(countedFrom(csvLogger(file), 2), [{ loss: 0.125 }, { loss: 0.1 }]);
    expect(await readFile(file, 'utf8')).toBe('epoch,loss\n0,0.5\n1,0.25\n2,0.125\n3,0.1\n');
  });
});

it('tensorBoard writes event files for training and validation', async () => {
  const logDir = await folder();
  await train(tensorBoard({ logDir }), [
    { loss: 0.5, val_loss: 0.75 },
    { loss: 0.25, val_loss: 0.5 },
  ]);
  const read = async (set: string): Promise<unknown[]> => {
    const [file] = await readdir(join(logDir, set));
    const bytes = await readFile(join(logDir, set, file!));
    const events: unknown[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = Number(bytes.readBigUInt64LE(at));
      const { what, step } = fromBinary(EventSchema, bytes.subarray(at + 12, at + 12 + length));
      if (what.case === 'fileVersion') events.push(what.value);
      if (what.case === 'summary')
        events.push([Number(step), what.value.value[0]!.tag, what.value.value[0]!.simpleValue]);
      at += 16 + length;
    }
    return events;
  };
  expect(await read('train')).toEqual(['brain.Event:2', [0, 'epoch_loss', 0.5], [1, 'epoch_loss', 0.25]]);
  expect(await read('validation')).toEqual([
    'brain.Event:2',
    [0, 'epoch_loss', 0.75],
    [1, 'epoch_loss', 0.5],
  ]);
});
