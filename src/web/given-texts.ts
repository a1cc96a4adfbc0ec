/** @file The texts of a training in a page, divided as the command line divides a table or a folder. */

import { GraftError } from '../core/errors/graft-error.ts';
import { quoteList } from '../core/errors/name-list.ts';
import type { SkippedExample } from '../core/examples/example.ts';
import { requireEveryClass } from '../core/examples/require-every-class.ts';
import { collectLabels, compareNaturally } from '../core/examples/sample.ts';
import { composed, findSimilarNames } from '../core/examples/similar-names.ts';
import type { SetName } from '../core/features/sample-sets.ts';
import type { RecipeRequest } from '../recipe/recipe.ts';
import { DEFAULT_TASK, type DefaultTask } from '../recipe/task.ts';
import { divideTexts, knowTexts, TEXT_WORDS, type TextSample } from '../runs/divide-texts.ts';
import {
  type DuplicateReport,
  type NamedImages,
  reportDuplicates,
  reportNearDuplicates,
} from '../runs/duplicate-report.ts';
import type { TextExampleSets } from '../runs/grow-text-classifier.ts';
import { absentNotes } from '../runs/split-notes.ts';
import { type LabeledText, type LabeledTexts, textRows } from './labeled-texts.ts';

/** What a page trains on. */
export interface GivenTextSets {
  readonly train: LabeledTexts;
  /** Chooses the best epoch. Default: the fraction of each class that the recipe says, 10%. */
  readonly validation?: LabeledTexts | undefined;
  /** No decision of the training looks at them. */
  readonly test?: LabeledTexts | undefined;
}

/** The texts of a training, and what is known of them. */
export interface DividedTextSets extends TextExampleSets<DefaultTask> {
  readonly validationSource: string;
  readonly isSplit: boolean;
  readonly notes: readonly string[];
  readonly duplicates: DuplicateReport;
}

/**
 * Divides texts: those that are the same, or of one group, stay on one side.
 *
 * @throws {GraftError} `argument`, if something is no text, or the recipe names a table or a column; `dataset`, if there are too few texts or
 *   classes. And the signal's reason.
 */
export async function divideTextSets(
  sets: GivenTextSets,
  recipe: Pick<RecipeRequest, 'validation' | 'group' | 'seed'>,
  signal: AbortSignal | undefined,
): Promise<DividedTextSets> {
  requireNoColumn(recipe.group);
  const rows = textRows('training texts', sets.train);
  const classNames = namesOf(rows);
  const skipped: SkippedExample[] = [];
  const samples = (what: string, given: readonly LabeledText[]) =>
    samplesOf(what, given, classNames, skipped);
  const pool = samples('training texts', rows);
  const where = 'training texts';
  requireEveryClass({
    where,
    classNames,
    labels: collectLabels(pool),
    unreadable: skipped,
    words: TEXT_WORDS,
  });
  const others = (what: string, given: LabeledTexts | undefined) =>
    given && samples(what, textRows(what, given));
  const own = others('validation texts', sets.validation);
  const test = others('test texts', sets.test);
  const divided =
    own === undefined
      ? divideTexts(pool, {
          task: DEFAULT_TASK,
          classNames,
          fraction: requireFraction(recipe.validation),
          seed: recipe.seed,
          group: pool.some(({ group }) => group !== undefined) ? 'own' : undefined,
        })
      : { train: pool, validation: own, validationSource: 'given texts' };
  const { train, validation, validationSource } = divided;
  const { identical, near, hashes } = await knowTexts([train, validation, test ?? []], { signal });
  const named: NamedImages[] = Object.entries({ train, validation, test } satisfies Record<SetName, unknown>)
    .filter((entry): entry is [SetName, TextSample[]] => entry[1] !== undefined)
    .map(([set, own]) => ({ set, samples: own }));
  return {
    task: DEFAULT_TASK,
    classNames,
    where,
    train,
    validation,
    validationSource,
    test,
    isSplit: own === undefined,
    skipped,
    notes: own === undefined ? [] : absentNotes('The validation', own, classNames, TEXT_WORDS.several),
    duplicates: {
      ...reportDuplicates(identical, named, classNames),
      near: reportNearDuplicates(near, named),
    },
    known: { hashes },
  };
}

/** In natural order, as of a table or a folder. */
function namesOf(rows: readonly LabeledText[]): string[] {
  const names = [...new Set(rows.map(({ label }) => composed(label)))].sort(compareNaturally);
  const complain = (expected: string, received: string, advice: string): GraftError =>
    new GraftError('dataset', { where: 'training texts', expected, received, advice });
  if (names.length < 2) {
    const received = names.length === 0 ? 'none' : `1 (${quoteList(names)})`;
    throw complain(
      'at least 2 classes',
      received,
      'Give texts by class: { refund: ["..."], card: ["..."] }.',
    );
  }
  const similar = findSimilarNames(names);
  if (similar === undefined) return names;
  throw complain(
    `class names that differ in more than ${similar.difference}`,
    quoteList([similar.first, similar.second]),
    'Give the texts of one class under one name.',
  );
}

function samplesOf(
  what: string,
  rows: readonly LabeledText[],
  classNames: readonly string[],
  skipped: SkippedExample[],
): TextSample[] {
  const unknown = [...new Set(rows.map(({ label }) => composed(label)))].filter(
    (name) => !classNames.includes(name),
  );
  if (unknown.length > 0) {
    throw new GraftError('dataset', {
      where: what,
      expected: `classes among ${quoteList(classNames)}`,
      received: quoteList(unknown),
      advice: 'Give training texts of that class, or leave it out.',
    });
  }
  return rows.flatMap((row): TextSample[] => {
    const { place = '', group } = row;
    // As a table is read.
    const text = row.text.trim().replace(/\p{Surrogate}/gu, '\ufffd');
    if (text === '') {
      skipped.push({ file: place, reason: 'empty text' });
      return [];
    }
    return [{ text, place, file: place, label: classNames.indexOf(composed(row.label)), group }];
  });
}

function requireNoColumn(group: string | null): void {
  if (group === null) return;
  throw new GraftError('argument', {
    where: 'recipe',
    expected: 'no "group"',
    received: `"${group}"`,
    advice: 'A page has no columns: give rows with a group, { text, label, group }.',
  });
}

function requireFraction(validation: RecipeRequest['validation']): number | undefined {
  if (typeof validation !== 'string') return validation ?? undefined;
  throw new GraftError('argument', {
    where: 'recipe',
    expected: 'a fraction of the training texts as validation',
    received: `the table "${validation}"`,
    advice: 'A page has no tables: give the option validation with texts.',
  });
}
