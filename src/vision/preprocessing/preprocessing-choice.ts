/** @file The preprocessing that a recipe holds: a name, or mean and deviation; see `preprocessing-text.ts` for its short form. */

import * as z from 'zod';
import {
  CAFFE_PREPROCESSING,
  INSIDE_PREPROCESSING,
  type MeanAndStd,
  MINUS_ONE_TO_ONE,
  normalized,
  type Preprocessing,
  TORCH_PREPROCESSING,
  ZERO_TO_ONE,
} from './preprocessing.ts';

/** A preprocessing with a name. */
export interface NamedPreprocessing {
  readonly preprocessing: Preprocessing;
  /** What the network then gets. */
  readonly gives: string;
}

export type PreprocessingName = 'backbone' | 'raw' | 'zero-to-one' | 'minus-one-to-one' | 'caffe' | 'torch';

/** A name, where `backbone` is the one that belongs to the network; or mean and deviation for pixels in [0, 1]. */
export type PreprocessingChoice = PreprocessingName | MeanAndStd;

/** What a recipe may name instead of a scaling: the one that belongs to the backbone. */
export const OF_BACKBONE = 'backbone';

export const NAMED_PREPROCESSING: Readonly<
  Record<Exclude<PreprocessingName, typeof OF_BACKBONE>, NamedPreprocessing>
> = {
  raw: { preprocessing: INSIDE_PREPROCESSING, gives: '[0, 255], as they are' },
  'zero-to-one': { preprocessing: ZERO_TO_ONE, gives: '[0, 1]' },
  'minus-one-to-one': { preprocessing: MINUS_ONE_TO_ONE, gives: '[-1, 1]' },
  caffe: { preprocessing: CAFFE_PREPROCESSING, gives: "[0, 255], blue first, less ImageNet's mean" },
  torch: {
    preprocessing: TORCH_PREPROCESSING,
    gives: "[0, 1], less ImageNet's mean, divided by its deviation",
  },
};

/** The names there are. */
export const PREPROCESSING_NAMES: readonly PreprocessingName[] = [
  OF_BACKBONE,
  ...(Object.keys(NAMED_PREPROCESSING) as (keyof typeof NAMED_PREPROCESSING)[]),
];

const mean = z.number().min(0).max(1);
const std = z.number().gt(0).max(1);

/** Schema of a choice as files hold it. */
export const preprocessingSchema: z.ZodType<PreprocessingChoice> = z.union([
  z.enum(PREPROCESSING_NAMES),
  z.strictObject({ mean: z.tuple([mean, mean, mean]), std: z.tuple([std, std, std]) }),
]);

/** What is done to pixels; undefined for what belongs to the backbone. */
export function resolvePreprocessing(choice: PreprocessingChoice): Preprocessing | undefined {
  if (typeof choice !== 'string') return normalized(choice);
  return choice === OF_BACKBONE ? undefined : NAMED_PREPROCESSING[choice].preprocessing;
}
