import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { listSlots } from './optimizer.ts';
import { optimizers } from './optimizers.ts';
import { computeTurn, decays, type OptimizerOptions } from './settings.ts';

const KERNEL = { name: 'kernel', shape: [3, 3, 8, 16] };
const BIAS = { name: 'bias', shape: [16] };
const GAMMA = { name: 'gamma', shape: [16] };

const make = (options: OptimizerOptions) => optimizers.adam(options);

it('nothing is on by default, but for the decay of AdamW', () => {
  for (const [name, create] of Object.entries(optimizers)) {
    const { weightDecay, excludeFromWeightDecay, clipping, ema, gradientAccumulationSteps } = create();
    expect({ weightDecay, excludeFromWeightDecay, clipping, ema, gradientAccumulationSteps }).toEqual({
      weightDecay: name === 'adamW' ? 0.004 : 0,
      excludeFromWeightDecay: undefined,
      clipping: undefined,
      ema: undefined,
      gradientAccumulationSteps: 1,
    });
  }
});

describe('weight decay', () => {
  it('spares weights of one dimension, unless names say otherwise', () => {
    const decaying = (options: OptimizerOptions) =>
      [KERNEL, BIAS, GAMMA].filter((weight) => decays(make(options), weight)).map(({ name }) => name);
    expect(decaying({})).toEqual([]);
    expect(decaying({ weightDecay: 0.1 })).toEqual(['kernel']);
    expect(decaying({ weightDecay: 0.1, excludeFromWeightDecay: [] })).toEqual(['kernel', 'bias', 'gamma']);
    expect(decaying({ weightDecay: 0.1, excludeFromWeightDecay: ['ern', 'bias'] })).toEqual(['gamma']);
  });
});

describe('listSlots', () => {
  it('adds what averages and accumulation keep', () => {
    expect(listSlots(make({}))).toEqual(['momentum', 'velocity']);
    expect(listSlots(make({ useEma: true, gradientAccumulationSteps: 2 }))).toEqual([
      'momentum',
      'velocity',
      'average',
      'gradient_accumulator',
    ]);
    expect(listSlots(make({ emaMomentum: 0.9, gradientAccumulationSteps: 1 }))).toHaveLength(2);
  });
});

describe('turnOf', () => {
  const turns = (options: OptimizerOptions) =>
    [0, 1, 2, 3, 4, 5].map((batches) => computeTurn(make(options), batches));

  it('updates with every batch, or once in so many', () => {
    expect(turns({}).every(({ isUpdate }) => isUpdate)).toBe(true);
    const three = turns({ gradientAccumulationSteps: 3 });
    expect(three.map(({ isUpdate }) => isUpdate)).toEqual([false, false, true, false, false, true]);
    expect(three.map(({ updates }) => updates)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('begins averages with the weights, and counts updates for overwriting', () => {
    const options = { useEma: true, emaMomentum: 0.9, emaOverwriteFrequency: 2 };
    expect(turns(options).map(({ emaMomentum }) => emaMomentum)).toEqual([0, 0.9, 0.9, 0.9, 0.9, 0.9]);
    expect(turns(options).map(({ overwrites }) => overwrites)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
    const both = turns({ ...options, gradientAccumulationSteps: 2 });
    expect(both.map(({ emaMomentum }) => emaMomentum)).toEqual([0, 0, 0.9, 0.9, 0.9, 0.9]);
    expect(both.map(({ overwrites }) => overwrites)).toEqual([false, false, true, true, false, false]);
  });
});

describe('options out of range', () => {
  const again = 'Correct it, or leave it out for the default.';
  it.each<[OptimizerOptions, string]>([
    [{ weightDecay: -1 }, `weightDecay of at least 0, received -1. ${again}`],
    [{ clipValue: 0 }, 'clipValue above 0, received 0. Correct it, or leave it out to clip nothing.'],
    [
      { clipNorm: Number.NaN },
      'clipNorm above 0, received NaN. Correct it, or leave it out to clip nothing.',
    ],
    [
      { clipNorm: 1, globalClipNorm: 1 },
      'one of clipValue, clipNorm and globalClipNorm, received clipNorm and globalClipNorm. Leave one out.',
    ],
    [{ emaMomentum: 1.5 }, `emaMomentum in [0, 1], received 1.5. ${again}`],
    [
      { emaOverwriteFrequency: 0 },
      `emaOverwriteFrequency to be a whole number of at least 1, received 0. ${again}`,
    ],
    [
      { gradientAccumulationSteps: 2.5 },
      `gradientAccumulationSteps to be a whole number of at least 1, received 2.5. ${again}`,
    ],
  ])('%j', (options, message) => {
    for (const create of Object.values(optimizers)) {
      expect(() => create(options)).toThrow(
        withMessage(`optimizer ${create().className}: expected ${message}`),
      );
    }
  });
});
