/** @file Recipes as files: the ones that come with Graft, and a person's own. */

import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closest } from 'fastest-levenshtein';
import { GraftError } from '../../core/errors/graft-error.ts';
import { type RecipeRequest, withDefaults } from '../../recipe/recipe.ts';
import { readRecipeFile } from '../../recipe/recipe-input.ts';

const FOLDER = fileURLToPath(new URL('../../../recipes', import.meta.url));
const ENDING = '.json';
/** Former names, which are still found. */
const ALIASES: Readonly<Record<string, string>> = { 'book-mobilenet': 'mobilenet-block15' };

/** Recipes that `--preset` names, from the quickest to the most accurate; docs/recipe.md has what they reach. */
export const PRESETS = ['fast', 'balanced', 'best'] as const;

/** A recipe that comes along with Graft. */
export interface NamedRecipe {
  readonly name: string;
  readonly description: string;
  /** Where the file lies, to copy and change it. */
  readonly file: string;
  readonly recipe: RecipeRequest;
}

/** The recipes that come with Graft, by name. */
export async function listRecipes(): Promise<NamedRecipe[]> {
  const names = (await readdir(FOLDER)).filter((file) => file.endsWith(ENDING)).toSorted();
  return Promise.all(names.map((file) => readRecipe(join(FOLDER, file))));
}

/**
 * Finds a recipe by its name, or reads a recipe file, such as a run's `recipe.json`.
 *
 * @throws {GraftError} `file-not-found`, if there is neither; `argument`, if the file is no recipe: an unknown key is
 *   named, with the nearest that is known.
 */
export async function findRecipe(nameOrFile: string): Promise<NamedRecipe> {
  if (/[/\\.]/.test(nameOrFile)) return readRecipe(nameOrFile);
  const names = (await readdir(FOLDER)).map((file) => basename(file, ENDING));
  const name = Object.hasOwn(ALIASES, nameOrFile) ? ALIASES[nameOrFile]! : nameOrFile;
  if (names.includes(name)) return readRecipe(join(FOLDER, `${name}${ENDING}`));
  throw new GraftError('argument', {
    where: 'recipe',
    expected: `a name among ${names
      .toSorted()
      .map((name) => `"${name}"`)
      .join(', ')}, or a file`,
    received: `"${nameOrFile}"`,
    advice: `Did you mean "${closest(nameOrFile, names)}"?`,
  });
}

async function readRecipe(file: string): Promise<NamedRecipe> {
  const where = `recipe "${file}"`;
  const json = parseJson(where, await readText(where, file));
  const said = readRecipeFile(json, {
    where,
    advice: 'Correct the file; graft recipes shows where examples lie.',
  });
  const { description = '' } = said;
  return { name: basename(file, ENDING), description, file, recipe: withDefaults(said) };
}

async function readText(where: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const received = missing ? 'no such file' : (cause as Error).message;
    const advice = 'Check the path; graft recipes lists the names.';
    throw new GraftError('file-not-found', { where, expected: 'a recipe file', received, advice }, { cause });
  }
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GraftError(
      'argument',
      { where, expected: 'JSON', received: (cause as Error).message, advice: 'Correct the file.' },
      { cause },
    );
  }
}
