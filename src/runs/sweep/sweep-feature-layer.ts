/** @file A feature layer that heads of a sweep grow from. */

import type { Functional } from '../../core/layers/functional.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { TrainableModel } from '../classifier-options.ts';

/** A tensor of the frozen part whose value is the features of some heads. */
export interface SweepFeatureLayer {
  /** Different for different ones. */
  readonly name: string;
  /** Of one of its heads. */
  readonly recipe: Recipe;
  readonly backbone: TrainableModel['backbone'];
  /** Of images. */
  readonly preprocessing?: TrainableModel['preprocessing'];
  /** A model with the boundary in it. */
  readonly model: Functional;
  readonly boundary: readonly SymbolicTensor[];
  /** Numbers in one example's features. */
  readonly width: number;
}
