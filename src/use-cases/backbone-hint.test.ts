import { describe, expect, it } from 'vitest';
import type { History } from '../core/fit/history.ts';
import { type HintedTraining, hintAtBackbone } from './backbone-hint.ts';

function historyOf(losses: readonly number[], ended: History['ended'] = 'epochs'): History {
  const epochs = losses.map((loss, i) => ({ epoch: i + 1, logs: { val_loss: loss }, seconds: 1 }));
  return { epochs, ended };
}

const FLAT = historyOf([1, 0.5, 0.4, 0.4, 0.4, 0.399]);
const training: HintedTraining = {
  data: 'photos',
  recipe: { unfreeze: null, phases: [] },
  history: FLAT,
  accuracy: 0.84,
  interval: [0.79, 0.88],
};

describe('the hint at another network', () => {
  it('is given where accuracy is low and the curve is flat', () => {
    expect(hintAtBackbone(training)).toBe(
      'Validation accuracy is 84.0%, and more epochs would not help: a stronger network is likely to. ' +
        'graft recommend photos compares those that are here.',
    );
    const stopped = { ...training, history: historyOf([1, 0.5], 'stopped') };
    expect(hintAtBackbone(stopped)).toBeDefined();
  });

  it('is not given where it may be chance, the loss still falls, or the network is trained', () => {
    expect(hintAtBackbone({ ...training, interval: [0.7, 0.96] })).toBeUndefined();
    expect(hintAtBackbone({ ...training, history: historyOf([1, 0.8, 0.6, 0.5, 0.4, 0.3]) })).toBeUndefined();
    expect(hintAtBackbone({ ...training, history: historyOf([1]) })).toBeUndefined();
    expect(hintAtBackbone({ ...training, history: historyOf([1, 0.5], 'interrupted') })).toBeUndefined();
    expect(
      hintAtBackbone({ ...training, recipe: { ...training.recipe, unfreeze: 'block_16_expand' } }),
    ).toBeUndefined();
  });
});
