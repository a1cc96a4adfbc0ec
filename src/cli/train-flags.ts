/** @file The flags of `graft train` that say what is trained and how: one for each field of a recipe, from its table. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { GraftError } from '../core/errors/graft-error.ts';
import { findRecipe, PRESETS } from '../node/recipe/recipe-file.ts';
import { ALL_FIELDS, DEFAULT_RECIPE, type RecipeFile, type RecipeRequest } from '../recipe/recipe.ts';
import type { RecipeField } from '../recipe/recipe-fields.ts';
import { readRecipeFile } from '../recipe/recipe-input.ts';
import type { RecipeValue } from '../recipe/recipe-values.ts';
import { createNumberReader, folderOrFraction } from './arguments.ts';

export interface RecipeFlags {
  readonly recipe?: string;
  readonly preset?: (typeof PRESETS)[number];
  readonly validation?: number | string;
}

/** Adds the flags to a command. */
export function addRecipeFlags(command: Command): Command {
  command.option('--recipe <name|file>', 'take what is not said here from a recipe, see graft recipes');
  command.addOption(
    new Option(
      '--preset <name>',
      'a recipe for images that measurements chose: the quickest, the usual one, or the most accurate',
    ).choices(PRESETS),
  );
  for (const field of ALL_FIELDS.values()) {
    command.optionsGroup(`${field.group}:`);
    command.addOption(optionOf(field, field.flag));
    const [, placeholder = ''] = field.flag.split(' ');
    for (const name of field.hiddenFlags ?? []) {
      command.addOption(optionOf(field, `${name} ${placeholder}`).hideHelp());
    }
    if (field.offFlag !== undefined) command.addOption(new Option(field.offFlag).hideHelp());
  }
  return command;
}

/**
 * The recipe that is named, with what the flags say in its place; without defaults, which depend on what the examples are.
 *
 * @param tell - Hears what a preset stands for, as flags.
 * @throws {GraftError} `argument`, if both a preset and a recipe are named; as `findRecipe` and `readRecipeFile`.
 */
export async function readSaidRecipe(
  flags: RecipeFlags,
  tell: (text: string) => void = () => {},
): Promise<RecipeFile> {
  const { preset, recipe: named = preset } = flags;
  if (preset !== undefined && named !== preset) {
    throw new GraftError('argument', {
      where: 'recipe',
      expected: 'one of --preset and --recipe',
      received: 'both',
      advice: 'Leave one of them out.',
    });
  }
  const found = named === undefined ? undefined : (await findRecipe(named)).recipe;
  // A preset leaves what it does not say to the kind of the examples.
  const base = found && preset !== undefined ? changesOf(found) : found;
  if (preset !== undefined) tell(`preset ${preset} is ${flagsOf(base!)}`);
  const given = flags as Readonly<Record<string, unknown>>;
  const said = Object.fromEntries(
    [...ALL_FIELDS].flatMap(([key, { flag, hiddenFlags = [], value }]) => {
      const name = [flag, ...hiddenFlags].map(attributeOf).find((each) => given[each] !== undefined);
      if (name === undefined) return [];
      const isNone = given[name] === false || (given[name] === 0 && value.none === '0');
      return [[key, isNone ? null : given[name]]];
    }),
  );
  return readRecipeFile({ ...base, ...said });
}

/** What of a recipe is no default. */
function changesOf(recipe: RecipeRequest): RecipeFile {
  const isChange = ([key, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(DEFAULT_RECIPE[key as keyof RecipeRequest]);
  return Object.fromEntries(Object.entries(recipe).filter(isChange));
}

/** As a person writes it. */
function flagsOf(recipe: RecipeFile): string {
  return [...ALL_FIELDS]
    .flatMap(([key, { flag, value }]) => {
      const own = recipe[key];
      return own === undefined ? [] : `${flag.split(' ')[0]} ${value.format(own)}`;
    })
    .join(' ');
}

function optionOf(field: RecipeField, flags: string): Option {
  const { value, description } = field;
  const taken = field.otherwise ?? defaultText(field);
  const option = new Option(flags, taken === undefined ? description : `${description} (default: ${taken})`);
  if (value.choices !== undefined) option.choices(value.choices);
  return option.argParser(readerOf(value));
}

/** What is printed of a default, where it says something. */
function defaultText({ value, default: given }: RecipeField): string | undefined {
  if (given === undefined || given === null) return undefined;
  const text = value.format(given);
  return text === '' ? undefined : text;
}

/** Reads what commander can refuse by itself; all else, the recipe does. What stands for null, commander must not see as null. */
function readerOf(value: RecipeValue<unknown, unknown>): (text: string, before: unknown) => unknown {
  const { range, choices, none } = value;
  if (value.takesText) return folderOrFraction;
  if (range !== undefined) return createNumberReader(range, none === '0' ? 'or 0' : undefined);
  if (choices !== undefined) {
    return (text) => {
      const current = value.aliases?.[text] ?? text;
      if (choices.includes(current)) return current;
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    };
  }
  if (!value.repeats) return (text) => text;
  return (text, before = []) => [
    ...(before as readonly unknown[]),
    ...(value.parse(text) as readonly unknown[]),
  ];
}

/** `--weight-decay <x>` is `weightDecay` among commander's options. */
function attributeOf(flag: string): string {
  return new Option(flag).attributeName();
}
