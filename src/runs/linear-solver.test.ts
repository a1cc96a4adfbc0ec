import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import { layers } from '../core/layers/layers.ts';
import { splitAtFreezeBoundary, type TrainedPart } from '../core/steps/freeze-boundary.ts';
import type { Recipe, RecipeInput } from '../recipe/recipe.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import { findSolver } from './linear-solver.ts';

function headOf(...units: readonly number[]): TrainedPart {
  const x = input({ shape: [4], name: 'features' });
  const outputs = units.reduce((from, count) => layers.dense({ units: count }).apply(from), x);
  const model = new Functional({ inputs: [x], outputs });
  model.initialize({ seed: 1 });
  return splitAtFreezeBoundary(model, {});
}

const phase = (input: RecipeInput): Recipe =>
  ({ ...readRecipe({ optimizer: 'lbfgs', ...input }), cut: '', task: 'classification' }) as Recipe;

describe('the solver of a phase', () => {
  it('is there for a linear head', () => {
    expect(findSolver(phase({ l2: 0.1 }), headOf(2))).toEqual({ head: { name: 'dense', units: 2 }, l2: 0.1 });
    expect(findSolver(phase({}), headOf(2))?.l2).toBeUndefined();
    expect(findSolver(phase({ optimizer: 'adam' }), headOf(2))).toBeUndefined();
  });

  const all = 'the same features in every iteration, and nothing of steps';
  const REFUSALS: readonly (readonly [input: RecipeInput, message: string])[] = [
    [
      { augmentation: 'flip' },
      `expected ${all}, received augmentation. Leave out --augment, or take another --optimizer.`,
    ],
    [
      { ema: 0.9 },
      `expected ${all}, received moving averages. Leave out --ema, or take another --optimizer.`,
    ],
    [
      { balance: 'sampler' },
      `expected ${all}, received a balanced order. Leave out --balance sampler, or give --balance weights, or take another --optimizer.`,
    ],
    [
      { optimizer: 'adam', l2: 0.1 },
      'expected the optimizer lbfgs beside l2, received adam. Leave out --l2, or give --optimizer lbfgs.',
    ],
  ];
  for (const [input, message] of REFUSALS) {
    it(`refuses ${JSON.stringify(input)}`, () => {
      expect(() => findSolver(phase(input), headOf(2))).toThrow(withMessage(`optimizer "lbfgs": ${message}`));
    });
  }

  it('refuses a head of more layers', () => {
    expect(() => findSolver(phase({}), headOf(8, 2))).toThrow(
      withMessage(
        'optimizer "lbfgs": expected a linear head on frozen features, received a head of more layers. Take --head linear, or another --optimizer: adam.',
      ),
    );
  });
});
