/**
 * @file What a run was told when it began, kept in its folder until it has ended: for going on after a crash. It ends with a
 * checksum, so that no flipped bit makes it another run unnoticed.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { GraftError } from '../../core/errors/graft-error.ts';
import { type RecipeRequest, recipeFileSchema, shownRecipe } from '../../recipe/recipe.ts';
import { pickPaths, type RecipePaths } from '../../recipe/recipe-paths.ts';
import { isJsonWith, type Proof, removeOwnFile } from '../files/own-files.ts';
import { writeError, writeWhole } from '../files/write-file.ts';
import { withAbsolutePaths } from '../recipe/absolute-paths.ts';
import type { CsvOptions } from '../training/csv-image-sets.ts';
import { removeCheckpoints } from './checkpoint-folder.ts';

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

/** Lies in a run's folder from its beginning to its end. */
export const RUN_START = 'run.json';

/** Proves the file. */
export const isRunStart: Proof = isJsonWith('dir', 'recipe', 'strict');

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
  csv: z
    .strictObject({
      imageFolder: z.string(),
      fileColumn: z.string(),
      targetColumns: z.array(z.string()),
      decimalMark: z.enum(['.', ',']),
      allowMissing: z.boolean(),
      as: z.enum(['images', 'texts']),
      textColumn: z.string(),
    })
    .partial()
    .default({}),
  strict: z.boolean(),
});

/**
 * Begins a run, in the place of one before it: whose checkpoints go only when nothing can go on from them any more.
 *
 * @throws {GraftError} `file-write`.
 */
export async function beginRun(run: string, { dir, recipe, csv, strict }: RunStart): Promise<void> {
  await endRun(run);
  const shown = shownRecipe(recipe);
  const start = {
    dir: resolve(dir),
    recipe: withAbsolutePaths(shown),
    given: pickPaths(shown),
    csv,
    strict,
  };
  const document = { ...start, sha256: computeHash(start) };
  await writeWhole(join(run, RUN_START), `${JSON.stringify(document, undefined, 2)}\n`);
}

/**
 * What an unfinished run was told.
 *
 * @throws {GraftError} `checkpoint`, if there is no such run, or it has ended.
 */
export async function readRunStart(run: string): Promise<RunStart> {
  const where = `run folder "${run}"`;
  const text = await readFile(join(run, RUN_START), 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new GraftError('checkpoint', {
      where,
      expected: 'a run that was begun and has not ended',
      received: `a folder without ${RUN_START}`,
      advice: 'A run that has ended is begun again with graft train DIR --recipe RUN/recipe.json.',
    });
  }
  try {
    const { sha256, ...content } = JSON.parse(text) as { readonly sha256?: unknown };
    // Earlier versions wrote none.
    if (sha256 !== undefined && sha256 !== computeHash(content)) throw new Error('another checksum');
    const { dir, recipe, given, csv, strict } = schema.parse(content);
    return {
      dir,
      recipe: recipe as RecipeRequest,
      given: given as Partial<RecipePaths>,
      csv: csv as CsvOptions,
      strict,
    };
  } catch (cause) {
    throw new GraftError(
      'checkpoint',
      {
        where,
        expected: `a ${RUN_START} that can be read`,
        received: 'one that is damaged, or was changed by hand',
        advice: 'Begin the run again.',
      },
      { cause },
    );
  }
}

/**
 * Removes what is needed only to go on. The run has ended as soon as it cannot be gone on with; what a kill leaves after
 * that goes when the folder is touched next.
 *
 * @throws {GraftError} `file-write`, if it cannot be ended.
 */
export async function endRun(run: string): Promise<void> {
  const file = join(run, RUN_START);
  await removeOwnFile(file, isRunStart).catch((cause: unknown) => {
    throw writeError(file, cause);
  });
  await removeCheckpoints(run);
}

/** Of what the document says, however it is spaced. */
function computeHash(content: object): string {
  return createHash('sha256')
    .update(`graft run\n${JSON.stringify(content)}`)
    .digest('hex');
}
