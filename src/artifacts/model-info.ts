/** @file What a model file says of itself, in the metadata of its ONNX model. */

import { z } from 'zod';
import { GraftError } from '../errors/graft-error.ts';
import { type Recipe, recipeSchema } from '../training/recipe.ts';

/** Version of this layout. A reader refuses newer ones. */
export const FORMAT_VERSION = 1;

/** Key of the metadata entry that holds the information as JSON. */
export const METADATA_KEY = 'graft';

/** Figures of one set of pictures. */
export interface Figures {
  readonly images: number;
  /** Mean cross-entropy of the right class. */
  readonly loss: number;
  readonly accuracy: number;
  /** 95 % Wilson interval of the accuracy. */
  readonly interval: readonly [number, number];
}

export interface ModelInfo {
  readonly formatVersion: number;
  /** Version of Graft that wrote the file. */
  readonly graftVersion: string;
  /** Names, in the order of the output's columns. */
  readonly classes: readonly string[];
  /** Size of the input; a picture is brought to it by `resize`: squashed, whatever its aspect. */
  readonly input: { readonly widthPx: number; readonly heightPx: number; readonly resize: 'squash' };
  readonly recipe: Recipe;
  readonly backbone: { readonly name: string; readonly source: string; readonly licence: string };
  readonly train: Figures;
  readonly validation: Figures;
  readonly test?: Figures | undefined;
  readonly bestEpoch: number;
  readonly epochs: number;
}

const figuresSchema = z.object({
  images: z.int().nonnegative(),
  loss: z.number(),
  accuracy: z.number(),
  interval: z.tuple([z.number(), z.number()]),
});

const modelInfoSchema: z.ZodType<ModelInfo> = z.object({
  formatVersion: z.int().positive(),
  graftVersion: z.string(),
  classes: z.array(z.string()).min(2),
  input: z.object({
    widthPx: z.int().positive(),
    heightPx: z.int().positive(),
    resize: z.literal('squash'),
  }),
  recipe: recipeSchema,
  backbone: z.object({ name: z.string(), source: z.string(), licence: z.string() }),
  train: figuresSchema,
  validation: figuresSchema,
  test: figuresSchema.optional(),
  bestEpoch: z.int().nonnegative(),
  epochs: z.int().nonnegative(),
});

/** The metadata entries of a model file. */
export function encodeModelInfo(info: ModelInfo): Record<string, string> {
  return { [METADATA_KEY]: JSON.stringify(info) };
}

/**
 * Reads the metadata of a model file.
 *
 * @param where - The file, for messages.
 * @throws {GraftError} `model-file`, if it is not Graft's, from a newer version, or damaged.
 */
export function decodeModelInfo(where: string, metadata: Readonly<Record<string, string>>): ModelInfo {
  const text = metadata[METADATA_KEY];
  if (text === undefined) {
    throw modelFileError(
      where,
      "a model that Graft trained (metadata entry 'graft')",
      'an ONNX file without it',
      'Give the model.onnx of a run folder.',
    );
  }
  const json = parseJson(where, text);
  const version = z.object({ formatVersion: z.int() }).safeParse(json);
  if (version.success && version.data.formatVersion > FORMAT_VERSION) {
    throw modelFileError(
      where,
      `a model file of format ${FORMAT_VERSION} or older`,
      `format ${version.data.formatVersion}`,
      'It was written by a newer version of Graft: update Graft.',
    );
  }
  const parsed = modelInfoSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw modelFileError(
      where,
      'complete metadata',
      `"${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'damaged'}`,
      'The file was changed after it was written: train again, or use another copy.',
    );
  }
  return parsed.data;
}

export function modelFileError(
  where: string,
  expected: string,
  received: string,
  advice: string,
  cause?: unknown,
): GraftError {
  return new GraftError('model-file', { where: `model "${where}"`, expected, received, advice }, { cause });
}

function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw modelFileError(
      where,
      'metadata in JSON',
      'text that is not JSON',
      'The file was changed after it was written: train again, or use another copy.',
      cause,
    );
  }
}
