/** @file A recipe: everything that a training run is asked for, as data. Its types and schemas come from the table of its fields. */

import * as z from 'zod';
import { shownAddress } from '../core/weights/address.ts';
import { formatPhase, parsePhase } from './phase-text.ts';
import { RECIPE_FIELDS, type RecipeField } from './recipe-fields.ts';
import { type PhaseChange, type PhaseChangeInput, phaseSchema } from './recipe-phases.ts';
import { lazySchema, type RecipeValue } from './recipe-values.ts';

export { OPTIMIZER_NAMES } from '../core/optimizers/optimizers.ts';
export type { PhaseChange } from './recipe-phases.ts';

/** The one field that is made of others. */
const PHASES = {
  value: {
    schema: z.array(phaseSchema),
    expected: 'what each further phase changes, from the best weights so far',
    parse: (text) => [parsePhase(text)],
    format: (phases) => phases.map(formatPhase).join(' '),
    repeats: true,
  } as RecipeValue<readonly PhaseChange[], readonly PhaseChangeInput[]>,
  default: [] as readonly PhaseChange[],
  before: [] as readonly PhaseChange[],
  group: 'Training',
  flag: '--then <phase>',
  description:
    'another phase after this one, e.g. unfreeze=mixed6,lr=1e-5,epochs=10; may be given several times',
};

type Fields = typeof RECIPE_FIELDS & { readonly phases: typeof PHASES };

/** Every field by its name in a recipe, in the order in which files and the help have them. */
export const ALL_FIELDS: ReadonlyMap<RecipeKey, RecipeField> = new Map(
  Object.entries<RecipeField>({ ...RECIPE_FIELDS, phases: PHASES }),
) as ReadonlyMap<RecipeKey, RecipeField>;

export type RecipeKey = keyof Fields;

type Values = { readonly [K in RecipeKey]: z.output<Fields[K]['value']['schema']> };
/** Fields that recipes for one kind of examples have alone. */
type FieldsOf<M> = { [K in RecipeKey]: Fields[K] extends { readonly of: M } ? K : never }[RecipeKey];
type Particular = FieldsOf<'images'> | FieldsOf<'texts'>;

/** A complete recipe; docs/recipe.md tells of each field. */
export type Recipe = Omit<Values, Particular> & { readonly [K in Particular]?: Values[K] | undefined };
/** A complete recipe for images. */
export type ImageRecipe = Recipe & Pick<Values, FieldsOf<'images'>>;
/** A complete recipe for texts. */
export type TextRecipe = Recipe & Pick<Values, FieldsOf<'texts'>>;

type Open = 'cut' | 'task' | Particular;

/** A recipe whose cut and size may be left to the backbone's pretrained config, and its task to the data. */
export type RecipeRequest = Omit<Recipe, Open> & { readonly [K in Open]?: Recipe[K] | undefined };

/** A recipe as people write it: what is missing has its default, and structured values may be written in short. */
export type RecipeInput = { readonly [K in RecipeKey]?: z.input<Fields[K]['value']['schema']> | undefined };

/** A recipe as files may keep it: without the passwords and signatures of addresses. */
export function shownRecipe<R extends Pick<Recipe, 'backbone' | 'weights'>>(recipe: R): R {
  const { backbone, weights } = recipe;
  return {
    ...recipe,
    backbone: shownAddress(backbone),
    weights: weights === null ? null : shownAddress(weights),
  };
}

/** Schema of a run's recipe, complete, as it stands in `recipe.json` and inside a model file; older ones lack fields. */
export const recipeSchema: z.ZodType<ImageRecipe> = completeSchema('images');

/** The same of a recipe for texts. */
export const textRecipeSchema: z.ZodType<TextRecipe> = completeSchema('texts');

/** Schema of a recipe that a person writes: what is missing is taken from the defaults. */
export const recipeFileSchema: z.ZodType<RecipeFile, RecipeInput & { readonly description?: string }> =
  lazySchema(() =>
    z
      .strictObject({
        $schema: z.string(),
        description: z.string(),
        ...shapeOf([...ALL_FIELDS], ({ value }) => value.schema),
      })
      .partial(),
  );

/** What a recipe file says, with its values as data. `$schema` is for editors, see `recipeJsonSchema`. */
export type RecipeFile = {
  readonly $schema?: string | undefined;
  readonly description?: string | undefined;
} & {
  readonly [K in RecipeKey]?: Values[K] | undefined;
};

/** Names of what a recipe file may say. */
export const RECIPE_KEYS: readonly string[] = ['description', ...ALL_FIELDS.keys()];

/** What is used where nothing is said. */
export const DEFAULT_RECIPE: RecipeRequest = Object.fromEntries(
  [...ALL_FIELDS].flatMap(([key, field]) => (field.default === undefined ? [] : [[key, field.default]])),
) as never;

/** A recipe with the defaults where it says nothing. */
export function withDefaults(said: RecipeFile): RecipeRequest {
  const { $schema: _, description: __, ...fields } = said;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_RECIPE, ...Object.fromEntries(given) };
}

function completeSchema<R>(of: NonNullable<RecipeField['of']>): z.ZodType<R> {
  return lazySchema<R>(() =>
    z.strictObject(
      shapeOf(
        [...ALL_FIELDS].filter(([, field]) => field.of === undefined || field.of === of),
        ({ value, before }) =>
          before === undefined
            ? value.schema
            : z.preprocess((given) => (given === undefined ? before : given), value.schema),
      ),
    ),
  );
}

function shapeOf(
  fields: readonly (readonly [RecipeKey, RecipeField])[],
  schemaOf: (field: RecipeField) => z.ZodType,
): Record<string, z.ZodType> {
  return Object.fromEntries(fields.map(([key, field]) => [key, schemaOf(field)]));
}
