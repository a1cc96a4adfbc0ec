/** @file Augmentation as data: which random changes training images get. */

import * as z from 'zod';
import { MAX_MAGNITUDE, MAX_OPERATIONS, type RandAugment, USUAL_RAND_AUGMENT } from './rand-augment-spec.ts';
import { type RandomResizedCrop, USUAL_CROP } from './random-resized-crop.ts';

export const FILL_MODES = ['nearest', 'reflect', 'constant', 'wrap'] as const;

/**
 * Ranges of the random changes, drawn uniformly and independently for each view. The meaning is that of Keras'
 * `ImageDataGenerator`; contrast and saturation, which it lacks, are those of `RandomContrast` and `RandomSaturation`.
 *
 * @see https://github.com/keras-team/keras/blob/v3.15.1/keras/src/legacy/preprocessing/image.py
 */
export interface AugmentationSpec {
  /** Degrees, [0, 180]: from -rotation to rotation (`rotation_range`). */
  readonly rotation: number;
  /** Fraction of the width, [0, 1]: to either side (`width_shift_range`). */
  readonly widthShift: number;
  /** Fraction of the height, [0, 1]: up or down (`height_shift_range`). */
  readonly heightShift: number;
  /** Degrees, [0, 89]: from -shear to shear (`shear_range`). */
  readonly shear: number;
  /**
   * Least and largest factor, above 0, at most 10, drawn for each axis by itself; above 1 the content shrinks
   * (`zoom_range`).
   */
  readonly zoom: Range;
  /** Every other view, at random, is mirrored left to right (`horizontal_flip`). */
  readonly horizontalFlip: boolean;
  /** Every other view, at random, is upside down (`vertical_flip`). */
  readonly verticalFlip: boolean;
  /** Factors of all values, [0, 10] (`brightness_range`). */
  readonly brightness: Range;
  /** Factors of the distance to the channel's mean, [0, 10]: Keras' `RandomContrast((1 - low, high - 1))`. */
  readonly contrast: Range;
  /**
   * Factors of HSV's saturation, [0, 10]: `tf.image.random_saturation(low, high)`. Keras' `RandomSaturation` writes
   * the factor f as f / (1 + f).
   */
  readonly saturation: Range;
  /** What stands where a view shows more than the image has (`fill_mode`). */
  readonly fill: (typeof FILL_MODES)[number];
  /** Of all channels, an integer in [0, 255], for the fill `constant` (`cval`). */
  readonly fillValue: number;
  /** Before all else, a random part is enlarged to the whole (torchvision's `RandomResizedCrop`). Undefined: none is. */
  readonly randomResizedCrop?: RandomResizedCrop | undefined;
  /** After all else, some random operations (`RandAugment`). Undefined: none. */
  readonly randAugment?: RandAugment | undefined;
}

/** From the least to the largest. */
export type Range = readonly [number, number];

/** Changes nothing. */
export const NO_AUGMENTATION: AugmentationSpec = {
  rotation: 0,
  widthShift: 0,
  heightShift: 0,
  shear: 0,
  zoom: [1, 1],
  horizontalFlip: false,
  verticalFlip: false,
  brightness: [1, 1],
  contrast: [1, 1],
  saturation: [1, 1],
  fill: 'nearest',
  fillValue: 0,
};

/** Specifications with a name. */
export const AUGMENTATION_PRESETS: Readonly<Record<'none' | 'geometric', AugmentationSpec>> = {
  none: NO_AUGMENTATION,
  /** Any affine change, and flips. The shear is in degrees, as in Keras: next to nothing. */
  geometric: {
    ...NO_AUGMENTATION,
    rotation: 40,
    widthShift: 0.2,
    heightShift: 0.2,
    shear: 0.2,
    zoom: [0.8, 1.2],
    horizontalFlip: true,
  },
};

/** Former names, which are still read. */
export const AUGMENTATION_ALIASES: Readonly<Record<string, keyof typeof AUGMENTATION_PRESETS>> = {
  book: 'geometric',
};

const LARGEST_FACTOR = 10;

/** A range may be written as one number `x`, for [1 - x, 1 + x]. */
function rangeSchema(canBeZero: boolean): z.ZodType<Range> {
  const factor = canBeZero ? z.number().nonnegative() : z.number().positive();
  const spread = canBeZero ? z.number().min(0).max(1) : z.number().min(0).lt(1);
  return z.union([
    spread.transform((x): Range => [1 - x, 1 + x]),
    z
      .tuple([factor.max(LARGEST_FACTOR), factor.max(LARGEST_FACTOR)])
      .refine(([low, high]) => low <= high, 'the least before the largest')
      .readonly(),
  ]);
}

/** A range may be written as one number: of areas the least, of aspects the largest. */
const cropSchema: z.ZodType<RandomResizedCrop> = z.strictObject({
  scale: rangeOr(z.number().positive().max(1), (least): Range => [least, 1]).default(USUAL_CROP.scale),
  ratio: rangeOr(
    z
      .number()
      .min(1 / LARGEST_FACTOR)
      .max(LARGEST_FACTOR),
    (largest): Range => (largest < 1 ? [largest, 1 / largest] : [1 / largest, largest]),
  ).default(USUAL_CROP.ratio),
});

const randAugmentSchema: z.ZodType<RandAugment> = z.strictObject({
  numOps: z.int().min(1).max(MAX_OPERATIONS).default(USUAL_RAND_AUGMENT.numOps),
  magnitude: z.int().min(0).max(MAX_MAGNITUDE).default(USUAL_RAND_AUGMENT.magnitude),
});

function rangeOr(bound: z.ZodNumber, rangeOf: (value: number) => Range): z.ZodType<Range> {
  return z.union([
    bound.transform(rangeOf),
    z
      .tuple([bound, bound])
      .refine(([low, high]) => low <= high, 'the least before the largest')
      .readonly(),
  ]);
}

/** Schema of an augmentation in a recipe file. What is left out changes nothing; unknown keys are refused. */
export const augmentationSchema: z.ZodType<AugmentationSpec> = z
  .strictObject({
    rotation: z.number().min(0).max(180),
    widthShift: z.number().min(0).max(1),
    heightShift: z.number().min(0).max(1),
    shear: z.number().min(0).max(89),
    zoom: rangeSchema(false),
    horizontalFlip: z.boolean(),
    verticalFlip: z.boolean(),
    brightness: rangeSchema(true),
    contrast: rangeSchema(true),
    saturation: rangeSchema(true),
    fill: z.enum(FILL_MODES),
    fillValue: z.int().min(0).max(255),
    randomResizedCrop: cropSchema,
    randAugment: randAugmentSchema,
  })
  .partial()
  .transform((written): AugmentationSpec => {
    const given = Object.entries(written).filter(([, value]) => value !== undefined);
    return { ...NO_AUGMENTATION, ...Object.fromEntries(given) };
  });

/** Whether it changes no image. */
export function isNoAugmentation(spec: AugmentationSpec): boolean {
  const { fill: _, fillValue: __, ...changes } = spec;
  return Object.entries(changes).every(
    ([key, value]) => String(value) === String(NO_AUGMENTATION[key as keyof AugmentationSpec]),
  );
}
