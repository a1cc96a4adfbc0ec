/** @file The examples of a training, of whatever kind they are, and a recipe that suits them. */

import type { RunStart } from '../node/artifacts/run-start.ts';
import { type CsvOptions, gatherData } from '../node/training/csv-image-sets.ts';
import { findModality } from '../node/training/find-modality.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import type { TextSets } from '../node/training/text-sets.ts';
import type { RecipeInput, RecipeRequest } from '../recipe/recipe.ts';
import { readRecipe } from '../recipe/recipe-input.ts';
import type { Task } from '../recipe/task.ts';
import { readTextRecipe, refuseFields } from '../recipe/text-defaults.ts';

/** What a training is asked for: the kind of its examples is found out, and is in `csv.as` where they are texts. */
export type Asked = Pick<RunStart, 'dir' | 'recipe' | 'csv'>;

/** What of a training is known before its examples are read. @throws {GraftError} `argument`, of the recipe. */
export async function readAsked(dir: string, said: RecipeInput, csv: CsvOptions = {}): Promise<Asked> {
  if ((await findModality(dir, csv)) === 'text') {
    return { dir, recipe: readTextRecipe(said), csv: { ...csv, as: 'texts' } };
  }
  const recipe = readRecipe(said);
  refuseFields(recipe, 'images');
  return { dir, recipe, csv };
}

/** The examples. @throws {GraftError} As `gatherData` and `gatherTexts`. */
export async function gatherExamples(
  { dir, recipe, csv }: Asked,
  signal: AbortSignal | undefined,
): Promise<ImageSets<Task> | TextSets> {
  if (csv.as !== 'texts') return gatherData(dir, recipe, { ...csv, signal });
  const { gatherTexts } = await import('./text-work.ts');
  return gatherTexts(dir, recipe, { ...csv, signal });
}

export function areTexts(sets: ImageSets<Task> | TextSets): sets is TextSets {
  return sets.modality === 'text';
}

/** The recipe for these examples: the epochs that nobody has said depend on how many texts there are. */
export function fittingRecipe(
  { recipe }: Asked,
  said: RecipeInput,
  sets: ImageSets<Task> | TextSets,
): RecipeRequest {
  return areTexts(sets) ? readTextRecipe(said, sets.train.length) : recipe;
}
