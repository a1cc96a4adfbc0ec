import { expect, it } from 'vitest';
import { ALL_FIELDS } from './recipe.ts';
import { recipeJsonSchema } from './recipe-json-schema.ts';

const schema = recipeJsonSchema() as {
  readonly properties: Readonly<Record<string, { readonly anyOf: readonly object[] }>>;
};

it('has every field of a recipe, with its default and what it may be', () => {
  expect(Object.keys(schema.properties)).toEqual(['$schema', 'description', ...ALL_FIELDS.keys()]);
  expect(schema.properties['labelSmoothing']).toEqual({
    description: 'fraction of the target that goes to the other classes, e.g. 0.1',
    default: 0,
    anyOf: [{ type: 'number', minimum: 0, exclusiveMaximum: 1 }],
  });
  expect(schema.properties['patience']!.anyOf).toEqual([
    { type: 'integer', minimum: 1, maximum: 1_000_000 },
    { type: 'null' },
  ]);
  expect(schema.properties['validation']!.anyOf).toEqual([
    { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
    { type: 'string' },
    { type: 'null' },
  ]);
  expect(schema.properties['task']!.anyOf).toEqual([
    { type: 'string', enum: ['classification', 'multi-label', 'regression'] },
  ]);
});

it('has structured values beside their short forms', () => {
  const [structure, short] = schema.properties['clip']!.anyOf;
  expect(structure).toMatchObject({
    anyOf: [
      {
        type: 'object',
        properties: { type: { enum: ['value', 'norm', 'global'] }, limit: { exclusiveMinimum: 0 } },
        required: ['type', 'limit'],
      },
      { type: 'null' },
    ],
  });
  expect(short).toEqual({ type: 'string', description: 'in short, as --clip <spec> takes it' });
});
