/** @file A recipe file's JSON Schema, by which editors complete and check it. */

import * as z from 'zod';
import type { NumberRange } from '../core/errors/number-range.ts';
import { ALL_FIELDS } from './recipe.ts';
import type { RecipeField } from './recipe-fields.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** Draft 2020-12. What a schema cannot say, such as whether a head's layers are in order, `graft train` tells. */
export function recipeJsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Graft recipe',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      description: { type: 'string' },
      ...Object.fromEntries([...ALL_FIELDS].map(([key, field]) => [key, fieldSchema(field)])),
    },
  };
}

function fieldSchema(field: RecipeField): JsonSchema {
  const { description, value, default: given } = field;
  return {
    description: field.otherwise === undefined ? description : `${description} (default: ${field.otherwise})`,
    ...(given === undefined ? {} : { default: given }),
    anyOf: [
      ...(value.range === undefined ? [structureOf(field)] : numberSchemas(field, value.range)),
      ...(value.hasShortForm ? [{ type: 'string', description: `in short, as ${field.flag} takes it` }] : []),
    ],
  };
}

function structureOf({ value }: RecipeField): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(value.schema, { io: 'input', unrepresentable: 'any' });
  return schema;
}

function numberSchemas({ value }: RecipeField, range: NumberRange): readonly JsonSchema[] {
  const { isWhole, min, max, isAboveMin, isBelowMax } = range;
  const number = {
    type: isWhole ? 'integer' : 'number',
    [isAboveMin ? 'exclusiveMinimum' : 'minimum']: min,
    [isBelowMax ? 'exclusiveMaximum' : 'maximum']: max,
  };
  const others: readonly (JsonSchema | undefined)[] = [
    value.takesText ? { type: 'string' } : undefined,
    isNullable(value) ? { type: 'null' } : undefined,
  ];
  return [number, ...others.filter((each) => each !== undefined)];
}

function isNullable({ schema }: RecipeField['value']): boolean {
  return schema.safeParse(null).success;
}
