import { expect, it } from 'vitest';
import { withAveragedWeights } from './averaged-weights.ts';

const state = {
  iteration: 2,
  weights: new Map([
    ['a/kernel', Float32Array.of(1)],
    ['a/bias', Float32Array.of(2)],
  ]),
  slots: new Map([
    ['a/kernel/average', Float32Array.of(3)],
    ['a/kernel/velocity', Float32Array.of(4)],
  ]),
};

it('takes averages where there are some, and leaves the slots', () => {
  const { weights, slots, iteration } = withAveragedWeights(state);
  expect([...weights]).toEqual([
    ['a/kernel', Float32Array.of(3)],
    ['a/bias', Float32Array.of(2)],
  ]);
  expect({ slots, iteration }).toEqual({ slots: state.slots, iteration: 2 });
});

it('leaves everything before the first step, when the averages are zeros', () => {
  const fresh = { ...state, iteration: 0 };
  expect(withAveragedWeights(fresh)).toBe(fresh);
});
