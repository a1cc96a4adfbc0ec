/** @file Further phases of a training as data: what each does differently from the one before it. */

import * as z from 'zod';
import { RECIPE_FIELDS, type RecipeField } from './recipe-fields.ts';
import { lazySchema } from './recipe-values.ts';

type Fields = typeof RECIPE_FIELDS;

/** The fields that a phase may change. */
export type PhaseField = {
  [K in keyof Fields]: Fields[K] extends { readonly phaseKey: string } ? K : never;
}[keyof Fields];

/** What another phase does differently from the one before it. */
export type PhaseChange = {
  readonly [K in PhaseField]?: z.output<Fields[K]['value']['schema']> | undefined;
};

/** A phase as programs and files may write it, with short forms. */
export type PhaseChangeInput = {
  readonly [K in PhaseField]?: z.input<Fields[K]['value']['schema']> | undefined;
};

/** By the short names that a command line has: `lr`. */
export const PHASE_FIELDS: ReadonlyMap<string, { readonly key: PhaseField; readonly field: RecipeField }> =
  new Map(
    Object.entries<RecipeField>(RECIPE_FIELDS).flatMap(([key, field]) =>
      field.phaseKey === undefined ? [] : [[field.phaseKey, { key: key as PhaseField, field }]],
    ),
  );

/** Schema of a further phase. */
export const phaseSchema: z.ZodType<PhaseChange, PhaseChangeInput> = lazySchema(() =>
  z
    .strictObject(
      Object.fromEntries([...PHASE_FIELDS.values()].map(({ key, field }) => [key, field.value.schema])),
    )
    .partial(),
);
