/** @file Divides labelled pictures into training and validation, class by class, individual by individual. */

import { GraftError } from '../errors/graft-error.ts';
import { createRandom, type Random } from '../tensor/random.ts';
import { compareCodeUnits, type Sample } from './sample.ts';
import { groupKeyOf } from './sample-groups.ts';

export interface SplitOptions {
  /** Share of the pictures of each class that goes to validation, in (0, 1). */
  readonly fraction: number;
  /** Any integer. The same seed and the same file names give the same split. */
  readonly seed: number;
  /**
   * What identifies an individual in a file name (without its folders): the first capture group if there is
   * one, otherwise the whole match. `/^(horse\d+)-/` keeps `horse01-0.png` and `horse01-1.png` on one side.
   */
  readonly group?: RegExp;
  /** Class names, for messages. */
  readonly classes?: readonly string[];
}

export interface Split {
  /** In the order of the given samples, as is `validation`. */
  readonly train: readonly Sample[];
  readonly validation: readonly Sample[];
  /** Number of groups, a lone picture counted as one. Without `group`, the number of pictures. */
  readonly groups: number;
  /** Pictures whose name does not match `group`; each is a group of its own. 0 without `group`. */
  readonly unmatched: number;
}

/** Pictures that must stay together. */
interface Group {
  readonly key: string;
  readonly samples: Sample[];
}

/**
 * A stratified split: of every class, whole groups go to validation so that its number of pictures comes as
 * close to `fraction` as the groups allow, at least one group on each side.
 *
 * The choice depends on the seed and on the file names below the folder that all samples share: not on where
 * that folder lies, nor on the order of the samples.
 *
 * @throws {GraftError} `argument` if `fraction` is not in (0, 1); `dataset` if a class has fewer than two
 *   pictures or groups.
 */
export function splitSamples(samples: readonly Sample[], options: SplitOptions): Split {
  const { fraction, seed } = options;
  if (!(fraction > 0 && fraction < 1)) {
    throw new GraftError('argument', {
      where: 'split',
      expected: 'a validation fraction between 0 and 1',
      received: String(fraction),
      advice: 'Give 0.2 to validate on a fifth of the pictures.',
    });
  }
  const random = createRandom(seed);
  const validation = new Set<Sample>();
  const { byLabel, unmatched } = collectGroups(samples, options.group);
  let groupCount = 0;
  for (const [label, groups] of byLabel) {
    groupCount += groups.length;
    refuseSingleGroup(groups, label, options);
    for (const group of chooseGroups(groups, fraction, random.fork(`class ${label}`))) {
      for (const sample of group.samples) validation.add(sample);
    }
  }
  return {
    train: samples.filter((sample) => !validation.has(sample)),
    validation: samples.filter((sample) => validation.has(sample)),
    groups: groupCount,
    unmatched,
  };
}

function collectGroups(
  samples: readonly Sample[],
  pattern: RegExp | undefined,
): { byLabel: Map<number, Group[]>; unmatched: number } {
  const byLabel = new Map<number, Map<string, Group>>();
  let unmatched = 0;
  for (const sample of samples) {
    const { key, matched } = groupKeyOf(sample.file, pattern);
    if (pattern && !matched) unmatched++;
    const groups = byLabel.get(sample.label) ?? new Map<string, Group>();
    byLabel.set(sample.label, groups);
    const group = groups.get(key);
    if (group) group.samples.push(sample);
    else groups.set(key, { key, samples: [sample] });
  }
  const sorted = [...byLabel].map(([label, groups]): [number, Group[]] => [
    label,
    [...groups.values()].sort((a, b) => compareCodeUnits(a.key, b.key)),
  ]);
  return { byLabel: new Map(sorted), unmatched };
}

/**
 * Groups whose pictures add up as closely as possible to the share of validation: the subset-sum problem,
 * by dynamic programming over the shuffled groups.
 */
function chooseGroups(groups: readonly Group[], fraction: number, random: Random): Group[] {
  const shuffled = random.shuffle([...groups]);
  const total = shuffled.reduce((sum, group) => sum + group.samples.length, 0);
  const target = Math.min(Math.max(Math.round(total * fraction), 1), total - 1);

  // last[s] = 1 + index of the group that first made the sum s reachable; the groups below it reach s
  // less that group's size. 0: not reachable.
  const last = new Int32Array(total);
  for (let index = 0; index < shuffled.length && last[target] === 0; index++) {
    const size = shuffled[index]!.samples.length;
    for (let sum = total - 1; sum >= size; sum--) {
      if (last[sum] === 0 && (sum === size || last[sum - size] !== 0)) last[sum] = index + 1;
    }
  }
  let nearest = target;
  for (let away = 0; away < total; away++) {
    if (target - away > 0 && last[target - away] !== 0) nearest = target - away;
    else if (target + away < total && last[target + away] !== 0) nearest = target + away;
    else continue;
    break;
  }
  const chosen: Group[] = [];
  for (let sum = nearest; sum > 0; ) {
    const group = shuffled[last[sum]! - 1]!;
    chosen.push(group);
    sum -= group.samples.length;
  }
  return chosen;
}

function refuseSingleGroup(groups: readonly Group[], label: number, options: SplitOptions): void {
  if (groups.length >= 2) return;
  const [only] = groups;
  const isOneGroup = only !== undefined && only.samples.length > 1;
  const name = options.classes?.[label];
  throw new GraftError('dataset', {
    where: name === undefined ? `split of class ${label}` : `split of class "${name}"`,
    expected: `at least 2 ${isOneGroup ? 'groups' : 'pictures'}, one to train and one to validate`,
    received: isOneGroup ? `1 group of ${only.samples.length} pictures ("${only.key}")` : '1',
    advice: isOneGroup
      ? 'Add pictures of another individual, or check the group pattern.'
      : 'Add pictures, or give a validation folder.',
  });
}
