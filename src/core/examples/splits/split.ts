/** @file Divides images into training and validation: each class its fraction, each individual and each image to one side. */

import { GraftError } from '../../errors/graft-error.ts';
import { createRandom, type Random } from '../../tensor/random.ts';
import { collectLabels, type Sample } from '../sample.ts';
import { dealGroups } from './deal-samples.ts';
import { nearestSum } from './nearest-sum.ts';
import { groupSamples, type IdenticalSamples, type SampleGroup } from './sample-groups.ts';

/** How samples are split. */
export interface SplitOptions {
  /** Fraction of the images of each class that goes to validation, in (0, 1). */
  readonly fraction: number;
  /** Any integer. The same seed and the same file names give the same split. */
  readonly seed: number;
  /**
   * What identifies an individual in a file name (without its folders): the first capture group if there is
   * one, otherwise the whole match. `/^(horse\d+)-/` keeps `horse01-0.png` and `horse01-1.png` on one side, also where
   * they are of different classes.
   */
  readonly group?: RegExp | undefined;
  /** Samples that are the same image: they stay on one side, whatever their names and classes. */
  readonly identical?: IdenticalSamples | undefined;
  /** Class names, for messages. */
  readonly classNames?: readonly string[] | undefined;
  /** What they are called in messages. Default images. */
  readonly words?: SplitWords | undefined;
}

/** What examples are called, and what holds those that validate. */
export interface SplitWords {
  readonly one: string;
  readonly several: string;
  /** `a validation folder` */
  readonly validation: string;
}

/** Samples, split into those that train and those that validate. */
export interface Split<S extends Sample = Sample> {
  /** In the order of the given samples, as is `validation`. */
  readonly train: readonly S[];
  readonly validation: readonly S[];
  /** Number of groups, a lone image counted as one. Without `group`, the number of images. */
  readonly groups: number;
  /** Images whose name does not match `group`; each is a group of its own. 0 without `group`. */
  readonly unmatched: number;
}

const IMAGES: SplitWords = { one: 'image', several: 'images', validation: 'a validation folder' };

/**
 * A stratified split by whole groups.
 *
 * Of every class, as many images validate as come closest to `fraction` by the groups that are of this class alone; at
 * least one image is on each side. Groups of several classes are dealt first, as folds are.
 *
 * Of images with targets, validation gets its fraction of each label, or of each tenth of the first number (fewer parts of
 * few images), as nearly as the groups allow. A label on very few images may be on one side only.
 *
 * The choice depends on the seed and on the file names below the folder that all samples share: not on where
 * that folder lies, nor on the order of the samples.
 *
 * @throws {GraftError} `argument` if `fraction` is not in (0, 1); `dataset` if a class has fewer than two
 *   images or groups, or would be on one side only; with targets, if one side would be empty.
 */
export function splitSamples<S extends Sample>(samples: readonly S[], options: SplitOptions): Split<S> {
  const { fraction, seed } = options;
  if (!(fraction > 0 && fraction < 1)) {
    throw new GraftError('argument', {
      where: 'split',
      expected: 'a validation fraction between 0 and 1',
      received: String(fraction),
      advice: `Give 0.2 to validate on a fifth of the ${(options.words ?? IMAGES).several}.`,
    });
  }
  const { groups, unmatched } = groupSamples(samples, options.group, options.identical);
  const random = createRandom(seed);
  const areClasses = samples.every(({ target }) => target === undefined);
  const classes = areClasses ? classesOf(groups) : [];
  // Groups of one class are shared out class by class, however they would be dealt.
  const isDealt = !areClasses || classes.some(({ shared }) => shared.length > 0);
  const sides = isDealt ? dealGroups(groups, [1 - fraction, fraction], random) : [];
  const validating = new Set(groups.filter((_, index) => sides[index] === 1));
  if (areClasses) shareClasses(classes, validating, options, random);
  else refuseEmptySide(groups, validating, options);
  const validation = new Set<Sample>();
  for (const group of validating) for (const sample of group.samples) validation.add(sample);
  return {
    train: samples.filter((sample) => !validation.has(sample)),
    validation: samples.filter((sample) => validation.has(sample)),
    groups: groups.length,
    unmatched,
  };
}

/** A class, with the groups that have images of it. */
interface ClassGroups {
  readonly label: number;
  /** Groups of this class alone. */
  readonly own: SampleGroup[];
  /** Groups of several classes. */
  readonly shared: SampleGroup[];
}

/** In the order of the labels. */
function classesOf(groups: readonly SampleGroup[]): ClassGroups[] {
  const classes = new Map<number, ClassGroups>();
  const classOf = (label: number): ClassGroups => {
    const known = classes.get(label);
    if (known !== undefined) return known;
    const created = { label, own: [], shared: [] };
    classes.set(label, created);
    return created;
  };
  for (const group of groups) {
    const { label } = group.samples[0]!;
    if (group.samples.every((sample) => sample.label === label)) classOf(label).own.push(group);
    else for (const each of collectLabels(group.samples)) classOf(each).shared.push(group);
  }
  return [...classes.values()].sort((a, b) => a.label - b.label);
}

/** Settles which groups validate, from how they were dealt. */
function shareClasses(
  classes: readonly ClassGroups[],
  validating: Set<SampleGroup>,
  options: SplitOptions,
  random: Random,
): void {
  for (const each of classes) refuseSingleGroup(each, options);
  bringToBothSides(classes, validating, options);
  for (const { label, own, shared } of classes) {
    const count = (groups: readonly SampleGroup[]): number =>
      groups.reduce((sum, { samples }) => sum + imagesOf(samples, label), 0);
    const total = count(own) + count(shared);
    const there = count(shared.filter((group) => validating.has(group)));
    for (const group of own) validating.delete(group);
    const shuffled = random.fork(`class ${label}`).shuffle([...own]);
    const chosen = nearestSum(
      shuffled.map(({ samples }) => samples.length),
      {
        target: Math.round(total * options.fraction) - there,
        min: Math.max(0, 1 - there),
        max: Math.min(count(own), total - 1 - there),
      },
    );
    for (const index of chosen) validating.add(shuffled[index]!);
  }
}

/**
 * Classes whose groups are all of several classes cannot fill up a side that lacks them: for each such class, the smallest
 * group changes sides that no other such class needs where it is.
 */
function bringToBothSides(
  classes: readonly ClassGroups[],
  validating: Set<SampleGroup>,
  options: SplitOptions,
): void {
  const bound = classes.filter(({ own }) => own.length === 0);
  const together = (each: ClassGroups, group: SampleGroup): number =>
    each.shared.filter((other) => validating.has(other) === validating.has(group)).length;
  for (const each of bound) {
    const [first] = each.shared;
    if (together(each, first!) < each.shared.length) continue;
    const [smallest] = each.shared
      .filter((group) => bound.every((other) => !other.shared.includes(group) || together(other, group) > 1))
      .sort((a, b) => a.samples.length - b.samples.length);
    if (smallest === undefined) throw oneSideOnly(each, validating.has(first!), options);
    if (!validating.delete(smallest)) validating.add(smallest);
  }
}

function imagesOf(samples: readonly Sample[], label: number): number {
  let images = 0;
  for (const sample of samples) if (sample.label === label) images++;
  return images;
}

function refuseSingleGroup({ label, own, shared }: ClassGroups, options: SplitOptions): void {
  const [only, ...others] = [...own, ...shared];
  if (only === undefined || others.length > 0) return;
  const images = imagesOf(only.samples, label);
  const isOneGroup = images > 1;
  const { several, validation } = options.words ?? IMAGES;
  if (isOneGroup && options.group === undefined) throw onlyCopies(only, images, label, options);
  throw new GraftError('dataset', {
    where: placeOf(label, options),
    expected: `at least 2 ${isOneGroup ? 'groups' : several}, one to train and one to validate`,
    received: isOneGroup ? `1 group of ${images} ${several} ("${only.key}")` : '1',
    advice: isOneGroup
      ? `Add ${several} of another individual, or check the group pattern.`
      : `Add ${several}, or give ${validation}.`,
  });
}

function onlyCopies({ key }: SampleGroup, images: number, label: number, options: SplitOptions): GraftError {
  const { several, validation } = options.words ?? IMAGES;
  return new GraftError('dataset', {
    where: placeOf(label, options),
    expected: `at least 2 different ${several}, one to train and one to validate`,
    received: `${images} copies of one ("${key}")`,
    advice: `Add other ${several}, or give ${validation}.`,
  });
}

function oneSideOnly({ label }: ClassGroups, isValidation: boolean, options: SplitOptions): GraftError {
  return new GraftError('dataset', {
    where: placeOf(label, options),
    expected: 'groups of several classes that can be divided so that each class trains and validates',
    received: `none to ${isValidation ? 'train' : 'validate'}`,
    advice: `Add ${(options.words ?? IMAGES).several} of other individuals, or give ${(options.words ?? IMAGES).validation}.`,
  });
}

function refuseEmptySide(
  groups: readonly SampleGroup[],
  validating: ReadonlySet<SampleGroup>,
  options: SplitOptions,
): void {
  if (validating.size > 0 && validating.size < groups.length) return;
  const { several } = options.words ?? IMAGES;
  throw new GraftError('dataset', {
    where: 'split',
    expected: `enough ${options.group ? 'groups' : options.identical?.length ? `different ${several}` : several} to train on and to validate on`,
    received: `${groups.length}, of which ${validating.size > 0 ? 'none would train' : 'none would validate'}`,
    advice: `Add ${several}, or choose another validation fraction.`,
  });
}

function placeOf(label: number, { classNames }: SplitOptions): string {
  const name = classNames?.[label];
  return name === undefined ? `split of class ${label}` : `split of class "${name}"`;
}
