import { describe, expect, it } from 'vitest';
import { compatible, plus, product, quotient, sum } from './dimension.ts';

describe('arithmetic with sizes', () => {
  it('multiplies, with the number in front and the symbols in order', () => {
    expect(product([2, 'N', 3])).toBe('6*N');
    expect(product(['W', 'H'])).toBe('H*W');
    expect(product(['6*N', 2])).toBe('12*N');
    expect(product([])).toBe(1);
    expect(product(['N', 0])).toBe(0);
  });

  it('divides where that leaves a product', () => {
    expect(quotient(['12*N'], [4, 'N'])).toBe(3);
    expect(quotient(['12*N'], [5])).toBeUndefined();
    expect(quotient([12], ['N'])).toBeUndefined();
  });

  it('takes what stands in parentheses as one symbol', () => {
    expect(plus('25*N', 1)).toBe('(25*N+1)');
    expect(quotient([product([3, plus('25*N', 1)])], [3])).toBe('(25*N+1)');
    expect(quotient([plus('25*N', 1)], [25])).toBeUndefined();
  });

  it('adds', () => {
    expect(sum([1, 2])).toBe(3);
    expect(sum(['N', 2, 1])).toBe('(N+3)');
    expect(sum(['N', 'M'])).toBe('(N+M)');
    expect(plus('N', 0)).toBe('N');
    expect(plus('N', -2)).toBe('(N-2)');
  });

  it('takes a symbol to be any number', () => {
    expect([compatible('N', 3), compatible(3, 3), compatible(3, 4)]).toEqual([true, true, false]);
  });
});
