/** @file What a run was told when it began, kept in its folder until it has ended: for going on after a crash. */

import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { GraftError } from '../errors/graft-error.ts';
import type { CsvOptions } from '../training/csv-picture-sets.ts';
import { type RecipeRequest, recipeFileSchema, shownRecipe } from '../training/recipe.ts';
import { removeCheckpoints } from './checkpoint.ts';
import { writeWhole } from './write-file.ts';

export interface RunStart {
  /** The pictures' folder or CSV file. In a run's folder, the whole path. */
  readonly dir: string;
  readonly recipe: RecipeRequest;
  /** What was said of a CSV file in the place of the folder. */
  readonly csv: CsvOptions;
  readonly strict: boolean;
}

const FILE = 'run.json';

const schema = z.strictObject({
  dir: z.string(),
  recipe: recipeFileSchema,
  csv: z
    .strictObject({
      imageFolder: z.string(),
      fileColumn: z.string(),
      targetColumns: z.array(z.string()),
      decimalMark: z.enum(['.', ',']),
      allowMissing: z.boolean(),
    })
    .partial()
    .default({}),
  strict: z.boolean(),
});

/** @throws {GraftError} `file-write`. */
export async function beginRun(run: string, { dir, recipe, csv, strict }: RunStart): Promise<void> {
  await removeCheckpoints(run);
  await writeWhole(
    join(run, FILE),
    `${JSON.stringify({ dir: resolve(dir), recipe: shownRecipe(recipe), csv, strict }, undefined, 2)}\n`,
  );
}

/**
 * What an unfinished run was told.
 *
 * @throws {GraftError} `checkpoint`, if there is no such run, or it has ended.
 */
export async function readRunStart(run: string): Promise<RunStart> {
  const where = `run folder "${run}"`;
  const text = await readFile(join(run, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new GraftError('checkpoint', {
      where,
      expected: 'a run that was begun and has not ended',
      received: `a folder without ${FILE}`,
      advice: 'A run that has ended is begun again with graft train DIR --recipe RUN/recipe.json.',
    });
  }
  try {
    const { dir, recipe, csv, strict } = schema.parse(JSON.parse(text));
    return {
      dir,
      recipe: recipe as RecipeRequest,
      csv: csv as CsvOptions,
      strict,
    };
  } catch (cause) {
    throw new GraftError(
      'checkpoint',
      {
        where,
        expected: `a ${FILE} that can be read`,
        received: 'a damaged one',
        advice: 'Begin the run again.',
      },
      { cause },
    );
  }
}

/** Removes what is needed only to go on. */
export async function endRun(run: string): Promise<void> {
  await rm(join(run, FILE), { force: true });
  await removeCheckpoints(run);
}
