/** @file What augmentation does to one image: the parameters of Keras, and the one affine warp that they make. */

import { type Affine, composeAffine, radians } from './affine.ts';
import type { DrawnOperation } from './rand-augment-spec.ts';
import { type CropBox, cropAffine } from './random-resized-crop.ts';

/**
 * Parameters of one view, named as in Keras' `apply_transform`. {@link IDENTITY} changes nothing.
 *
 * @see https://github.com/keras-team/keras/blob/v3.15.1/keras/src/legacy/preprocessing/image.py
 */
export interface ImageTransform {
  /** Rotation in degrees; the content turns anticlockwise for positive values. */
  readonly theta: number;
  /** Shift along the columns, in pixels; the content moves left for positive values. */
  readonly tx: number;
  /** Shift along the rows, in pixels; the content moves up for positive values. */
  readonly ty: number;
  /** Shear angle in degrees. */
  readonly shear: number;
  /** Zoom along the columns, above 0; the content shrinks for values above 1. */
  readonly zx: number;
  /** Zoom along the rows, as `zx`. */
  readonly zy: number;
  /** Left and right are exchanged, after everything before. */
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  /** Factor of all values, at least 0, clipped at 255 (Pillow's `ImageEnhance.Brightness`, as Keras uses it). */
  readonly brightness: number;
  /** Factor of the distance to the channel's mean, at least 0 (Keras' `RandomContrast`). */
  readonly contrast: number;
  /** Factor of HSV's saturation, at least 0 (Keras' `RandomSaturation`, `tf.image.adjust_saturation`). */
  readonly saturation: number;
  /** The part of the image that is enlarged to the whole before everything else. Undefined: all of it. */
  readonly crop?: CropBox | undefined;
  /** What RandAugment does, in this order, after everything else. Default nothing. */
  readonly operations?: readonly DrawnOperation[] | undefined;
}

export const IDENTITY: ImageTransform = {
  theta: 0,
  tx: 0,
  ty: 0,
  shear: 0,
  zx: 1,
  zy: 1,
  flipHorizontal: false,
  flipVertical: false,
  brightness: 1,
  contrast: 1,
  saturation: 1,
};

/**
 * From a pixel of the view to the place in the image that it shows: Keras' `apply_affine_transform`, then the flips.
 *
 * `offset * rotation * shift * shear * zoom * reset`, on `(x, y)` = `(column, row)`. Keras takes `height / 2 - 0.5`
 * for the center's x and `width / 2 - 0.5` for its y: so do we, which matters only to images that are not square.
 */
export function computeAffine(transform: ImageTransform, height: number, width: number): Affine {
  const theta = radians(transform.theta);
  const shear = radians(transform.shear);
  const rotation: Affine = [Math.cos(theta), -Math.sin(theta), 0, Math.sin(theta), Math.cos(theta), 0];
  const shift: Affine = [1, 0, transform.tx, 0, 1, transform.ty];
  const shearing: Affine = [1, -Math.sin(shear), 0, 0, Math.cos(shear), 0];
  const zoom: Affine = [transform.zx, 0, 0, 0, transform.zy, 0];
  const centerX = height / 2 - 0.5;
  const centerY = width / 2 - 0.5;
  const offset: Affine = [1, 0, centerX, 0, 1, centerY];
  const reset: Affine = [1, 0, -centerX, 0, 1, -centerY];
  const flip: Affine = [
    ...(transform.flipHorizontal ? ([-1, 0, width - 1] as const) : ([1, 0, 0] as const)),
    ...(transform.flipVertical ? ([0, -1, height - 1] as const) : ([0, 1, 0] as const)),
  ];
  const view = [offset, rotation, shift, shearing, zoom, reset, flip].reduce(composeAffine);
  return transform.crop === undefined
    ? view
    : composeAffine(cropAffine(transform.crop, { height, width }), view);
}
