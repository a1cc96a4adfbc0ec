/** @file The images of a training by their classes, as a page gives them, divided as the command line divides a folder. */

import { GraftError } from '../core/errors/graft-error.ts';
import { quoteList } from '../core/errors/name-list.ts';
import {
  type ContentHashes,
  emptyHashes,
  HASH_BYTES,
  hashAt,
  isHashed,
} from '../core/examples/content-hashes.ts';
import { requireImages } from '../core/examples/image-content.ts';
import { requireEveryClass } from '../core/examples/require-every-class.ts';
import { collectLabels, compareNaturally } from '../core/examples/sample.ts';
import { composed, findSimilarNames } from '../core/examples/similar-names.ts';
import { splitSamples } from '../core/examples/splits/split.ts';
import type { SetName } from '../core/features/sample-sets.ts';
import { encodeHex } from '../core/tensor/hex.ts';
import type { RecipeRequest } from '../recipe/recipe.ts';
import { DEFAULT_VALIDATION } from '../recipe/recipe-fields.ts';
import { DEFAULT_TASK } from '../recipe/task.ts';
import type { ExampleSets } from '../runs/example-sets.ts';
import { regularExpression } from '../runs/group-pattern.ts';
import { absentNotes, fractionOfClasses, unmatchedNotes } from '../runs/split-notes.ts';
import { type GivenSample, givenImages } from './given-images.ts';
import { isPixels } from './image-pixels.ts';
import { isBlob } from './is-blob.ts';
import { type ImagesByClass, nameImage } from './named-images.ts';

/** What a page trains on. */
export interface GivenSets {
  readonly train: ImagesByClass;
  /** Chooses the best epoch. Default: the fraction of each class that the recipe says, 20%. */
  readonly validation?: ImagesByClass | undefined;
  /** No decision of the training looks at them. */
  readonly test?: ImagesByClass | undefined;
}

/** The images of a training, and what is known of them. */
export interface DividedImages extends ExampleSets {
  readonly skipped: readonly [];
  readonly validationSource: string;
  readonly isSplit: boolean;
  readonly notes: readonly string[];
  /** Groups of copies, as positions through the sets. */
  readonly identical: readonly (readonly number[])[];
}

/**
 * Hashes the images and divides them. Files under the names that they have in a folder are divided as the command line divides
 * that folder: copies of an image stay on one side.
 *
 * @throws {GraftError} `argument`, if something is no image, or the recipe names a folder; `dataset`, if there are too few images or classes.
 */
export async function divideImages(
  sets: GivenSets,
  { validation: fraction, group, seed }: Pick<RecipeRequest, 'validation' | 'group' | 'seed'>,
  signal: AbortSignal | undefined,
): Promise<DividedImages> {
  const classNames = namesOf(sets.train);
  const pool = samplesOf('training images', sets.train, classNames);
  requireEveryClass({ where: 'training images', classNames, labels: collectLabels(pool), words: IMAGES });
  const own = sets.validation && samplesOf('validation images', sets.validation, classNames);
  const test = sets.test && samplesOf('test images', sets.test, classNames);
  const given = [...pool, ...(own ?? []), ...(test ?? [])];
  const hashes = emptyHashes(given.length);
  await givenImages.hash(given, 0, given.length, hashes, signal);
  const places = new Map(given.map((sample, place) => [sample, place]));
  const digest = (sample: GivenSample): Uint8Array => hashAt(hashes, places.get(sample)!);
  const shared = { task: DEFAULT_TASK, classNames, test, skipped: [] as const };
  const known = (named: Partial<Record<SetName, readonly GivenSample[] | undefined>>) => ({
    hashes: new Map(
      Object.entries(named).flatMap(([name, samples]) =>
        samples === undefined ? [] : [[name as SetName, hashesOf(samples, digest)] as const],
      ),
    ),
  });
  if (own !== undefined) {
    return {
      ...shared,
      train: pool,
      validation: own,
      validationSource: 'given images',
      isSplit: false,
      notes: absentNotes('The validation', own, classNames),
      identical: copiesIn(hashesOf([...pool, ...own, ...(test ?? [])], digest)),
      known: known({ train: pool, validation: own, test }),
    };
  }
  const asked = requireFraction(fraction);
  const copies = copiesIn(hashesOf(pool, digest)).map((group) => group.map((place) => pool[place]!));
  const pattern = group === null ? undefined : regularExpression(group);
  const split = splitSamples(pool, {
    fraction: asked,
    seed,
    classNames,
    group: pattern,
    identical: copies,
    words: IMAGES,
  });
  const { train, validation, groups, unmatched } = split;
  return {
    ...shared,
    train,
    validation,
    validationSource: `${fractionOfClasses(asked, split)}${pattern ? `, ${groups} groups kept together` : ''}`,
    isSplit: true,
    notes: unmatchedNotes(unmatched),
    identical: copiesIn(hashesOf([...train, ...validation, ...(test ?? [])], digest)),
    known: known({ train, validation, test }),
  };
}

const IMAGES = { one: 'image', several: 'images', validation: 'validation images' };

/** Names of classes, in natural order, as folders are. */
export function classNamesOf(...sets: readonly ImagesByClass[]): string[] {
  return [...new Set(sets.flatMap((images) => Object.keys(images)).map(composed))].sort(compareNaturally);
}

/** The same of images that can be trained on. */
function namesOf(images: ImagesByClass): string[] {
  const names = classNamesOf(images);
  const complain = (expected: string, received: string, advice: string): GraftError =>
    new GraftError('dataset', { where: 'training images', expected, received, advice });
  if (names.length < 2) {
    const received = names.length === 0 ? 'none' : `1 (${quoteList(names)})`;
    throw complain('at least 2 classes', received, 'Give images by class: { cat: files, dog: files }.');
  }
  const similar = findSimilarNames(names);
  if (similar === undefined) return names;
  throw complain(
    `class names that differ in more than ${similar.difference}`,
    quoteList([similar.first, similar.second]),
    'Give the images of one class under one name.',
  );
}

/**
 * Class after class, each in the natural order of its files' names: as a folder is read. They are called `/CLASS/NAME`.
 *
 * @param what - How messages call them.
 * @throws {GraftError} `dataset`, of a class that is none of the names; `argument`, if something is no image.
 */
export function samplesOf(what: string, images: ImagesByClass, classNames: readonly string[]): GivenSample[] {
  const unknown = Object.keys(images).filter((name) => !classNames.includes(composed(name)));
  if (unknown.length > 0) {
    throw new GraftError('dataset', {
      where: what,
      expected: `classes among ${quoteList(classNames)}`,
      received: quoteList(unknown),
      advice: 'Give training images of that class, or leave it out.',
    });
  }
  return classNames.flatMap((className, label) => {
    const own = Object.entries(images).filter(([name]) => composed(name) === className);
    const taken = new Set<string>();
    const samples = own.flatMap(([, each]) =>
      [...each].map(nameImage).map(({ image, name }, index): GivenSample => {
        requireStill(`${what} of "${className}", ${index + 1}`, image);
        return { file: freeName(`/${className}/${name}`, taken), label, image };
      }),
    );
    return samples.sort((a, b) => compareNaturally(a.file, b.file));
  });
}

/** Files of several folders may have one name. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let copy = 2; taken.has(free); copy++) free = `${name} (${copy})`;
  taken.add(free);
  return free;
}

function requireStill(where: string, image: unknown): void {
  if (isBlob(image)) return;
  if (isPixels(image)) {
    requireImages(where, [image]);
    return;
  }
  throw new GraftError('argument', {
    where,
    expected: 'a File, a Blob or ImageData',
    received: image === null || image === undefined ? String(image) : `a value of type ${typeof image}`,
    advice: 'Of a video or canvas, give what captureImage makes of it.',
  });
}

function requireFraction(validation: RecipeRequest['validation']): number {
  if (typeof validation !== 'string') return validation ?? DEFAULT_VALIDATION;
  throw new GraftError('argument', {
    where: 'recipe',
    expected: 'a fraction of the training images as validation',
    received: `the folder "${validation}"`,
    advice: 'A page has no folders: give the option validation with images by class.',
  });
}

/** Groups of places with the same hash, in the order of their first; what cannot be read has none. */
export function copiesIn({ hashes }: ContentHashes): number[][] {
  const groups = new Map<string, number[]>();
  for (let place = 0; place < hashes.length / HASH_BYTES; place++) {
    if (!isHashed(hashes, place)) continue;
    const key = encodeHex(hashAt({ hashes }, place));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

function hashesOf(
  samples: readonly GivenSample[],
  digest: (sample: GivenSample) => Uint8Array,
): ContentHashes {
  const own = emptyHashes(samples.length);
  samples.forEach((sample, index) => {
    own.hashes.set(digest(sample), index * HASH_BYTES);
  });
  return own;
}
