/** @file What a training was told when it began. */

import { resolve } from 'node:path';
import * as z from 'zod';
import { type RecipeRequest, recipeFileSchema, shownRecipe } from '../../recipe/recipe.ts';
import { pickPaths, type RecipePaths } from '../../recipe/recipe-paths.ts';
import { withAbsolutePaths } from '../recipe/absolute-paths.ts';
import type { CsvOptions } from '../training/csv-image-sets.ts';
import { csvOptionsSchema } from './csv-options-schema.ts';
import { readStartFile, type StartFile } from './start-file.ts';

export interface RunStart {
  /** The images' folder or CSV file. In a run's folder, the whole path. */
  readonly dir: string;
  /** In a run's folder, with whole paths: a run goes on from any working folder. */
  readonly recipe: RecipeRequest;
  /** What was said of a CSV file in the place of the folder. */
  readonly csv: CsvOptions;
  readonly strict: boolean;
  /** Paths of the recipe as they were given, which its results are to show. */
  readonly given?: Partial<RecipePaths>;
}

const schema = z.strictObject({
  dir: z.string(),
  recipe: recipeFileSchema,
  given: z
    .strictObject({
      backbone: z.string(),
      weights: z.string().nullable(),
      validation: z.union([z.number(), z.string()]).nullable(),
    })
    .partial()
    .default({}),
  csv: csvOptionsSchema.strict().default({}),
  strict: z.boolean(),
});

/** A run's start as its file holds it. */
export function trainingStart({ dir, recipe, csv, strict }: RunStart): StartFile {
  const shown = shownRecipe(recipe);
  return {
    dir: resolve(dir),
    recipe: withAbsolutePaths(shown),
    given: pickPaths(shown),
    csv,
    strict,
  };
}

/**
 * What an unfinished training was told.
 *
 * @throws {GraftError} `checkpoint`, if there is no such run, it has ended, or it is one of `graft tune`.
 */
export async function readRunStart(run: string): Promise<RunStart> {
  const advice = 'A run that has ended is begun again with graft train DIR --recipe RUN/recipe.json.';
  const { dir, recipe, given, csv, strict } = await readStartFile(run, 'train', schema, advice);
  return {
    dir,
    recipe: recipe as RecipeRequest,
    given: given as Partial<RecipePaths>,
    csv: csv as CsvOptions,
    strict,
  };
}
