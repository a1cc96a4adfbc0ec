/** @file The optimizers there are. */

import { adam } from './adam.ts';
import { adamW } from './adam-w.ts';
import type { CommonOptions, OptimizerDescriptor, SettingsTable } from './define-optimizer.ts';
import type { Optimizer } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** Makes optimizers: `optimizers.rmsprop({ learningRate: 1e-4 })`. Formulas and defaults are Keras 3's. */
export const optimizers: {
  readonly sgd: typeof sgd;
  readonly rmsprop: typeof rmsprop;
  readonly adam: typeof adam;
  readonly adamW: typeof adamW;
} = { sgd, rmsprop, adam, adamW };

export type OptimizerName = keyof typeof optimizers;

/** What solves a linear layer to its optimum, in the place of an optimizer. */
export const SOLVER_NAME = 'lbfgs';

/** What recipes and the command line call an optimizer: its name in small letters, `adamw`; or the solver. */
export type RecipeOptimizerName = Lowercase<OptimizerName> | typeof SOLVER_NAME;

/** An optimizer of which only the name is known. */
export interface NamedOptimizer {
  (options: CommonOptions): Optimizer;
  readonly descriptor: Pick<OptimizerDescriptor<SettingsTable>, 'className' | 'adaptive' | 'inRecipes'>;
}

const BY_RECIPE_NAME = Object.fromEntries(
  Object.entries({ ...optimizers, [SOLVER_NAME]: sgd }).map(([name, factory]) => [
    name.toLowerCase(),
    factory,
  ]),
) as unknown as Readonly<Record<RecipeOptimizerName, NamedOptimizer>>;

/** Names of all optimizers, as recipes have them. */
export const OPTIMIZER_NAMES: readonly RecipeOptimizerName[] = Object.keys(
  BY_RECIPE_NAME,
) as RecipeOptimizerName[];

/** The optimizer of a recipe. Where a layer is solved, what holds its weights needs none: it is the one that keeps least. */
export function optimizerNamed(name: RecipeOptimizerName): NamedOptimizer {
  return BY_RECIPE_NAME[name];
}
