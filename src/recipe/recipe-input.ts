/** @file A recipe as people write it, checked and made data: from programs and from files. */

import { closest } from 'fastest-levenshtein';
import type * as z from 'zod';
import { GraftError } from '../core/errors/graft-error.ts';
import {
  RECIPE_KEYS,
  type RecipeFile,
  type RecipeInput,
  type RecipeRequest,
  recipeFileSchema,
  withDefaults,
} from './recipe.ts';
import { type Complaint, requireRecipeNumbers } from './recipe-numbers.ts';
import { PHASE_FIELDS } from './recipe-phases.ts';
import { findCause } from './recipe-values.ts';

/**
 * What a program asks for, with structured values in the place of short forms, and defaults for what is not said.
 *
 * @throws {GraftError} `argument`, if a value is none of its kind.
 */
export function readRecipe(input: RecipeInput): RecipeRequest {
  return withDefaults(readRecipeFile(input));
}

/**
 * The same of the content of a file, without defaults.
 *
 * @throws {GraftError} `argument`: an unknown key is named, with the nearest that is known.
 */
export function readRecipeFile(json: unknown, complaint: Complaint = {}): RecipeFile {
  const parsed = recipeFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw misfit(json, parsed.error.issues, complaint);
}

/** The first thing that is wrong. */
function misfit(json: unknown, issues: readonly z.core.$ZodIssue[], complaint: Complaint): GraftError {
  const { where = 'recipe' } = complaint;
  const issue = issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known =
      issue.path.length === 0 ? [...RECIPE_KEYS] : [...PHASE_FIELDS.values()].map((phase) => phase.key);
    return new GraftError('argument', {
      where,
      expected: `keys among ${known.join(', ')}${issue.path.length === 0 ? '' : ` in "${issue.path.join('.')}"`}`,
      received: `"${key}"`,
      // Perhaps as the command line has it.
      advice: `Did you mean "${(issue.path.length > 0 && PHASE_FIELDS.get(key)?.key) || closest(key, known)}"?`,
    });
  }
  requireRecipeNumbers(Object(json), complaint);
  return (
    findCause(issue) ??
    new GraftError('argument', {
      where,
      expected: 'a recipe',
      received: `"${issue.path.map(String).join('.')}": ${issue.message}`,
      advice: complaint.advice ?? 'Correct it, or leave it out for the default.',
    })
  );
}
