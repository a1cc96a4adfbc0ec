import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHead } from '../../src/recipe/head-spec.ts';
import { DEFAULT_RECIPE, OPTIMIZER_NAMES } from '../../src/recipe/recipe.ts';
import { sweepGrid } from '../../src/runs/sweep/sweep-grid.ts';

const some = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 4 });
const cuts = some(fc.constantFrom('mixed5', 'mixed6', 'mixed7'));
const heads = some(
  fc.constantFrom('linear', 'flatten-dense-1024', 'gmp', 'gap,dense:32:relu', 'flatten,dropout:0.5'),
);
const optimizers = some(fc.constantFrom(...OPTIMIZER_NAMES));
const learningRates = some(fc.double({ min: 1e-6, max: 1, noNaN: true }));

const axes = fc.record({ cuts, heads, optimizers, learningRates }, { requiredKeys: [] });

describe('the grid of a sweep', () => {
  it('has every combination exactly once, and changes nothing else', () => {
    fc.assert(
      fc.property(axes, fc.integer(), (given, seed) => {
        const base = { ...DEFAULT_RECIPE, seed };
        const grid = sweepGrid(base, given);
        const sizes = Object.values(given).map((values: readonly unknown[]) => new Set(values).size);
        expect(grid).toHaveLength(sizes.reduce((product, size) => product * size, 1));
        const keyOf = (recipe: (typeof grid)[number]) =>
          JSON.stringify([recipe.cut, recipe.head, recipe.optimizer, recipe.learningRate]);
        expect(new Set(grid.map(keyOf)).size).toBe(grid.length);
        for (const recipe of grid) {
          const { cut, head, optimizer, learningRate, ...rest } = recipe;
          const { head: _, optimizer: __, learningRate: ___, ...same } = base;
          expect(rest).toEqual(same);
          expect(given.cuts ?? [undefined]).toContain(cut);
          expect(given.heads ?? [formatHead(base.head)]).toContain(formatHead(head));
          expect(given.optimizers ?? [base.optimizer]).toContain(optimizer);
          expect(given.learningRates ?? [base.learningRate]).toContain(learningRate);
        }
      }),
    );
  });

  it('does not depend on the order in which values are given, but for its own order', () => {
    fc.assert(
      fc.property(axes, (given) => {
        const turned = Object.fromEntries(
          Object.entries(given).map(([name, values]) => [name, (values as readonly unknown[]).toReversed()]),
        );
        const sorted = (grid: readonly unknown[]) => grid.map((recipe) => JSON.stringify(recipe)).sort();
        expect(sorted(sweepGrid(DEFAULT_RECIPE, turned))).toEqual(sorted(sweepGrid(DEFAULT_RECIPE, given)));
      }),
    );
  });
});
