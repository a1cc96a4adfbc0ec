/** @file Which images belong together: by their file names, and because they are the same. */

import { platform } from '../../runtime/platform.ts';
import { compareCodeUnits, type Sample } from '../sample.ts';

/** Images that stay together, of one class or of several. */
export interface SampleGroup {
  readonly key: string;
  readonly samples: readonly Sample[];
}

/** Groups of samples that are the same image. */
export type IdenticalSamples = readonly (readonly Sample[])[];

export interface SampleGroups {
  /** In a fixed order, whatever the order of the samples. */
  readonly groups: readonly SampleGroup[];
  /** Images whose name does not match the pattern; each is a group of its own. 0 without a pattern. */
  readonly unmatched: number;
}

/**
 * Groups images by what a pattern finds in their names.
 *
 * @param pattern - Applied to the name without its folders: the first capture group if there is one, otherwise the
 *   whole match, is the key. Without a pattern, every image is a group of its own.
 * @param identical - Samples that are the same image: what they are in becomes one group. Others than `samples` may be
 *   among them.
 * @throws {GraftError} `argument`, if the pattern needs too long for a name.
 */
export function groupSamples(
  samples: readonly Sample[],
  pattern: RegExp | undefined,
  identical?: IdenticalSamples,
): SampleGroups {
  const { groups, unmatched } = groupsByName(samples, pattern);
  return { groups: identical === undefined ? groups : united(groups, identical), unmatched };
}

function groupsByName(samples: readonly Sample[], pattern: RegExp | undefined): SampleGroups {
  if (pattern === undefined) return { groups: loneGroups(samples), unmatched: 0 };
  const groups = new Map<string, GrowingGroup>();
  let unmatched = 0;
  const individuals = platform.matchNames(
    pattern,
    samples.map(({ file }) => slashed(file).split('/').at(-1)!),
  );
  for (const [index, sample] of samples.entries()) {
    const individual = individuals[index];
    if (individual === undefined) unmatched++;
    const key = individual?.normalize('NFC') ?? loneKey(sample.file);
    const group = groups.get(key);
    if (group) group.samples.push(sample);
    else groups.set(key, { key, samples: [sample] });
  }
  return { groups: [...groups.values()].sort(byKey), unmatched };
}

/** Groups that share an image become one, in the place of the first of them. */
function united(groups: readonly SampleGroup[], identical: IdenticalSamples): readonly SampleGroup[] {
  const copies = new Map<Sample, number>();
  for (const same of identical) for (const sample of same) copies.set(sample, -1);
  if (copies.size === 0) return groups;
  groups.forEach(({ samples }, index) => {
    for (const sample of samples) if (copies.has(sample)) copies.set(sample, index);
  });
  // Each group points to one before it, and so to the first of those that it is one with.
  const before = Uint32Array.from(groups.keys());
  const firstOf = (group: number): number => {
    let first = group;
    while (before[first] !== first) first = before[first]!;
    before[group] = first;
    return first;
  };
  for (const same of identical) {
    const firsts = same
      .map((sample) => copies.get(sample)!)
      .filter((group) => group >= 0)
      .map(firstOf);
    const min = firsts.reduce((a, b) => Math.min(a, b), groups.length);
    for (const first of firsts) before[firstOf(first)] = Math.min(min, firstOf(first));
  }
  const all: SampleGroup[] = [];
  // Most groups stay as they are.
  const growing = new Map<number, Sample[]>();
  for (const group of copies.values()) if (group >= 0) growing.set(firstOf(group), []);
  groups.forEach((group, index) => {
    const first = firstOf(index);
    const samples = growing.get(first);
    if (samples !== undefined) samples.push(...group.samples);
    if (first === index) all.push(samples === undefined ? group : { key: group.key, samples });
  });
  return all;
}

interface GrowingGroup {
  readonly key: string;
  readonly samples: Sample[];
}

/** A file that is there twice is one group. A map of all files would take more memory than the files do. */
function loneGroups(samples: readonly Sample[]): SampleGroup[] {
  const groups: GrowingGroup[] = [];
  const each = samples.map((sample): GrowingGroup => ({ key: loneKey(sample.file), samples: [sample] }));
  for (const group of each.sort(byKey)) {
    const last = groups.at(-1);
    if (last?.key === group.key) last.samples.push(...group.samples);
    else groups.push(group);
  }
  return groups;
}

function byKey(a: SampleGroup, b: SampleGroup): number {
  return compareCodeUnits(a.key, b.key);
}

/**
 * The keys decide the order only: a folder that all files share does not matter. A slash cannot occur in an individual's
 * name, so that the two kinds of key never meet.
 */
function loneKey(file: string): string {
  const key = slashed(file);
  return (key.startsWith('/') ? key : `/${key}`).normalize('NFC');
}

/** A path of Windows with slashes; elsewhere a backslash is part of a name. */
function slashed(file: string): string {
  // Mostly the path itself: a million copies would take their memory.
  return /^([A-Za-z]:|\\\\)/.test(file) ? file.replaceAll('\\', '/') : file;
}
