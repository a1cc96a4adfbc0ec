/** @file Which pictures belong together, by their file names. */

import { basename, sep } from 'node:path';
import { compareCodeUnits, type Sample } from '../sample.ts';
import { matchNames } from './match-names.ts';

/** Pictures that stay together, of one class or of several. */
export interface SampleGroup {
  readonly key: string;
  readonly samples: readonly Sample[];
}

export interface SampleGroups {
  /** In a fixed order, whatever the order of the samples. */
  readonly groups: readonly SampleGroup[];
  /** Pictures whose name does not match the pattern; each is a group of its own. 0 without a pattern. */
  readonly unmatched: number;
}

/**
 * Groups pictures by what a pattern finds in their names.
 *
 * @param pattern - Applied to the name without its folders: the first capture group if there is one, otherwise the
 *   whole match, is the key. Without a pattern, every picture is a group of its own.
 * @throws {GraftError} `argument`, if the pattern needs too long for a name.
 */
export function groupsOf(samples: readonly Sample[], pattern: RegExp | undefined): SampleGroups {
  if (pattern === undefined) return { groups: loneGroups(samples), unmatched: 0 };
  const groups = new Map<string, GrowingGroup>();
  let unmatched = 0;
  const individuals = matchNames(
    pattern,
    samples.map(({ file }) => basename(file)),
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
  // Mostly the path itself: a million copies would take their memory.
  const key = sep === '/' ? file : file.split(sep).join('/');
  return (key.startsWith('/') ? key : `/${key}`).normalize('NFC');
}
