/** @file What a model file says of itself, in the metadata of its ONNX model. */

import * as z from 'zod';
import { GraftError } from '../core/errors/graft-error.ts';
import { type ImageRecipe, recipeSchema, type TextRecipe, textRecipeSchema } from '../recipe/recipe.ts';
import { multiLabel } from '../recipe/tasks/multi-label.ts';
import { regression } from '../recipe/tasks/regression.ts';
import type { ConfidenceFacts } from '../runs/confidence/confidence.ts';
import { LONG_TEXTS, type LongText } from '../text/modality/long-texts.ts';
import { RESIZE_MODES, type ResizeMode } from '../vision/images/resize-mode.ts';
import { confidenceSchema } from './confidence-schema.ts';
import {
  classificationReportSchema,
  multiLabelReportSchema,
  regressionReportSchema,
  type StoredClassificationReport,
  type StoredMultiLabelReport,
  type StoredRegressionReport,
} from './report-schema.ts';

/**
 * Version of this layout. A reader refuses newer ones. Up to 1, a recipe's values were texts, and some keys had other names, see
 * {@link withFormerKeys}; up to 2, there was no `confidence`, no second output and no temperature; all are read.
 */
export const FORMAT_VERSION = 3;

/** Key of the metadata entry that holds the information as JSON. */
export const METADATA_KEY = 'graft';

/** What every model file says. */
interface FileFacts {
  readonly formatVersion: number;
  /** Version of Graft that wrote the file. */
  readonly graftVersion: string;
  /** Names of classes, labels or values, in the order of the output's columns. */
  readonly classNames: readonly string[];
  /** Size of the input, and what becomes of images of another aspect. */
  readonly input: {
    readonly widthPx: number;
    readonly heightPx: number;
    readonly resize: ResizeMode;
    /** How; see `decodeImage`. Not in older files, whose networks saw enlarged images half a pixel off. */
    readonly interpolation?: 'bilinear' | undefined;
  };
}

/** Of a model that a recipe made: how, and how good it is. */
interface RecipeFacts<F> extends FileFacts {
  readonly recipe: ImageRecipe;
  readonly backbone: { readonly name: string; readonly source: string; readonly license: string };
  readonly train: F;
  readonly validation: F;
  readonly test?: F | undefined;
  readonly bestEpoch: number;
  readonly epochs: number;
  /** How sure it is: temperature, unknown examples, prediction sets, thresholds. Older files have none. */
  readonly confidence?: ConfidenceFacts | undefined;
}

/** Of a model that tells classes apart. */
export interface TrainedModelInfo extends RecipeFacts<StoredClassificationReport> {
  readonly task?: undefined;
}

/** Of a model that gives an image any number of labels. */
export interface MultiLabelModelInfo extends RecipeFacts<StoredMultiLabelReport> {
  readonly task: typeof multiLabel.name;
  /** Probability above which an image has a label. */
  readonly threshold: number;
}

/** Of a regression. */
export interface RegressionModelInfo extends RecipeFacts<StoredRegressionReport> {
  readonly task: typeof regression.name;
}

export type RecipeModelInfo = TrainedModelInfo | MultiLabelModelInfo | RegressionModelInfo;

/** Of a model that a program built and saved, to tell classes apart: nothing of how it was trained. */
export interface SavedModelInfo extends FileFacts {
  readonly task?: undefined;
  readonly recipe?: undefined;
}

/** What the file of a model of images says of itself, in its metadata entry `graft`. */
export type ModelInfo = RecipeModelInfo | SavedModelInfo;

/** What the file of a model of texts says of itself, in the same entry. */
export type TextModelInfo = TextFactsOf<TrainedModelInfo | MultiLabelModelInfo | RegressionModelInfo>;

/** What any model file says of itself. */
export type AnyModelInfo = ModelInfo | TextModelInfo;

/** Whether a file says that it is of texts. */
export function isTextInfo(info: AnyModelInfo): info is TextModelInfo {
  return 'modality' in info;
}

type TextFactsOf<I> = I extends unknown
  ? Omit<I, 'input' | 'recipe'> & {
      readonly modality: 'text';
      /** How a text becomes the ids of the input, padded with -1. */
      readonly input: { readonly maxTokens: number; readonly long: LongText };
      readonly recipe: TextRecipe;
    }
  : never;

const fileFactsSchema = z.object({
  formatVersion: z.int().positive(),
  graftVersion: z.string(),
  classNames: z.array(z.string()).min(2),
  input: z.object({
    widthPx: z.int().positive(),
    heightPx: z.int().positive(),
    resize: z.enum(RESIZE_MODES),
    interpolation: z.literal('bilinear').optional(),
  }),
});

const trainingFields = {
  recipe: recipeSchema,
  // Files of format 1 spell it as the British do.
  backbone: z.preprocess(
    (said) => (isRecord(said) && 'licence' in said ? { license: said['licence'], ...said } : said),
    z.object({ name: z.string(), source: z.string(), license: z.string() }),
  ),
  train: classificationReportSchema,
  validation: classificationReportSchema,
  test: classificationReportSchema.optional(),
  bestEpoch: z.int().nonnegative(),
  epochs: z.int().nonnegative(),
  confidence: confidenceSchema.optional(),
};

const trainedSchema: z.ZodType<TrainedModelInfo> = fileFactsSchema.extend(trainingFields);
const labelFields = fileFactsSchema.extend({
  ...trainingFields,
  classNames: z.array(z.string()).min(1),
  task: z.literal(multiLabel.name),
  threshold: z.number().gt(0).lt(1),
  train: multiLabelReportSchema,
  validation: multiLabelReportSchema,
  test: multiLabelReportSchema.optional(),
});
const labelSchema: z.ZodType<MultiLabelModelInfo> = labelFields;
const regressionFields = fileFactsSchema.extend({
  ...trainingFields,
  classNames: z.array(z.string()).min(1),
  task: z.literal(regression.name),
  train: regressionReportSchema,
  validation: regressionReportSchema,
  test: regressionReportSchema.optional(),
});
const regressionSchema: z.ZodType<RegressionModelInfo> = regressionFields;
const savedSchema: z.ZodType<SavedModelInfo> = fileFactsSchema;

const textFacts = {
  modality: z.literal('text'),
  input: z.object({ maxTokens: z.int().positive(), long: z.enum(LONG_TEXTS) }),
  recipe: textRecipeSchema,
};
const textSchemas: Readonly<Record<'classes' | 'labels' | 'values', z.ZodType<TextModelInfo>>> = {
  classes: fileFactsSchema.extend({ ...trainingFields, ...textFacts }),
  labels: labelFields.extend(textFacts),
  values: regressionFields.extend(textFacts),
};

/** The metadata entries of a model file. */
export function encodeModelInfo(info: AnyModelInfo): Record<string, string> {
  return { [METADATA_KEY]: JSON.stringify(info) };
}

/**
 * Reads the metadata of a model file.
 *
 * @param where - The file, for messages.
 * @throws {GraftError} `model-file`, if it is not Graft's, from a newer version, or damaged.
 */
export function decodeModelInfo(where: string, metadata: Readonly<Record<string, string>>): AnyModelInfo {
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
  const parsed = schemaFor(json).safeParse(withFormerKeys(json));
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

function schemaFor(json: unknown): z.ZodType<AnyModelInfo> {
  const { task, modality } = Object(json) as { readonly task?: unknown; readonly modality?: unknown };
  if (modality === 'text') {
    return textSchemas[task === multiLabel.name ? 'labels' : task === regression.name ? 'values' : 'classes'];
  }
  if (task === multiLabel.name) return labelSchema;
  if (task === regression.name) return regressionSchema;
  // All that is known of the training, or nothing: a part of it is damage.
  const isTrained = Object.keys(trainingFields).some((key) => Object.hasOwn(Object(json), key));
  return isTrained ? trainedSchema : savedSchema;
}

/** Metadata with the keys of today in the place of those that earlier versions wrote. */
function withFormerKeys(json: unknown): unknown {
  if (!isRecord(json)) return json;
  const report = (metrics: unknown): unknown => {
    if (!isRecord(metrics)) return metrics;
    return renamed(renamed(metrics, 'images', 'examples'), 'numbers', 'values');
  };
  const sets = ['train', 'validation', 'test'].filter((key) => Object.hasOwn(json, key));
  return {
    ...renamed(json, 'classes', 'classNames'),
    ...Object.fromEntries(sets.map((key) => [key, report(json[key])])),
  };
}

function renamed(record: Record<string, unknown>, from: string, to: string): Record<string, unknown> {
  if (!Object.hasOwn(record, from) || Object.hasOwn(record, to)) return record;
  const { [from]: value, ...others } = record;
  return { [to]: value, ...others };
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
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
