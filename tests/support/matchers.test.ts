import { describe, expect, it } from 'vitest';
import { floats, integers } from '../../src/core/tensor/tensor.ts';
import { compareAll } from './matchers.ts';

const exact = { atol: 0, rtol: 0 };

describe('toBeAllClose', () => {
  it('takes numbers, arrays, typed arrays and tensors', () => {
    expect(1).toBeAllClose(1, exact);
    expect([1, 2]).toBeAllClose(new Float32Array([1, 2]), exact);
    expect(floats([2], [1, 2])).toBeAllClose([1, 2], exact);
    expect(integers([3])).toBeAllClose([3], exact);
    expect([Number.POSITIVE_INFINITY]).toBeAllClose([Number.POSITIVE_INFINITY], exact);
  });

  it('adds the absolute and the relative tolerance', () => {
    expect([101.5]).toBeAllClose([100], { atol: 0.5, rtol: 0.01 });
    expect([101.6]).not.toBeAllClose([100], { atol: 0.5, rtol: 0.01 });
    expect([1]).not.toBeAllClose([Number.POSITIVE_INFINITY], { atol: 1, rtol: 1 });
  });

  it('tells the largest error, where it is, and both values', () => {
    expect(() =>
      expect(floats([2, 2], [1, 2, 3, 9])).toBeAllClose([1, 2.5, 3, 4], { atol: 0.1, rtol: 0 }),
    ).toThrow(
      '2 of 4 numbers differ by more than atol 0.1 + rtol 0; largest error 5 at [1, 1] (index 3): expected 4, received 9',
    );
  });

  it('lets NaN equal nothing, itself included', () => {
    expect(compareAll([0, Number.NaN], [0, Number.NaN], { atol: 1, rtol: 1 })).toEqual({
      pass: false,
      message:
        '1 of 2 numbers differ by more than atol 1 + rtol 1; largest error NaN at index 1: expected NaN, received NaN',
    });
  });

  it('refuses other lengths and shapes', () => {
    expect(() => expect([1]).toBeAllClose([1, 1], exact)).toThrow('expected 2 numbers, received 1');
    expect(() => expect(floats([1, 2], [1, 2])).toBeAllClose(floats([2], [1, 2]), exact)).toThrow(
      'expected shape [2], received [1, 2]',
    );
  });

  it('insists on both tolerances', () => {
    expect(() => compareAll(1, 1, { atol: 1 } as never)).toThrow(
      'toBeAllClose: expected { atol, rtol }, received a tolerance that lacks one.',
    );
  });
});
