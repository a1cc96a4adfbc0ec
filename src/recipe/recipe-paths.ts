/** @file The files that a recipe names: none of what a run is known by. */

import { isHubName } from '../core/weights/hub-name.ts';
import { isPathOfWeights, listNetworks, looksLikePath } from '../vision/backbone/network-place.ts';
import type { Recipe, RecipeRequest } from './recipe.ts';

/** The parts of a recipe that may be paths. */
export type RecipePaths = Pick<RecipeRequest, 'backbone' | 'weights' | 'validation'>;

/** The parts of a recipe that may be paths, as they stand in it. */
export function pickPaths({ backbone, weights, validation }: RecipePaths): RecipePaths {
  return { backbone, weights, validation };
}

/**
 * The same recipe without paths, for what a run is known by: the same network and the same images are the same wherever
 * they lie, and others are known by what is in them.
 */
export function withoutPaths<R extends RecipePaths>(recipe: R): R {
  return { ...recipe, ...mapPaths(recipe, () => 'a file') };
}

/** What of a recipe weights are learned by: without paths, and without what is only done with the trained model. */
export function learnedBy<R extends Recipe>(recipe: R): Partial<R> {
  const { calibration: _, unknown: __, threshold: ___, ...learned } = withoutPaths(recipe);
  return learned as Partial<R>;
}

/** The parts of a recipe that may be paths, with each path changed. */
export function mapPaths(
  { backbone, weights, validation }: RecipePaths,
  map: (path: string) => string,
): RecipePaths {
  const isFile = (text: string): boolean => !/^https?:\/\//i.test(text) && !isHubName(text);
  const mapped = (network: string): string =>
    looksLikePath(network) && isFile(network) ? map(network) : network;
  return {
    backbone: listNetworks(backbone).map(mapped).join(','),
    weights: isPathOfWeights(weights ?? undefined) && isFile(weights!) ? map(weights!) : weights,
    validation: typeof validation === 'string' ? map(validation) : validation,
  };
}
