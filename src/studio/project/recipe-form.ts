/** @file The recipe as a form: one field for each row of its table, and what a person chose as flags of the command line or as a recipe. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { ALL_FIELDS, DEFAULT_RECIPE, type RecipeInput, type RecipeKey } from '../../recipe/recipe.ts';
import type { RecipeField } from '../../recipe/recipe-fields.ts';
import { DEFAULT_TEXT_BACKBONE, IMAGE_FIELDS, readTextRecipe } from '../../recipe/text-defaults.ts';
import { DEFAULT_TEXT_VALIDATION } from '../../runs/divide-texts.ts';
import { USE_LITE_MAX_TOKENS } from '../../text/encoders/use-lite.ts';
import { pretrainedConfigs } from '../../vision/pretrained/pretrained-configs.ts';
import type { HeldExamples } from '../engine/project-state.ts';
import type { FormField } from '../engine/run-state.ts';
import type { RecipeChoice } from '../engine/training-state.ts';
import { labelOf } from './field-label.ts';
import { inFieldWords } from './field-words.ts';

/** A page names no file: these may be one, or do not belong to classes. */
const LEFT_OUT: readonly RecipeKey[] = ['weights', 'task', 'loss'];

/** Networks of images that can be chosen; with one, nobody is asked. */
export type Networks = readonly string[];

/** Where the network of texts is cut that comes with Graft. */
const TEXT_CUT = 'pooled_dense';
/** Of drawn images, without being for images alone in a recipe. */
const NOT_OF_TEXTS: readonly string[] = [...IMAGE_FIELDS, 'views'];

/** Fields for images or for texts, with what stands in the place of nothing. */
export function recipeForm(networks: Networks, holds: HeldExamples = 'images'): readonly FormField[] {
  const defaults = holds === 'texts' ? usualOfTexts() : usualOfImages({});
  return shownFields(networks, holds).map(([key, field]) => ({
    key,
    label: labelOf(key),
    group: holds === 'texts' && field.group === 'Images' ? 'Texts' : field.group,
    flag: field.flag.split(' ')[0]!,
    description: inFieldWords(field.description),
    otherwise: inFieldWords(otherwiseOf(key, field, defaults, holds)),
    choices: choicesOf(key, field, networks, holds),
    isNumber: field.value.range !== undefined,
  }));
}

/**
 * What was chosen, as the command line has it.
 *
 * @throws {GraftError} `argument`, if there is no such field, or it does not take the value.
 */
export function createFlags(
  choice: RecipeChoice,
  networks: Networks,
  holds: HeldExamples = 'images',
): string[] {
  return chosenFields(choice, networks, holds).map(
    ({ field, text }) => `${field.flag.split(' ')[0]!}=${text}`,
  );
}

/** What was chosen, as a recipe has it. @throws {GraftError} As {@link createFlags}. */
export function chosenRecipe(
  choice: RecipeChoice,
  networks: Networks,
  holds: HeldExamples = 'images',
): RecipeInput {
  return Object.fromEntries(
    chosenFields(choice, networks, holds).map(({ key, field, text }) => [key, field.value.parse(text)]),
  );
}

interface ChosenField {
  readonly key: string;
  readonly field: RecipeField;
  readonly text: string;
}

function chosenFields(choice: RecipeChoice, networks: Networks, holds: HeldExamples): ChosenField[] {
  const fields = new Map<string, RecipeField>(shownFields(networks, holds));
  return Object.entries(choice).flatMap(([key, given]) => {
    const text = given.trim();
    if (text === '') return [];
    const field = fields.get(key);
    if (field === undefined) throw refusal('recipe', `a field for ${holds} that is no path`, `"${key}"`);
    const choices = choicesOf(key as RecipeKey, field, networks, holds);
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
export function choiceOf(
  recipe: object,
  networks: Networks,
  holds: HeldExamples = 'images',
): RecipeChoice | null {
  const given = recipe as Readonly<Record<string, unknown>>;
  const shown = new Set<string>(shownFields(networks, holds).map(([key]) => key));
  const choice: Record<string, string> = {};
  for (const [key, field] of changedFields(given, holds)) {
    if (!shown.has(key)) return null;
    choice[key] = field.value.format(given[key]);
  }
  try {
    createFlags(choice, networks, holds);
    return choice;
  } catch {
    return null;
  }
}

/** Fields of a recipe that are not as by default, or not as by the network. */
export function changedFields(
  given: Readonly<Record<string, unknown>>,
  holds: HeldExamples = 'images',
): readonly (readonly [RecipeKey, RecipeField])[] {
  const usual = holds === 'texts' ? usualOfTexts() : usualOfImages(given);
  return fieldsOf(holds).filter(
    ([key]) =>
      (key in usual || key === 'epochs') &&
      given[key] !== undefined &&
      JSON.stringify(given[key]) !== JSON.stringify(usual[key]),
  );
}

function usualOfImages(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const network = pretrainedConfigs.find(({ id }) => id === given['backbone']);
  return { ...DEFAULT_RECIPE, sizePx: network?.defaultSizePx, cut: network?.defaultCut };
}

/** Without epochs, which depend on how many texts there are. */
function usualOfTexts(): Readonly<Record<string, unknown>> {
  const { epochs: _, ...usual } = readTextRecipe({});
  const own = { ngrams: null, pooling: null, lora: null, loraFrom: null, loraTargets: null, long: 'head' };
  return { ...own, ...usual, cut: TEXT_CUT, maxTokens: USE_LITE_MAX_TOKENS };
}

/** A command for people, with quotes where a shell needs them. */
export function commandText(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}

function shownFields(networks: Networks, holds: HeldExamples): (readonly [RecipeKey, RecipeField])[] {
  const isAsked = networks.length > 1 || holds === 'texts';
  const leftOut: readonly RecipeKey[] = isAsked ? LEFT_OUT : [...LEFT_OUT, 'backbone'];
  return fieldsOf(holds).filter(([key]) => !leftOut.includes(key));
}

function fieldsOf(holds: HeldExamples): (readonly [RecipeKey, RecipeField])[] {
  const others = holds === 'texts' ? NOT_OF_TEXTS : [];
  return [...ALL_FIELDS].filter(
    ([key, { of }]) => (of === undefined || of === holds) && !others.includes(key),
  );
}

function choicesOf(
  key: RecipeKey,
  { value }: RecipeField,
  networks: Networks,
  holds: HeldExamples,
): readonly string[] | null {
  if (key === 'backbone') return holds === 'texts' ? [DEFAULT_TEXT_BACKBONE] : networks;
  return value.choices ?? null;
}

function otherwiseOf(
  key: RecipeKey,
  field: RecipeField,
  defaults: Readonly<Record<string, unknown>>,
  holds: HeldExamples,
): string {
  if (key === 'validation' && holds === 'texts') return String(DEFAULT_TEXT_VALIDATION);
  return field.otherwise ?? (key in defaults ? defaultText(field, defaults[key]) : 'by how many there are');
}

function defaultText({ value }: RecipeField, given: unknown): string {
  if (given === undefined || given === null) return 'none';
  const text = value.format(given);
  return text === '' ? 'none' : text;
}

function refusal(where: string, expected: string, received: string): GraftError {
  return new GraftError('argument', { where, expected, received, advice: 'Correct it, or leave it empty.' });
}
