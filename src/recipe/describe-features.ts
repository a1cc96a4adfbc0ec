/** @file What a recipe's features are, in words. */

import { formatPreprocessing } from '../vision/preprocessing/preprocessing-text.ts';
import type { Recipe } from './recipe.ts';

/** For people who look at what a cache holds. */
export function describeFeatures(recipe: Recipe): Readonly<Record<string, string | number>> {
  const { backbone, cut, unfreeze, sizePx, preprocessing, features, precision } = recipe;
  return {
    backbone,
    cut: unfreeze === null ? cut : `before ${unfreeze}`,
    sizePx,
    preprocessing: formatPreprocessing(preprocessing),
    features,
    precision,
  };
}
