/** @file Deals pictures to sides: by their groups, with every side's share of classes, labels or numbers. */

import { createRandom } from '../tensor/random.ts';
import { dealGroups } from './deal-groups.ts';
import { compareCodeUnits, type Sample } from './sample.ts';
import { groupKeyOf } from './sample-groups.ts';
import type { TargetSample } from './target-sample.ts';

/** A picture whose answer is a class, labels, or numbers. */
export type AnySample = Sample | TargetSample;

export interface DealtSamples<S extends AnySample> {
  /** Each in the order of the given samples. */
  readonly sides: readonly (readonly S[])[];
  /** Number of groups, a lone picture counted as one. */
  readonly groups: number;
  /** Pictures whose name does not match the pattern; each is a group of its own. 0 without a pattern. */
  readonly unmatched: number;
}

interface Group<S> {
  readonly key: string;
  readonly samples: S[];
}

/** Groups in a fixed order, whatever the order of the samples. A group may hold several classes. */
export function groupsOf<S extends AnySample>(
  samples: readonly S[],
  pattern: RegExp | undefined,
): { readonly groups: readonly Group<S>[]; readonly unmatched: number } {
  const groups = new Map<string, Group<S>>();
  let unmatched = 0;
  for (const sample of samples) {
    const { key, matched } = groupKeyOf(sample.file, pattern);
    if (pattern && !matched) unmatched++;
    const group = groups.get(key);
    if (group) group.samples.push(sample);
    else groups.set(key, { key, samples: [sample] });
  }
  return { groups: [...groups.values()].sort((a, b) => compareCodeUnits(a.key, b.key)), unmatched };
}

/**
 * Deals pictures to sides.
 *
 * @param shares - Of the sides; they sum to 1.
 */
export function dealSamples<S extends AnySample>(
  samples: readonly S[],
  shares: readonly number[],
  { seed, group: pattern }: { readonly seed: number; readonly group?: RegExp | undefined },
): DealtSamples<S> {
  const { groups, unmatched } = groupsOf(samples, pattern);
  // Of each range, the smallest side has at least one picture.
  const ranges = Math.max(1, Math.min(RANGES, Math.floor(samples.length * Math.min(...shares))));
  const strataOf = strata(samples, ranges);
  const sideOfGroup = dealGroups(
    groups.map((group) => {
      const counts = new Map<number, number>();
      for (const sample of group.samples) {
        for (const stratum of strataOf(sample)) counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
      }
      return { size: group.samples.length, strata: counts };
    }),
    shares,
    createRandom(seed),
  );
  const sideOf = new Map<S, number>();
  groups.forEach((group, index) => {
    for (const sample of group.samples) sideOf.set(sample, sideOfGroup[index]!);
  });
  const sides = shares.map((_, side) => samples.filter((sample) => sideOf.get(sample) === side));
  return { sides, groups: groups.length, unmatched };
}

/** Most ranges that numbers are told apart by. */
const RANGES = 10;

/** What a picture is of: its class; its labels, or having none; the range that its first number is in. */
function strata(samples: readonly AnySample[], ranges: number): (sample: AnySample) => readonly number[] {
  const targets = samples.flatMap((sample) => ('target' in sample ? [sample.target] : []));
  if (targets.every((target) => target.every((value) => value === 0 || value === 1))) {
    return (sample) => {
      if ('label' in sample) return [sample.label];
      const labels = [...sample.target.keys()].filter((index) => sample.target[index] === 1);
      return labels.length > 0 ? labels : [sample.target.length];
    };
  }
  const sorted = Float32Array.from(targets, (target) => target[0]!).sort();
  const bounds = Array.from(
    { length: ranges - 1 },
    (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / ranges) - 1]!,
  );
  return (sample) => ('label' in sample ? [] : [bounds.filter((bound) => sample.target[0]! > bound).length]);
}
