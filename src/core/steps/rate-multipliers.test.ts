import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import { splitAtFreezeBoundary } from './freeze-boundary.ts';
import { computeRateMultipliers, layerWiseDecay } from './rate-multipliers.ts';

/** Two ways of two and one trained layers, which meet; a frozen layer counts for nothing. */
function part() {
  const x = input({ shape: [4] });
  const dense = (name: string, trainable = true) => layers.dense({ units: 4, name, trainable });
  const stem = dense('stem').apply(x);
  const long = dense('long_2').apply(dense('frozen', false).apply(dense('long_1').apply(stem)));
  const sum = layers.add({ name: 'sum' }).apply([long, dense('short').apply(stem)]);
  const model = new Functional({ inputs: x, outputs: dense('last').apply(sum) });
  model.initialize({ seed: 1 });
  return splitAtFreezeBoundary(model);
}

describe('layerWiseDecay', () => {
  it('falls by a factor for each trained layer behind, on the longest way', () => {
    expect(Object.fromEntries(layerWiseDecay(part(), 0.5))).toEqual({
      stem: 0.125,
      long_1: 0.25,
      long_2: 0.5,
      short: 0.5,
      last: 1,
    });
  });

  it.each([0, -0.5, 1.5, Number.NaN])('refuses %d', (decay) => {
    expect(() => layerWiseDecay(part(), decay)).toThrow(
      withMessage(
        `layer-wise decay of the learning rate: expected a factor above 0, up to 1, received ${decay}. ` +
          'Take 0.9 for rates that fall slowly towards the input.',
      ),
    );
  });
});

describe('computeRateMultipliers', () => {
  it('is 1 where nothing is said', () => {
    expect([...computeRateMultipliers(['a', 'b'], undefined)]).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect([...computeRateMultipliers(['a', 'b'], new Map([['b', 0.1]]))]).toEqual([
      ['a', 1],
      ['b', 0.1],
    ]);
    expect([...computeRateMultipliers(['a', 'b'], (name) => name.length)]).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });
});
