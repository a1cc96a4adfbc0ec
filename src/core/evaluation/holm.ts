/** @file Holm's correction: what p-values mean when many comparisons were made. */

/**
 * P-values after Holm's correction: where all below a level are taken for differences, the probability of a single false
 * one is at most that level, however many comparisons there are and whether or not they depend on one another.
 *
 * @param pValues - In [0, 1], in any order.
 * @returns In the same order; each at most 1 and at least what it was.
 * @see Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length);
  let min = 0;
  order.forEach((index, rank) => {
    min = Math.max(min, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = min;
  });
  return adjusted;
}
