import { describe, expect, it } from 'vitest';
import type { EpochRecord } from '../core/fit/history.ts';
import { lostTo, phaseResults } from './phase-results.ts';

const record = (epoch: number, phase: number | undefined, loss: number, accuracy: number): EpochRecord => ({
  epoch,
  logs: { val_loss: loss, val_accuracy: accuracy },
  seconds: 1,
  phase,
});

const records = [
  record(1, 1, 0.5, 0.8),
  record(2, 1, 0.402, 0.837),
  record(3, 1, 0.41, 0.84),
  record(4, 2, 0.401, 0.81),
  record(5, 2, 0.45, 0.82),
];

describe('results of phases', () => {
  it('are those of the best epoch of each by the metric that is monitored, with the accuracy there', () => {
    expect(phaseResults(records, 'val_loss', 4)).toEqual([
      {
        phase: 1,
        firstEpoch: 1,
        epochs: 3,
        bestEpoch: 2,
        value: 0.402,
        beside: { name: 'val_accuracy', value: 0.837 },
        isKept: false,
      },
      {
        phase: 2,
        firstEpoch: 4,
        epochs: 2,
        bestEpoch: 4,
        value: 0.401,
        beside: { name: 'val_accuracy', value: 0.81 },
        isKept: true,
      },
    ]);
  });

  it('have nothing beside the accuracy where it is what is monitored, and are none of one phase', () => {
    const byAccuracy = phaseResults(records, 'val_accuracy', 3);
    expect(byAccuracy.map(({ bestEpoch, beside, isKept }) => [bestEpoch, beside, isKept])).toEqual([
      [3, undefined, true],
      [5, undefined, false],
    ]);
    expect(phaseResults([record(1, undefined, 1, 1)], 'val_loss', 1)).toEqual([]);
  });

  it('tell the phase whose accuracy a later one lost', () => {
    expect(lostTo(phaseResults(records, 'val_loss', 4))).toMatchObject({ phase: 1 });
    expect(lostTo(phaseResults(records, 'val_loss', 2))).toBeUndefined();
    const better = [...records.slice(0, 3), record(4, 2, 0.401, 0.9)];
    expect(lostTo(phaseResults(better, 'val_loss', 4))).toBeUndefined();
  });

  it('of values, lose where the error grows', () => {
    const epochs = [0.3, 0.4].map((mae, i) => ({
      epoch: i + 1,
      phase: i + 1,
      seconds: 1,
      logs: { val_loss: 1 - i / 10, val_mae: mae },
    }));
    expect(lostTo(phaseResults(epochs, 'val_loss', 2))).toMatchObject({ phase: 1 });
  });
});
