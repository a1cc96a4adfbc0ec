/** @file The recipe as a form: one field for each row of its table, and what a person chose as flags of the command line or as a recipe. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { ALL_FIELDS, DEFAULT_RECIPE, type RecipeInput, type RecipeKey } from '../../recipe/recipe.ts';
import type { RecipeField } from '../../recipe/recipe-fields.ts';
import { pretrainedConfigs } from '../../vision/pretrained/pretrained-configs.ts';
import type { FormField } from '../engine/run-state.ts';
import type { RecipeChoice } from '../engine/training-state.ts';

/** A page names no file: these may be one, or do not belong to images of class folders. */
const LEFT_OUT: readonly RecipeKey[] = ['weights', 'task', 'loss'];

/** Networks that can be chosen; with one, nobody is asked. */
export type Networks = readonly string[];

/** Fields for images, with what stands in the place of nothing. */
export function recipeForm(networks: Networks): readonly FormField[] {
  return shownFields(networks).map(([key, field]) => ({
    key,
    label: labelOf(key),
    group: field.group,
    flag: field.flag.split(' ')[0]!,
    description: field.description,
    otherwise: field.otherwise ?? defaultText(field),
    choices: choicesOf(key, field, networks),
    isNumber: field.value.range !== undefined,
  }));
}

/**
 * What was chosen, as the command line has it.
 *
 * @throws {GraftError} `argument`, if there is no such field, or it does not take the value.
 */
export function createFlags(choice: RecipeChoice, networks: Networks): string[] {
  return chosenFields(choice, networks).map(({ field, text }) => `${field.flag.split(' ')[0]!}=${text}`);
}

/** What was chosen, as a recipe has it. @throws {GraftError} As {@link createFlags}. */
export function chosenRecipe(choice: RecipeChoice, networks: Networks): RecipeInput {
  return Object.fromEntries(
    chosenFields(choice, networks).map(({ key, field, text }) => [key, field.value.parse(text)]),
  );
}

interface ChosenField {
  readonly key: string;
  readonly field: RecipeField;
  readonly text: string;
}

function chosenFields(choice: RecipeChoice, networks: Networks): ChosenField[] {
  const fields = new Map<string, RecipeField>(shownFields(networks));
  return Object.entries(choice).flatMap(([key, given]) => {
    const text = given.trim();
    if (text === '') return [];
    const field = fields.get(key);
    if (field === undefined) throw refusal('recipe', 'a field for images that is no path', `"${key}"`);
    const choices = choicesOf(key as RecipeKey, field, networks);
    if (choices !== null && !choices.includes(text)) {
      throw refusal(labelOf(key), `one of ${choices.join(', ')}`, `"${text}"`);
    }
    const value = field.value.parse(text);
    if (field.value.takesText && typeof value !== 'number') {
      throw refusal(labelOf(key), 'a number between 0 and 1', `"${text}"`);
    }
    return [{ key, field, text }];
  });
}

/**
 * What {@link createFlags} takes for a recipe as a model file has it: what differs from the defaults.
 *
 * @returns Null, if something that differs is no field of the form: a file of weights.
 */
export function choiceOf(recipe: object, networks: Networks): RecipeChoice | null {
  const given = recipe as Readonly<Record<string, unknown>>;
  const shown = new Set<string>(shownFields(networks).map(([key]) => key));
  const choice: Record<string, string> = {};
  for (const [key, field] of changedFields(given)) {
    if (!shown.has(key)) return null;
    choice[key] = field.value.format(given[key]);
  }
  try {
    createFlags(choice, networks);
    return choice;
  } catch {
    return null;
  }
}

/** Fields of a recipe that are not as by default, or not as by the network. */
export function changedFields(
  given: Readonly<Record<string, unknown>>,
): readonly (readonly [RecipeKey, RecipeField])[] {
  const network = pretrainedConfigs.find(({ id }) => id === given['backbone']);
  const usual: Readonly<Record<string, unknown>> = {
    ...DEFAULT_RECIPE,
    sizePx: network?.defaultSizePx,
    cut: network?.defaultCut,
  };
  return [...ALL_FIELDS].filter(
    ([key, field]) =>
      (field.default !== undefined || key === 'sizePx' || key === 'cut') &&
      given[key] !== undefined &&
      JSON.stringify(given[key]) !== JSON.stringify(usual[key]),
  );
}

/** A command for people, with quotes where a shell needs them. */
export function commandText(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

function shownFields(networks: Networks): (readonly [RecipeKey, RecipeField])[] {
  const leftOut: readonly RecipeKey[] = networks.length > 1 ? LEFT_OUT : [...LEFT_OUT, 'backbone'];
  return [...ALL_FIELDS].filter(([key, { of }]) => of !== 'texts' && !leftOut.includes(key));
}

function choicesOf(key: RecipeKey, { value }: RecipeField, networks: Networks): readonly string[] | null {
  if (key === 'backbone') return networks;
  return value.choices ?? null;
}

function defaultText({ value, default: given }: RecipeField): string {
  if (given === undefined || given === null) return 'none';
  const text = value.format(given);
  return text === '' ? 'none' : text;
}

/** `weightDecay` is read `Weight decay`. */
function labelOf(key: string): string {
  const words = key.replace(/Px$/, '').replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function refusal(where: string, expected: string, received: string): GraftError {
  return new GraftError('argument', { where, expected, received, advice: 'Correct it, or leave it empty.' });
}
