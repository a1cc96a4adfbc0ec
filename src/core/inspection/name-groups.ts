/**
 * @file Groups that file names suggest: views of one animal, frames of one video. Images of a group resemble each other, so that they
 * belong on one side of a split.
 */

import { platform } from '../runtime/platform.ts';
import type { NearestRows } from './nearest-rows.ts';

/** How names are read, the finest first: a pattern of `--group`, whose capture is the group. */
const PATTERNS: readonly string[] = [
  // cat-001-a.jpg, cat_001b.jpg
  '^(.+[0-9])[-_. ]?[A-Za-z]\\.[^.]+$',
  // photo (1).jpg, photo copy 2.jpg
  '^(.+?)(?: copy(?: [0-9]+)?| ?\\([0-9]+\\))?\\.[^.]+$',
  // video3_frame0012.jpg, dog-7-view2.png
  '^(.+?)[-_. ]?(?:frame|view|img|image|cam|crop|aug|shot|scan|slice|f|v)[-_. ]?[0-9]+\\.[^.]+$',
  // horse01-0.png, clip-a_000123.jpg
  '^(.+)[-_. ][0-9]+\\.[^.]+$',
  // patient12_left_3.png
  '^([A-Za-z]+[-_. ]?[0-9]+)[-_. ].*\\.[^.]+$',
];

/** Below that many groups there is nothing to divide. */
const MIN_GROUPS = 4;
/** A part of all images that must be in groups of several. */
const MIN_GROUPED = 0.2;
/** No group has a larger part of the images: it would be a class. */
const MAX_PART = 0.2;
/** A part of the images whose most similar image is in their group, at least, where the features tell. */
const MIN_AGREEMENT = 0.3;

/** Groups by one pattern. */
export interface NameGroups {
  /** For `--group`. */
  readonly pattern: string;
  /** Groups of several images, in the order of their first; places ascend. */
  readonly groups: readonly { readonly key: string; readonly places: readonly number[] }[];
  /** The part of the images in groups whose nearest neighbor is in the same group; null where that is not known. */
  readonly agreement: number | null;
}

/**
 * Finds the grouping that names suggest and features confirm.
 *
 * @param names - Of files, without their folders.
 * @returns Undefined where there is none.
 */
export function findNameGroups(
  names: readonly string[],
  neighbors: NearestRows | undefined,
): NameGroups | undefined {
  let best: NameGroups | undefined;
  for (const pattern of PATTERNS) {
    const found = groupsBy(pattern, names, neighbors);
    if (found === undefined || (found.agreement !== null && found.agreement < MIN_AGREEMENT)) continue;
    if (best === undefined || (found.agreement ?? 0) > (best.agreement ?? 0)) best = found;
  }
  return best;
}

function groupsBy(
  pattern: string,
  names: readonly string[],
  neighbors: NearestRows | undefined,
): NameGroups | undefined {
  const keys = platform.matchNames(new RegExp(pattern), names);
  const places = new Map<string, number[]>();
  keys.forEach((key, place) => {
    if (key === undefined) return;
    const known = places.get(key);
    if (known === undefined) places.set(key, [place]);
    else known.push(place);
  });
  const groups = [...places].flatMap(([key, own]) => (own.length > 1 ? { key, places: own } : []));
  const grouped = groups.reduce((sum, group) => sum + group.places.length, 0);
  const largest = groups.reduce((max, group) => Math.max(max, group.places.length), 0);
  if (groups.length < MIN_GROUPS || grouped < MIN_GROUPED * names.length) return undefined;
  if (largest > Math.max(2, MAX_PART * names.length)) return undefined;
  return { pattern, groups, agreement: agreementOf(groups, keys, neighbors) };
}

function agreementOf(
  groups: NameGroups['groups'],
  keys: readonly (string | undefined)[],
  neighbors: NearestRows | undefined,
): number | null {
  if (neighbors === undefined || neighbors.k === 0) return null;
  let [same, all] = [0, 0];
  for (const { key, places } of groups) {
    for (const place of places) {
      all++;
      if (keys[neighbors.indices[place * neighbors.k]!] === key) same++;
    }
  }
  return same / all;
}
