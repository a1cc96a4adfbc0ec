/** @file Rounding as Python and NumPy do it. */

/** The nearest whole number; of two that are as near, the even one: Python's `round`. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
