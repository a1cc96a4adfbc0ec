/** @file Divides texts into those that train and those that validate, and tells which are the same, or nearly. */

import { type ContentHashes, emptyHashes } from '../core/examples/content-hashes.ts';
import type { Sample } from '../core/examples/sample.ts';
import { type SplitWords, splitSamples } from '../core/examples/splits/split.ts';
import { SET_NAMES, type SetName } from '../core/features/sample-sets.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import { findNearDuplicates, type NearDuplicate } from '../text/modality/near-duplicates.ts';
import { repeatedTexts } from '../text/modality/same-texts.ts';
import type { TextExample } from '../text/modality/text-example.ts';
import { formatPercent, fractionOfClasses } from './split-notes.ts';

/** A labeled text; in the place of a file stands where it comes from: `reviews.csv, line 12`. */
export interface TextSample extends TextExample, Sample {}

/** The fraction of the texts that validates where nothing was said: there are more of them than of images, mostly. */
export const DEFAULT_TEXT_VALIDATION = 0.1;

/** What a run's texts are called in messages. */
export const TEXT_WORDS: SplitWords = {
  one: 'text',
  several: 'texts',
  validation: 'a table to validate on (--validation)',
};

/** How texts are divided. */
export interface DivideTextsOptions {
  readonly task: Task;
  readonly classNames: readonly string[];
  /** Of each class, label or value. Default {@link DEFAULT_TEXT_VALIDATION}. */
  readonly fraction: number | undefined;
  readonly seed: number;
  /** What stays on one side beside texts that are the same: what the pattern finds alike in names, or `own`, what has one `group`. */
  readonly group?: RegExp | 'own' | undefined;
}

/** Texts on two sides. */
export interface DividedTexts {
  readonly train: readonly TextSample[];
  readonly validation: readonly TextSample[];
  /** What part of them validates, for people: `10% of each class`. */
  readonly validationSource: string;
  /** Texts that are the same, of all. */
  readonly same: readonly (readonly TextSample[])[];
}

/**
 * Splits off the texts that validate, in the order of all.
 *
 * @throws {GraftError} As `splitSamples`.
 */
export function divideTexts(samples: readonly TextSample[], options: DivideTextsOptions): DividedTexts {
  const { task, classNames, seed, group, fraction = DEFAULT_TEXT_VALIDATION } = options;
  const same = sameTexts(samples);
  const split = splitSamples(samples, {
    fraction,
    seed,
    classNames,
    group: group === 'own' ? undefined : group,
    identical: textsTogether(samples, group === 'own', same),
    words: TEXT_WORDS,
  });
  const percent = formatPercent(fraction);
  const each = {
    class: fractionOfClasses(fraction, split, TEXT_WORDS.several),
    labels: `${percent} of each label`,
    values: percent,
  }[taskNamed<Task>(task).targets];
  return {
    train: split.train,
    validation: split.validation,
    same,
    validationSource: group === undefined ? each : `${each}, ${split.groups} groups kept together`,
  };
}

/** Texts that must be on one side: those that are the same, and, where they are grouped, those of one group. */
export function textsTogether(
  samples: readonly TextSample[],
  isGrouped: boolean,
  same: TextSample[][] = sameTexts(samples),
): TextSample[][] {
  return isGrouped ? [...same, ...repeatedGroups(samples)] : same;
}

function sameTexts(samples: readonly TextSample[]): TextSample[][] {
  return repeatedTexts(samples).map((group) => group.map((position) => samples[position]!));
}

/** What is known of a run's texts before anything is computed. */
export interface KnownTexts {
  /** By set; filled in as texts are hashed. */
  readonly hashes: ReadonlyMap<SetName, ContentHashes>;
  /** Groups of texts that are the same, as positions through the sets, in the order of `SET_NAMES`. */
  readonly identical: readonly (readonly number[])[];
  /** Texts that are nearly the same as one on another side. */
  readonly near: readonly NearDuplicate[];
}

/**
 * Finds what is the same in and between sets, and what is nearly the same on two sides.
 *
 * @param sets - In the order of `SET_NAMES`.
 * @param folds - Sides that the only set is divided into. Default: each set is one.
 * @param same - The texts that are the same, where that is known. Default: they are found.
 * @throws The signal's reason, if it aborts.
 */
export async function knowTexts(
  sets: readonly (readonly TextSample[])[],
  {
    folds,
    same,
    ...options
  }: RuntimeOptions & {
    readonly signal?: AbortSignal | undefined;
    readonly folds?: readonly (readonly TextSample[])[] | undefined;
    readonly same?: DividedTexts['same'] | undefined;
  } = {},
): Promise<KnownTexts> {
  const hashes = new Map(SET_NAMES.map((name, index) => [name, emptyHashes(sets[index]?.length ?? 0)]));
  const all = sets.flat();
  const sides = folds === undefined ? sidesOfSets(sets) : sidesOfFolds(all, folds);
  const near = await findNearDuplicates(all, (position) => sides[position]!, options);
  return { hashes, identical: same === undefined ? repeatedTexts(all) : positionsOf(same, all), near };
}

/** In the order of their first ones, and so within each. */
function positionsOf(groups: DividedTexts['same'], all: readonly TextSample[]): number[][] {
  const sought = new Set(groups.flat());
  const places = new Map<TextSample, number>();
  for (let position = 0; position < all.length; position++)
    if (sought.has(all[position]!)) places.set(all[position]!, position);
  return groups
    .map((group) => group.map((sample) => places.get(sample)!).sort((a, b) => a - b))
    .sort(([a], [b]) => a! - b!);
}

function sidesOfSets(sets: readonly (readonly TextSample[])[]): Uint32Array {
  const sides = new Uint32Array(sets.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const [side, { length }] of sets.entries()) {
    sides.fill(side, start, start + length);
    start += length;
  }
  return sides;
}

function sidesOfFolds(pool: readonly TextSample[], folds: readonly (readonly TextSample[])[]): Uint32Array {
  const sideOf = new Map(folds.flatMap((fold, side) => fold.map((sample) => [sample, side] as const)));
  return Uint32Array.from(pool, (sample) => sideOf.get(sample)!);
}

/** What is of one group, where several are. */
function repeatedGroups(samples: readonly TextSample[]): TextSample[][] {
  const groups = new Map<string, TextSample[]>();
  for (const sample of samples) {
    const { group } = sample;
    if (group === undefined) continue;
    const own = groups.get(group);
    if (own === undefined) groups.set(group, [sample]);
    else own.push(sample);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}
