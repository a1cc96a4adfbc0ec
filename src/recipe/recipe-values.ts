/** @file Kinds of values that a recipe's fields take: how each is checked, read from a line of text, and written as one. */

import { closest } from 'fastest-levenshtein';
import * as z from 'zod';
import { GraftError } from '../core/errors/graft-error.ts';
import { isInRange, type NumberRange, rangeText } from '../core/errors/number-range.ts';

/** @typeParam T - What a recipe holds. @typeParam Written - What programs and files may give for it. */
export interface RecipeValue<T, Written = T> {
  /** Of files and programs: what is written in short is taken too. */
  readonly schema: z.ZodType<T, Written>;
  /** What may be given, in words: `a whole number from 1 to 16,384`. */
  readonly expected: string;
  /** Reads the short form, as the command line has it. @throws {GraftError} `argument`. */
  parse(text: string): T;
  /** Writes the short form. */
  format(value: T): string;
  /** Of numbers. */
  readonly range?: NumberRange | undefined;
  /** Whether a file may give the short form in the place of the structure. */
  readonly hasShortForm?: boolean | undefined;
  /** Whether a text may stand in the place of a number. */
  readonly takesText?: boolean | undefined;
  /** Of a few words. */
  readonly choices?: readonly string[] | undefined;
  /** Former words, with those that have taken their place. */
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  /** Whether commas are part of its short form. */
  readonly hasCommas?: boolean | undefined;
  /** Whether it is a list that grows with each line of text. */
  readonly repeats?: boolean | undefined;
  /** What stands for null in a line of text. */
  readonly none?: '0' | 'none' | undefined;
}

/** Made when it is first used: a command starts sooner, and most commands read no recipe. */
export function lazySchema<T, Written = T>(make: () => z.ZodType): z.ZodType<T, Written> {
  return z.lazy(make) as unknown as z.ZodType<T, Written>;
}

/** A schema for numbers of a range; what it refuses is told in words. */
function numberIn(range: NumberRange): z.ZodType<number, number> {
  return lazySchema<number>(() =>
    z.number().refine((value) => isInRange(range, value), {
      error: ({ input }) => `expected ${rangeText(range)}, received ${input}`,
    }),
  );
}

export function number(range: NumberRange): RecipeValue<number> {
  return {
    schema: numberIn(range),
    // Worked out where it is read: to write numbers as people do takes longer than all else that is done before a run.
    get expected() {
      return rangeText(range);
    },
    range,
    parse(text) {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      if (isInRange(range, value)) return value;
      throw refusal(text, rangeText(range));
    },
    format: String,
  };
}

/** One of a few words. @param aliases - Former words, with those that have taken their place. */
export function choice<Name extends string>(
  names: readonly Name[],
  aliases: Readonly<Record<string, Name>> = {},
): RecipeValue<Name> {
  const current = (given: unknown): unknown =>
    typeof given === 'string' && Object.hasOwn(aliases, given) ? aliases[given] : given;
  return {
    schema: lazySchema<Name>(() => z.preprocess(current, z.enum(names))),
    expected: names.map((name) => `\`${name}\``).join(', '),
    choices: names,
    aliases,
    parse(text) {
      const name = names.find((each) => each === current(text));
      if (name !== undefined) return name;
      throw refusal(text, `one of ${names.join(', ')}`, `Did you mean "${closest(text, [...names])}"?`);
    },
    format: String,
  };
}

/** Any text. @param expected - What it means: `a layer`. */
export function text(expected: string): RecipeValue<string> {
  return { schema: lazySchema<string>(() => z.string()), expected, parse: (given) => given, format: String };
}

/** Words with commas between. */
export function words(expected: string): RecipeValue<readonly string[], readonly string[] | string> {
  const list = structured<readonly string[]>({
    expected,
    schema: z.array(z.string()).readonly(),
    parse: (given) => given.split(',').map((word) => word.trim()),
    format: (value) => value.join(','),
  });
  return { ...list, hasCommas: true };
}

/** A number of a range, or the path of a folder or file. */
export function numberOrPath(range: NumberRange, expected: string): RecipeValue<number | string> {
  return {
    schema: lazySchema<number | string>(() => z.union([numberIn(range), z.string()])),
    expected,
    range,
    takesText: true,
    parse(given) {
      const value = given.trim() === '' ? Number.NaN : Number(given);
      if (Number.isNaN(value)) return given;
      if (isInRange(range, value)) return value;
      throw refusal(given, `${rangeText(range)}, or a path`);
    },
    format: String,
  };
}

export interface StructuredOptions<T> {
  readonly expected: string;
  /** Of the structure. */
  readonly schema: z.ZodType<T>;
  readonly parse: (text: string) => T;
  readonly format: (value: T) => string;
  /** What the schema does not tell. @throws {GraftError} `argument`. */
  readonly check?: (value: T) => void;
}

/** Data with a structure, which has a short form. */
export function structured<T>({
  expected,
  schema,
  parse,
  format,
  check,
}: StructuredOptions<T>): RecipeValue<T, T | string> {
  const read = (given: unknown, context: z.RefinementCtx): unknown =>
    typeof given === 'string' ? attempt(context, () => parse(given)) : given;
  return {
    schema: lazySchema<T, T | string>(() =>
      z.preprocess(
        read,
        schema.superRefine((value, context) => {
          if (check !== undefined) attempt(context, () => check(value));
        }),
      ),
    ),
    expected,
    hasShortForm: true,
    parse,
    format,
  };
}

/** The same, or null. @param none - What stands for null in a line of text. */
export function orNull<T, Written>(
  value: RecipeValue<T, Written>,
  none?: '0' | 'none',
): RecipeValue<T | null, Written | null> {
  const orNone = (given: unknown): unknown => (given === none ? null : given);
  const { range, hasShortForm, takesText, choices, aliases, hasCommas, repeats } = value;
  return {
    ...{ range, hasShortForm, takesText, choices, aliases, hasCommas, repeats },
    // As of numbers: to copy it would be to work it out.
    get expected() {
      return value.expected;
    },
    schema: lazySchema<T | null, Written | null>(() =>
      none === 'none' ? z.preprocess(orNone, value.schema.nullable()) : value.schema.nullable(),
    ),
    none,
    parse: (given) => (none !== undefined && given.trim() === none ? null : value.parse(given)),
    format: (given) => (given === null ? (none ?? 'null') : value.format(given)),
  };
}

/** The error that made an issue of a schema, if it was one of our own. */
export function findCause(issue: z.core.$ZodIssue | undefined): GraftError | undefined {
  const cause: unknown = issue?.code === 'custom' ? issue.params?.['cause'] : undefined;
  return cause instanceof GraftError ? cause : undefined;
}

/** An error of our own becomes an issue, so that whoever reads a whole file can say which file it is. */
function attempt<T>(context: z.RefinementCtx, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof GraftError)) throw cause;
    const { expected, received } = cause.parts;
    context.addIssue({
      code: 'custom',
      message: `expected ${expected}, received ${received}`,
      params: { cause },
    });
    return z.NEVER;
  }
}

function refusal(
  given: string,
  expected: string,
  advice = 'Correct it, or leave it out for the default.',
): GraftError {
  return new GraftError('argument', { where: 'recipe', expected, received: `"${given}"`, advice });
}
