/** @file The files that a recipe names, the same from any working folder. */

import { resolve } from 'node:path';
import type { RecipeRequest } from '../../recipe/recipe.ts';
import { mapPaths } from '../../recipe/recipe-paths.ts';

/** The same recipe, with absolute paths. */
export function withAbsolutePaths(recipe: RecipeRequest): RecipeRequest {
  return { ...recipe, ...mapPaths(recipe, (path) => resolve(path)) };
}
