/** @file The optimizer that a recipe asks for. */

import type { Optimizer } from '../core/optimizers/optimizer.ts';
import { optimizerNamed, SOLVER_NAME } from '../core/optimizers/optimizers.ts';
import type { OptimizerOptions } from '../core/optimizers/settings.ts';
import type { GradientClipping } from './gradient-clipping.ts';
import type { Recipe } from './recipe.ts';

/** @throws {GraftError} `argument`, if a number is out of its range. */
export function createOptimizer(recipe: Recipe): Optimizer {
  const { learningRate, weightDecay, ema, accumulate } = recipe;
  const options = {
    learningRate,
    weightDecay: weightDecay ?? undefined,
    useEma: ema !== null,
    emaMomentum: ema ?? undefined,
    gradientAccumulationSteps: accumulate,
    ...clippingOf(recipe.clip),
  };
  const create = optimizerNamed(recipe.optimizer);
  if (recipe.optimizer === SOLVER_NAME) return create({});
  return create({ ...options, ...create.descriptor.inRecipes });
}

const CLIPPINGS = { value: 'clipValue', norm: 'clipNorm', global: 'globalClipNorm' } as const;

function clippingOf(
  clip: GradientClipping | null,
): Pick<OptimizerOptions, 'clipValue' | 'clipNorm' | 'globalClipNorm'> {
  return clip === null ? {} : { [CLIPPINGS[clip.type]]: clip.limit };
}
