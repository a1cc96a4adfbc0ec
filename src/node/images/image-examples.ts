/** @file Images and their ground truth as a program gives them: arrays, generators, streams. */

import { resolve } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { GraftError } from '../../core/errors/graft-error.ts';
import { quoteList } from '../../core/errors/name-list.ts';
import { type ImageSource, requireImages } from '../../core/examples/image-content.ts';
import type { TargetKind } from '../../core/examples/labels/label-columns.ts';
import { compareNaturally, type Sample } from '../../core/examples/sample.ts';
import { composed, findSimilarNames } from '../../core/examples/similar-names.ts';

/** An image, wherever it lies. */
interface ExampleImage {
  /** A path, the bytes of a file, or pixels. What lies in memory must stay as it is while it is used. */
  readonly image: ImageSource;
  /**
   * What an image in memory is called, in messages and where a `group` looks for individuals; a split depends on it.
   * Different for different images. Default: its place, `training image 3`.
   */
  readonly name?: string | undefined;
}

/** An image of one class. */
export interface ClassExample extends ExampleImage {
  readonly label: string;
}

/** An image with any number of labels. */
export interface LabelsExample extends ExampleImage {
  readonly labels: readonly string[];
}

/** An image with values to learn: the same names for all images. */
export interface ValuesExample extends ExampleImage {
  readonly values: Readonly<Record<string, number>>;
}

/** An image and what is known of it, by the names that predictions have, too. */
export type ImageExample = ClassExample | LabelsExample | ValuesExample;

/** Images and what is known of them, gone through once: an array, a generator, or an async one. */
export type Examples<E extends ImageExample = ImageExample> = Iterable<E> | AsyncIterable<E>;

/** Examples as samples. */
export interface CollectedExamples {
  readonly kind: TargetKind;
  /** With targets, but where their kind is a class. */
  readonly samples: readonly Sample[];
  /** Names of classes, labels or values. */
  readonly names: readonly string[];
  /** For messages: `training images`. */
  readonly where: string;
}

export interface CollectOptions {
  /** What messages call one of them: `training image`. */
  readonly what: string;
  /** What must be known of them. Default: what is known of the first. */
  readonly kind?: TargetKind | undefined;
  /** Names of classes, labels or values, in the order that is wanted. Default: those that occur, in natural order; of values, as the first example has them. */
  readonly classNames?: readonly string[] | undefined;
  /** Ends it by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How an example tells its ground truth, by kind. */
const KEYS = { class: 'label', labels: 'labels', values: 'values' } as const;

/**
 * Goes through examples once.
 *
 * @throws {GraftError} `argument`, if one of them is no example; `dataset`, if there is none, one has another kind of ground
 *   truth, or names that are not known, or two have one name. And what the examples themselves throw.
 */
export async function collectExamples(
  examples: Examples,
  options: CollectOptions,
): Promise<CollectedExamples> {
  const { what, signal } = options;
  const where = `${what}s`;
  const given: ImageExample[] = [];
  let { kind } = options;
  for await (const example of examples) {
    signal?.throwIfAborted();
    kind = requireExample(example, kind, `${what} ${given.length + 1}`);
    given.push(example);
  }
  if (kind === undefined || given.length === 0) {
    throw new GraftError('dataset', {
      where,
      expected: 'at least 1 example',
      received: 'none',
      advice: 'A generator gives its examples once: make a new one for each call.',
    });
  }
  const names = options.classNames?.map(composed) ?? namesIn(given, kind);
  requireNames(names, kind, where);
  const samples = given.map((example, index) =>
    sampleOf(example, names, { what: `${what} ${index + 1}`, kind }),
  );
  requireDifferentFiles(samples, where);
  return { kind, samples, names, where };
}

/** @returns What is known of it. */
function requireExample(example: ImageExample, wanted: TargetKind | undefined, where: string): TargetKind {
  const keys = wanted === undefined ? Object.values(KEYS) : [KEYS[wanted]];
  const has = Object.keys(Object(example));
  const kind = (Object.keys(KEYS) as TargetKind[]).find(
    (each) => keys.includes(KEYS[each]) && has.includes(KEYS[each]),
  );
  const complain = (expected: string, received: string, advice: string): GraftError =>
    new GraftError('argument', { where, expected, received, advice });
  if (!has.includes('image') || kind === undefined) {
    const form = keys.map((key) => `{ image, ${key} }`).join(' or ');
    throw complain(
      form,
      has.length === 0 ? String(example) : `{ ${has.join(', ')} }`,
      'All examples have one form.',
    );
  }
  requireImages(where, [example.image]);
  const { name } = example;
  if (name !== undefined && (typeof example.image === 'string' || name === '')) {
    throw complain(
      'a name for an image in memory alone',
      typeof example.image === 'string' ? `one for the file "${example.image}"` : 'an empty one',
      'Leave it out.',
    );
  }
  const truth = (example as unknown as Record<string, unknown>)[KEYS[kind]];
  const isRight = { class: isName, labels: areNames, values: areNumbers }[kind](truth);
  if (isRight) return kind;
  const form = {
    class: 'the name of a class',
    labels: 'an array of names',
    values: 'finite numbers by name',
  }[kind];
  throw complain(`${form} as ${KEYS[kind]}`, shown(truth), 'Give what is known of the image.');
}

function isName(truth: unknown): boolean {
  return typeof truth === 'string' && truth !== '';
}

function areNames(truth: unknown): boolean {
  return Array.isArray(truth) && truth.every(isName);
}

function areNumbers(truth: unknown): boolean {
  const numbers = typeof truth === 'object' && truth !== null ? Object.values(truth) : [];
  return numbers.length > 0 && numbers.every((value) => Number.isFinite(value));
}

function shown(value: unknown): string {
  const text = typeof value === 'number' ? `${value}` : JSON.stringify(value);
  return (text ?? String(value)).slice(0, 80);
}

function namesIn(given: readonly ImageExample[], kind: TargetKind): readonly string[] {
  if (kind === 'values') return Object.keys((given[0] as ValuesExample).values).map(composed);
  return [...new Set(given.flatMap(wordsOf).map(composed))].sort(compareNaturally);
}

function wordsOf(example: ImageExample): readonly string[] {
  if ('label' in example) return [example.label];
  return 'labels' in example ? example.labels : Object.keys(example.values);
}

function requireNames(names: readonly string[], kind: TargetKind, where: string): void {
  const similar = findSimilarNames(names);
  if (similar !== undefined) {
    throw new GraftError('dataset', {
      where,
      expected: `labels that differ in more than ${similar.difference}`,
      received: `"${similar.first}", "${similar.second}"`,
      advice: 'Write one label the same way in all examples.',
    });
  }
  const least = kind === 'class' ? 2 : 1;
  if (names.length >= least) return;
  throw new GraftError('dataset', {
    where,
    expected: kind === 'class' ? 'at least 2 classes' : 'at least 1 label',
    received: names.length === 0 ? 'none' : `1 ("${names[0]}")`,
    advice: 'Add images of another one.',
  });
}

function sampleOf(
  example: ImageExample,
  names: readonly string[],
  { what, kind }: { readonly what: string; readonly kind: TargetKind },
): Sample {
  const { image, name = what } = example;
  const place = typeof image === 'string' ? { file: resolve(image) } : { file: name, content: image };
  const words = wordsOf(example).map((word) => indexOf(composed(word), names, what));
  if (kind === 'class') return { ...place, label: words[0]! };
  const target = new Float32Array(names.length);
  if (kind === 'labels') for (const index of words) target[index] = 1;
  else {
    const missing = names.filter((_, index) => !words.includes(index));
    if (missing.length > 0) {
      throw new GraftError('dataset', {
        where: what,
        expected: `a value for each of ${quoteList(names)}`,
        received: `none for ${quoteList(missing)}`,
        advice: 'Leave the image out where a value is not known.',
      });
    }
    Object.values((example as ValuesExample).values).forEach((value, index) => {
      target[words[index]!] = value;
    });
  }
  return { ...place, label: 0, target };
}

function indexOf(word: string, names: readonly string[], where: string): number {
  const index = names.indexOf(word);
  if (index >= 0) return index;
  throw new GraftError('dataset', {
    where,
    expected: `names among ${quoteList(names)}`,
    received: `"${word}"`,
    advice: `Did you mean "${closest(word, names)}"? Upper and lower case count.`,
  });
}

function requireDifferentFiles(samples: readonly Sample[], where: string): void {
  const seen = new Set<string>();
  for (const { file, content } of samples) {
    if (!seen.has(file)) {
      seen.add(file);
      continue;
    }
    throw new GraftError('dataset', {
      where,
      expected: content === undefined ? 'every file once' : 'a name of its own for each image',
      received: `"${file}" twice`,
      advice:
        content === undefined ? 'Remove one of the two examples.' : 'Choose other names, or leave them out.',
    });
  }
}
