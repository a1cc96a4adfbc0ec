/** @file What the measuring of a model's sureness needs to know of its training. */

import type { Recipe } from '../../recipe/recipe.ts';
import type { TrainableModel } from '../classifier-options.ts';

/** What the measuring needs to know of the training. */
export interface ConfidenceOptions {
  readonly classifier: Pick<TrainableModel, 'model' | 'backbone'>;
  /** Of the last phase. */
  readonly recipe: Recipe;
  readonly classNames: readonly string[];
  readonly hasTest: boolean;
}
