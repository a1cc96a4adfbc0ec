/** @file Deals images to sides: by their groups, with every side's fraction of classes, labels or numbers. */

import { createRandom, type Random } from '../../tensor/random.ts';
import type { Sample } from '../sample.ts';
import { groupSamples, type IdenticalSamples, type SampleGroup } from './sample-groups.ts';

export interface DealtSamples {
  /** Each in the order of the given samples. */
  readonly sides: readonly (readonly Sample[])[];
  /** Number of groups, a lone image counted as one. */
  readonly groups: number;
  /** Images whose name does not match the pattern; each is a group of its own. 0 without a pattern. */
  readonly unmatched: number;
}

/**
 * Deals images to sides.
 *
 * @param shares - Of the sides; they sum to 1.
 */
export function dealSamples(
  samples: readonly Sample[],
  fractions: readonly number[],
  {
    seed,
    group: pattern,
    identical,
  }: {
    readonly seed: number;
    readonly group?: RegExp | undefined;
    readonly identical?: IdenticalSamples | undefined;
  },
): DealtSamples {
  const { groups, unmatched } = groupSamples(samples, pattern, identical);
  const sideOfGroup = dealGroups(groups, fractions, createRandom(seed));
  const sideOf = new Map<Sample, number>();
  groups.forEach((group, index) => {
    for (const sample of group.samples) sideOf.set(sample, sideOfGroup[index]!);
  });
  const sides = fractions.map((_, side) => samples.filter((sample) => sideOf.get(sample) === side));
  return { sides, groups: groups.length, unmatched };
}

/**
 * Deals the groups one by one, the large and rare first, each to the side that lacks most of what is in it and of
 * images altogether, counted in fractions of what the side is to have, with half of the group there already: as
 * Sainte-Laguë's method deals seats, so that a small side gets its part as early as a large one. Where every group is one
 * image of one class, every side's number of each class is right to within one image, as is, with equal shares, its
 * number of images.
 *
 * @param groups - The result depends on their order only through `random`.
 * @param shares - Of the sides; they sum to 1.
 * @returns The side of each group.
 * @see Sechidis, K., Tsoumakas, G. and Vlahavas, I. (2011). On the stratification of multi-label data. ECML PKDD.
 */
export function dealGroups(
  groups: readonly SampleGroup[],
  fractions: readonly number[],
  random: Random,
): number[] {
  const strata = strataOfGroups(groups, fractions);
  const sizes = groups.map(({ samples }) => samples.length);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const totals = new Map<number, number>();
  for (const counts of strata) addTo(totals, counts);
  const rarest = strata.map((counts) =>
    [...counts.keys()].reduce((a, b) => (rarer(totals, b, a) ? b : a), [...counts.keys()][0] ?? -1),
  );
  const order = random
    .shuffle(groups.map((_, index) => index))
    .sort(
      (a, b) =>
        sizes[b]! - sizes[a]! ||
        (totals.get(rarest[a]!) ?? 0) - (totals.get(rarest[b]!) ?? 0) ||
        rarest[a]! - rarest[b]!,
    );
  const sides = fractions.map((fraction) => ({ fraction, size: 0, strata: new Map<number, number>() }));
  const result = new Array<number>(groups.length).fill(0);
  for (const index of order) {
    let best = 0;
    let mostLack = Number.NEGATIVE_INFINITY;
    sides.forEach((side, candidate) => {
      const lackOf = (there: number, count: number, total: number): number =>
        count * (1 - (there + count / 2) / (total * side.fraction));
      let lack = lackOf(side.size, sizes[index]!, all);
      for (const [stratum, count] of strata[index]!) {
        lack += lackOf(side.strata.get(stratum) ?? 0, count, totals.get(stratum)!);
      }
      // Sums of fractions that are equal on paper differ in their last digits.
      if (lack > mostLack + 1e-9) {
        best = candidate;
        mostLack = lack;
      }
    });
    result[index] = best;
    sides[best]!.size += sizes[index]!;
    addTo(sides[best]!.strata, strata[index]!);
  }
  return result;
}

function addTo(totals: Map<number, number>, counts: ReadonlyMap<number, number>): void {
  for (const [stratum, count] of counts) totals.set(stratum, (totals.get(stratum) ?? 0) + count);
}

/** Among equally rare ones the lower number, whatever order they stand in. */
function rarer(totals: ReadonlyMap<number, number>, a: number, b: number): boolean {
  return (totals.get(a)! - totals.get(b)! || a - b) < 0;
}

/** Most ranges that numbers are told apart by. */
const RANGES = 10;

/** For each group, class, label, or range of numbers -> images of it in the group. */
function strataOfGroups(
  groups: readonly SampleGroup[],
  fractions: readonly number[],
): readonly ReadonlyMap<number, number>[] {
  const samples = groups.flatMap((group) => group.samples);
  // Of each range, the smallest side has at least one image.
  const ranges = Math.max(1, Math.min(RANGES, Math.floor(samples.length * Math.min(...fractions))));
  const strataOf = strata(samples, ranges);
  // Lone images of a class share a map: a million maps would take more memory than the images' names.
  const ofOne = new Map<number, ReadonlyMap<number, number>>();
  return groups.map((group) => {
    const [{ label, target }] = group.samples as readonly [Sample];
    const isLone = group.samples.length === 1 && target === undefined;
    const known = isLone ? ofOne.get(label) : undefined;
    if (known !== undefined) return known;
    const counts = new Map<number, number>();
    for (const sample of group.samples) {
      for (const stratum of strataOf(sample)) counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
    }
    if (isLone) ofOne.set(label, counts);
    return counts;
  });
}

/** What an image is of: its class; its labels, or having none; the range that its first number is in. */
function strata(samples: readonly Sample[], ranges: number): (sample: Sample) => readonly number[] {
  const targets = samples.flatMap(({ target }) => (target === undefined ? [] : [target]));
  if (targets.every((target) => target.every((value) => value === 0 || value === 1))) {
    return ({ label, target }) => {
      if (target === undefined) return [label];
      const labels = [...target.keys()].filter((index) => target[index] === 1);
      return labels.length > 0 ? labels : [target.length];
    };
  }
  const sorted = Float32Array.from(targets, (target) => target[0]!).sort();
  const bounds = Array.from(
    { length: ranges - 1 },
    (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / ranges) - 1]!,
  );
  return ({ target }) => (target === undefined ? [] : [bounds.filter((bound) => target[0]! > bound).length]);
}
