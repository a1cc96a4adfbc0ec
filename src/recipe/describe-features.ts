/** @file What a recipe's features are, in words. */

import { formatPreprocessing } from '../vision/preprocessing/preprocessing-text.ts';
import type { Recipe } from './recipe.ts';

/** For people who look at what a cache holds. */
export function describeFeatures(recipe: Recipe): Readonly<Record<string, string | number>> {
  const { backbone, cut, unfreeze, sizePx, resize, maxTokens, preprocessing, features, precision } = recipe;
  const { lora = null, loraFrom = null } = recipe;
  const adapted = lora === null ? undefined : (loraFrom ?? 'adapters');
  const trained = adapted ?? unfreeze;
  const about = { backbone, cut: trained === null ? cut : `before ${trained}` };
  if (sizePx === undefined) return { ...about, maxTokens: maxTokens ?? 0, features };
  // The key of a space has it likewise: where it says nothing, spaces of earlier versions are meant, too.
  const shape = resize === undefined || resize === 'squash' ? { sizePx } : { sizePx, resize };
  return { ...about, ...shape, preprocessing: formatPreprocessing(preprocessing), features, precision };
}
