import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'fast-string-width';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EpochEvent, PhaseEvent } from '../events/training-event.ts';
import { EpochDisplay } from './epoch-display.ts';
import * as terminal from './terminal.ts';

const PHASE: PhaseEvent = {
  type: 'phase',
  phase: 1,
  phases: 1,
  unfreeze: null,
  epochs: 100,
  monitor: 'val_loss',
};
const names = ['loss', 'accuracy', 'precision', 'recall', 'f1_score', 'auc', 'top_k_categorical_accuracy'];
const metrics = Object.fromEntries(
  names.flatMap((name) => [
    [name, 0.5],
    [`val_${name}`, 0.25],
  ]),
);
const EPOCH: EpochEvent = {
  type: 'epoch',
  epoch: 3,
  phase: null,
  epochOfPhase: 3,
  epochs: 100,
  metrics,
  learningRate: 1e-3,
  seconds: 0.0354,
  isBest: true,
};
const STEP = { type: 'step', epoch: 4, epochs: 100, step: 1200, steps: 4800, loss: 0.125 } as const;

/** What is said. */
function captured(): () => string {
  let text = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  return () => text;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('epochs on a terminal', () => {
  it.each([80, 120])('of %d columns show loss and all metrics in place, in lines that fit', (columns) => {
    vi.spyOn(terminal, 'measureColumns').mockReturnValue(columns);
    captured();
    let shown: readonly string[] = [];
    const update = (lines: readonly string[]): void => {
      shown = lines;
    };
    const display = new EpochDisplay({ update, end: () => {} });
    display.onPhase(PHASE);
    display.onEpoch(EPOCH);
    display.onStep(STEP);
    const lines = shown.map(stripVTControlCharacters);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThan(columns);
    const [first, training, validation, best] = lines;
    expect(first).toMatch(/^epoch 3\/100 +loss +accuracy/);
    expect(training).toMatch(/^training +0\.5000 +50\.0%/);
    expect(validation).toMatch(/^validation +0\.2500 +25\.0%/);
    expect(best).toMatch(/^best \(epoch 3\) +0\.2500 +25\.0%/);
    for (const name of names) expect(lines.join('\n')).toContain(name);
    expect(lines.at(-1)).toMatch(/^╸─+ {2}3% {2}step 1,200\/4,800, loss 0\.1250/);
  });
});

describe('epochs in a file', () => {
  it('are a line each, and one at the end', () => {
    const err = captured();
    const display = new EpochDisplay(undefined);
    display.onPhase(PHASE);
    display.onStep(STEP);
    const few = { loss: 0.5, accuracy: 1, val_loss: 0.25, val_accuracy: 0.75 };
    display.onEpoch({ ...EPOCH, metrics: few });
    display.onEpoch({ ...EPOCH, epoch: 4, epochOfPhase: 4, metrics: few, isBest: false, seconds: 12.3 });
    display.end();
    const lines = err().split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'epoch   3/100: loss 0.5000, accuracy 100.0%, val_loss 0.2500, val_accuracy  75.0%, 35 ms',
      'epoch   4/100: loss 0.5000, accuracy 100.0%, val_loss 0.2500, val_accuracy  75.0%, 12 s',
    ]);
    expect(lines[2]).toMatch(
      /^training: 2 epochs in [\d.]+ s, best epoch 3: val_loss 0\.2500, val_accuracy 75\.0%$/,
    );
    expect(lines).toHaveLength(4);
  });

  it('tell of a long epoch every half a minute', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const err = captured();
      const display = new EpochDisplay(undefined);
      display.onPhase(PHASE);
      display.onStep({ ...STEP, step: 1 });
      vi.advanceTimersByTime(29_000);
      display.onStep({ ...STEP, step: 1199 });
      vi.advanceTimersByTime(1_000);
      display.onStep(STEP);
      display.onStep({ ...STEP, step: 1201 });
      expect(err()).toBe('epoch 4/100: step 1,200/4,800, loss 0.1250\n');
    } finally {
      vi.useRealTimers();
    }
  });
});
