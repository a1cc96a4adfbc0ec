/** @file What augmentation does to one image: the parameters of Keras, and the one affine warp that they make. */

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

/** `[a, b, c, d, e, f]` for `x' = a x + b y + c`, `y' = d x + e y + f`. */
export type Affine = readonly [number, number, number, number, number, number];

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
  const centreX = height / 2 - 0.5;
  const centreY = width / 2 - 0.5;
  const offset: Affine = [1, 0, centreX, 0, 1, centreY];
  const reset: Affine = [1, 0, -centreX, 0, 1, -centreY];
  const flip: Affine = [
    ...(transform.flipHorizontal ? ([-1, 0, width - 1] as const) : ([1, 0, 0] as const)),
    ...(transform.flipVertical ? ([0, -1, height - 1] as const) : ([0, 1, 0] as const)),
  ];
  return [offset, rotation, shift, shearing, zoom, reset, flip].reduce(compose);
}

/** First `inner`, then `outer`. */
function compose(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [p, q, r, s, t, u] = inner;
  return [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f];
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
