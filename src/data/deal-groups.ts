/** @file Deals groups of pictures to sides so that each side gets its share of every class or label. */

import type { Random } from '../tensor/random.ts';

/** Pictures that stay together. */
export interface StratifiedGroup {
  readonly size: number;
  /** Class, label, or range of numbers -> pictures of it in the group. */
  readonly strata: ReadonlyMap<number, number>;
}

/**
 * Deals the groups one by one, the large and rare first, each to the side that lacks most of what is in it and of
 * pictures altogether, counted in shares of what the side is to have, with half of the group there already: as
 * Sainte-Laguë's method deals seats, so that a small side gets its part as early as a large one. Where every group is one picture of one class, every side's number of each class is right to
 * within one picture, as is, with equal shares, its number of pictures.
 *
 * @param groups - The result depends on their order only through `random`.
 * @param shares - Of the sides; they sum to 1.
 * @returns The side of each group.
 * @see Sechidis, K., Tsoumakas, G. and Vlahavas, I. (2011). On the stratification of multi-label data. ECML PKDD.
 */
export function dealGroups(
  groups: readonly StratifiedGroup[],
  shares: readonly number[],
  random: Random,
): number[] {
  const totals = new Map<number, number>();
  let all = 0;
  for (const { size, strata } of groups) {
    all += size;
    for (const [stratum, count] of strata) totals.set(stratum, (totals.get(stratum) ?? 0) + count);
  }
  const rarest = groups.map(({ strata }) =>
    [...strata.keys()].reduce((a, b) => (rarer(totals, b, a) ? b : a), [...strata.keys()][0] ?? -1),
  );
  const order = random
    .shuffle(groups.map((_, index) => index))
    .sort(
      (a, b) =>
        groups[b]!.size - groups[a]!.size ||
        (totals.get(rarest[a]!) ?? 0) - (totals.get(rarest[b]!) ?? 0) ||
        rarest[a]! - rarest[b]!,
    );
  const sides = shares.map((share) => ({ share, size: 0, strata: new Map<number, number>() }));
  const result = new Array<number>(groups.length).fill(0);
  for (const index of order) {
    const group = groups[index]!;
    let best = 0;
    let mostLack = Number.NEGATIVE_INFINITY;
    sides.forEach((side, candidate) => {
      const lackOf = (there: number, count: number, total: number): number =>
        count * (1 - (there + count / 2) / (total * side.share));
      let lack = lackOf(side.size, group.size, all);
      for (const [stratum, count] of group.strata) {
        lack += lackOf(side.strata.get(stratum) ?? 0, count, totals.get(stratum)!);
      }
      // Sums of fractions that are equal on paper differ in their last digits.
      if (lack > mostLack + 1e-9) {
        best = candidate;
        mostLack = lack;
      }
    });
    result[index] = best;
    const side = sides[best]!;
    side.size += group.size;
    for (const [stratum, count] of group.strata) {
      side.strata.set(stratum, (side.strata.get(stratum) ?? 0) + count);
    }
  }
  return result;
}

/** Among equally rare ones the lower number, whatever order they stand in. */
function rarer(totals: ReadonlyMap<number, number>, a: number, b: number): boolean {
  return (totals.get(a)! - totals.get(b)! || a - b) < 0;
}
