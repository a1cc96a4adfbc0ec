/** @file Which examples of a training are copies of others, and where that misleads. */

import type { Sample } from '../core/examples/sample.ts';
import type { NearDuplicate } from '../text/modality/near-duplicates.ts';

/** Images of one name, in the order in which positions count. */
export interface NamedImages {
  /** `train`, `validation`, `test`, or how else a person knows them. */
  readonly set: string;
  readonly samples: readonly Sample[];
}

export interface DuplicateImage {
  readonly file: string;
  readonly set: string;
  /** Its class. */
  readonly label?: string;
  /** What it has of labels. */
  readonly labels?: readonly string[];
  /** Its numbers. */
  readonly values?: readonly number[];
}

/** Images that are the same byte for byte. */
export interface DuplicateGroup {
  readonly images: readonly DuplicateImage[];
  /** Whether they do not all have the same class, labels or values. */
  readonly differ: boolean;
}

export interface SetDuplicates {
  readonly set: string;
  readonly images: number;
  /** As many as there are without copies. */
  readonly distinct: number;
  /** Images that are in the first of the sets too, the one that is trained on. */
  readonly trained: number;
}

export interface DuplicateReport {
  /** Images that have a copy. */
  readonly images: number;
  /** How many there are among them without the copies. */
  readonly distinct: number;
  /** Images that have a copy with another class, other labels or values. */
  readonly differing: number;
  readonly sets: readonly SetDuplicates[];
  readonly groups: readonly DuplicateGroup[];
  /** Of texts: those that are nearly the same across the split. */
  readonly near?: NearDuplicateReport | undefined;
}

/** Texts that are evaluated, and nearly the same as one that is trained on; with folds, as one of another fold. */
export interface NearDuplicateReport {
  readonly sets: readonly { readonly set: string; readonly examples: number }[];
  readonly pairs: readonly NearPair[];
}

export interface NearPair {
  readonly file: string;
  readonly set: string;
  /** The other one. */
  readonly of: { readonly file: string; readonly set: string };
  /** The fraction of their runs of letters that both have, in [0.8, 1]. */
  readonly similarity: number;
}

/**
 * What there is to say of copies.
 *
 * @param identical - Groups of copies, as positions through the sets.
 * @param sets - The first of them is trained on.
 * @param names - Of classes, labels or values.
 */
export function reportDuplicates(
  identical: Iterable<Iterable<number>>,
  sets: readonly NamedImages[],
  names: readonly string[],
): DuplicateReport {
  const counts = sets.map(({ set, samples }) => ({
    set,
    images: samples.length,
    distinct: samples.length,
    trained: 0,
  }));
  const groups: DuplicateGroup[] = [];
  let [images, differing] = [0, 0];
  for (const positions of identical) {
    const members = [...positions].map((position) => memberAt(sets, position));
    const differ = members.some(({ sample }) => !isSameLabel(sample, members[0]!.sample));
    groups.push({ images: members.map((member) => describeDuplicate(member, sets, names)), differ });
    images += members.length;
    if (differ) differing += members.length;
    counts.forEach((count, index) => {
      const own = members.filter(({ set }) => set === index).length;
      count.distinct -= Math.max(0, own - 1);
      if (index > 0 && members[0]!.set === 0) count.trained += own;
    });
  }
  return { images, distinct: groups.length, differing, sets: counts, groups };
}

/** What there is to say of texts that are nearly the same. @param sets - As of {@link reportDuplicates}. */
export function reportNearDuplicates(
  near: readonly NearDuplicate[],
  sets: readonly NamedImages[],
): NearDuplicateReport {
  const hasFolds = sets.length === 1;
  const pairs = near.flatMap(({ position, of, similarity }): NearPair[] => {
    const [one, other] = [memberAt(sets, position), memberAt(sets, of)];
    // What is trained on is told of as the other one.
    if (!hasFolds && one.set === 0) return [];
    const { file, set } = describeDuplicate(one, sets, []);
    const { file: otherFile, set: otherSet } = describeDuplicate(other, sets, []);
    return [{ file, set, of: { file: otherFile, set: otherSet }, similarity }];
  });
  const told = hasFolds ? sets : sets.slice(1);
  return {
    sets: told.map(({ set }) => ({ set, examples: pairs.filter((pair) => pair.set === set).length })),
    pairs,
  };
}

/** An image among sets. */
export interface DuplicateMember {
  /** Index of its set. */
  readonly set: number;
  readonly sample: Sample;
}

/** The image of a position that counts through the sets. */
export function memberAt(sets: readonly NamedImages[], position: number): DuplicateMember {
  let index = position;
  for (const [set, { samples }] of sets.entries()) {
    if (index < samples.length) return { set, sample: samples[index]! };
    index -= samples.length;
  }
  throw new RangeError(`no image has the position ${position}`);
}

function isSameLabel(a: Sample, b: Sample): boolean {
  return a.label === b.label && (a.target?.every((value, index) => value === b.target?.[index]) ?? true);
}

/** What is told of it. */
export function describeDuplicate(
  { set, sample }: DuplicateMember,
  sets: readonly NamedImages[],
  names: readonly string[],
): DuplicateImage {
  const { file, label, target } = sample;
  const about = { file, set: sets[set]!.set };
  if (target === undefined) return { ...about, label: names[label] ?? String(label) };
  const isLabels = target.every((value) => value === 0 || value === 1);
  return isLabels
    ? { ...about, labels: names.filter((_, index) => target[index] === 1) }
    : { ...about, values: [...target] };
}
