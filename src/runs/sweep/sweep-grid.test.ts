import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { formatHead } from '../../recipe/head-spec.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import { sweepGrid } from './sweep-grid.ts';

const varied = (axes: Parameters<typeof sweepGrid>[1]) =>
  sweepGrid(DEFAULT_RECIPE, axes).map(({ cut, head, optimizer, learningRate }) =>
    [cut, formatHead(head), optimizer, learningRate].join(' '),
  );

describe('sweepGrid', () => {
  it('goes through the rates first, the cuts last, and names a value that is given twice once', () => {
    const cuts = ['a', 'b', 'a'];
    expect(
      varied({ cuts, heads: ['linear', 'gap,dense:8', 'gap', 'dense:8:relu'], learningRates: [0.1, 0.01] }),
    ).toEqual([
      'a linear adam 0.1',
      'a linear adam 0.01',
      'a gap,dense:8:relu adam 0.1',
      'a gap,dense:8:relu adam 0.01',
      'b linear adam 0.1',
      'b linear adam 0.01',
      'b gap,dense:8:relu adam 0.1',
      'b gap,dense:8:relu adam 0.01',
    ]);
  });

  it('is the base recipe alone where nothing is to be tried', () => {
    expect(sweepGrid(DEFAULT_RECIPE, {})).toEqual([DEFAULT_RECIPE]);
  });

  it('refuses an empty list, an empty name, a head that cannot be read, and a rate of 0', () => {
    expect(() => varied({ cuts: [] })).toThrow(
      withMessage(
        'sweep, cuts: expected at least 1, and none of them empty, received none. ' +
          "Name what is to be tried, or leave cuts out to take the recipe's.",
      ),
    );
    expect(() => varied({ heads: ['linear', ''] })).toThrow(
      withMessage(
        'sweep, heads: expected at least 1, and none of them empty, received "linear, ". ' +
          "Name what is to be tried, or leave heads out to take the recipe's.",
      ),
    );
    expect(() => varied({ heads: ['linaer'] })).toThrow(
      withMessage(
        'head "linaer": expected layers among gap, gmp, flatten, dense, dropout, received "linaer". ' +
          'Write a head as "gap,dense:256:relu,dropout:0.2", "linear" or "flatten-dense-1024". Did you mean "linear"?',
      ),
    );
    expect(() => varied({ learningRates: [1e-3, 0] })).toThrow(
      withMessage(
        'sweep, learning rates: expected numbers above 0, received 0. For example 1e-2, 1e-3 and 1e-4.',
      ),
    );
  });
});
