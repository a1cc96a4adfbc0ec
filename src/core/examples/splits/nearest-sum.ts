/** @file The subset-sum problem: which of some sizes add up to a number, or as nearly as they can. */

/**
 * Chooses sizes whose sum is as near to `target` as any choice's within `[least, most]`; of two equally near sums, the
 * lower. By dynamic programming over the sizes in their order, so that a shuffle decides between choices of equal sum.
 *
 * @param sizes - Whole numbers >= 1. Some choice of them has a sum within `[least, most]`.
 * @returns Indices into `sizes`.
 */
export function nearestSum(
  sizes: readonly number[],
  { target, min, max }: { readonly target: number; readonly min: number; readonly max: number },
): number[] {
  const goal = Math.min(Math.max(target, min), max);
  // last[s] = 1 + index of the size that first made the sum s reachable; the sizes below it reach s less that size.
  // 0: not reachable, except the sum 0.
  const last = new Int32Array(max + 1);
  const isReached = (sum: number): boolean => sum === 0 || last[sum] !== 0;
  let all = 0;
  for (let index = 0; index < sizes.length && !isReached(goal); index++) {
    const size = sizes[index]!;
    all += size;
    for (let sum = Math.min(max, all); sum >= size; sum--) {
      if (last[sum] === 0 && isReached(sum - size)) last[sum] = index + 1;
    }
  }
  let nearest = goal;
  for (let away = 0; away <= max; away++) {
    if (goal - away >= min && isReached(goal - away)) nearest = goal - away;
    else if (goal + away <= max && isReached(goal + away)) nearest = goal + away;
    else continue;
    break;
  }
  const chosen: number[] = [];
  for (let sum = nearest; sum > 0; ) {
    const index = last[sum]! - 1;
    chosen.push(index);
    sum -= sizes[index]!;
  }
  return chosen;
}
