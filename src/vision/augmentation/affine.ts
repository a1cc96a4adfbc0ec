/** @file Affine maps of the plane, from a pixel of a view to a place in an image. */

/** `[a, b, c, d, e, f]` for `x' = a x + b y + c`, `y' = d x + e y + f`; the middle of the first pixel lies at (0, 0). */
export type Affine = readonly [number, number, number, number, number, number];

/** First `inner`, then `outer`. */
export function composeAffine(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [p, q, r, s, t, u] = inner;
  return [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f];
}

/** A rotation about the middle of an image. @param degrees - The content turns anticlockwise for positive values. */
export function centerRotation(
  degrees: number,
  { height, width }: { readonly height: number; readonly width: number },
): Affine {
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))];
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  return [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y];
}

export function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
