/** @file Figures of a classifier for people. */

import type { SkippedFile } from '../data/sample.ts';
import type { ClassificationFigures } from '../evaluation/classification-figures.ts';
import { percent, say, styled, table } from './terminal.ts';

/** Confusions are shown in full up to this many classes. */
const MOST_CLASSES_SHOWN = 12;
const MOST_SKIPPED_SHOWN = 10;

/** Prints which classes were taken for which: a matrix of few classes, or the most frequent mistakes of many. */
export function sayConfusion({ classes, confusion }: ClassificationFigures): void {
  const labels = classes.map(({ label }) => label);
  say();
  if (labels.length <= MOST_CLASSES_SHOWN) {
    say(
      table(
        ['is \\ taken for', ...labels, 'recall'],
        confusion.map((row, i) => [labels[i]!, ...row, percent(classes[i]!.recall)]),
      ),
    );
  } else {
    const mistakes = confusion
      .flatMap((row, truth) => row.map((count, predicted) => ({ truth, predicted, count })))
      .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
      .sort((a, b) => b.count - a.count)
      .slice(0, MOST_CLASSES_SHOWN);
    say(
      table(
        ['is', 'taken for', 'times'],
        mistakes.map((m) => [labels[m.truth]!, labels[m.predicted]!, m.count]),
      ),
    );
  }
  say();
}

/** Prints which files were left out, and why. */
export function saySkipped(skipped: readonly SkippedFile[]): void {
  if (skipped.length === 0) return;
  say(`${styled('yellow', 'skipped')} ${skipped.length} ${skipped.length === 1 ? 'file' : 'files'}:`);
  for (const { file, reason } of skipped.slice(0, MOST_SKIPPED_SHOWN)) say(`  ${file}: ${reason}`);
  if (skipped.length > MOST_SKIPPED_SHOWN) say(`  and ${skipped.length - MOST_SKIPPED_SHOWN} more`);
}
