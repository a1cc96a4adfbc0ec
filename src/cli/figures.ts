/** @file Figures of a classifier for people. */

import type { SkippedFile } from '../data/sample.ts';
import { visible } from '../errors/visible-text.ts';
import type { ClassificationFigures } from '../evaluation/classification-figures.ts';
import type { FiguresOf, Task } from '../training/task.ts';
import { labelsBaseline, labelsLine, labelsTable, numbersLine, numbersTable } from './target-figures.ts';
import { percent, percentOrNone, say, styled, table } from './terminal.ts';

/** Confusions are shown in full up to this many classes. */
const MOST_CLASSES_SHOWN = 12;
const MOST_SKIPPED_SHOWN = 10;

/** Prints what is behind the first figure: of classes, labels or numbers. */
export function sayDetails(figures: FiguresOf[Task]): void {
  if ('confusion' in figures) {
    sayConfusion(figures);
    return;
  }
  say();
  say('labels' in figures ? labelsTable(figures) : numbersTable(figures));
  say();
}

/**
 * How good it is, and what stands beside that so that it is not taken for more: a line or two.
 *
 * @param counts - Whether the pictures are others than those that were trained on.
 */
export function figuresLines(figures: FiguresOf[Task], counts: boolean): string[] {
  if ('labels' in figures) return [labelsLine(figures), labelsBaseline(figures)];
  if ('numbers' in figures) return [numbersLine(figures)];
  const { accuracy, images, loss, interval, balancedAccuracy } = figures;
  const [share, low, high] = [accuracy, ...interval].map(percent) as [string, string, string];
  if (!counts) {
    return [`${share} of ${images} pictures, balanced ${percent(balancedAccuracy)}, loss ${loss.toFixed(4)}`];
  }
  return [
    `${styled('bold', share)} of ${images} pictures, loss ${loss.toFixed(4)}, 95 % interval ${low} to ${high}`,
    accuracyContext(figures),
  ];
}

/** `balanced accuracy 50.0 %, macro F1 0.495; always "common" would be 98.0 %`. */
export function accuracyContext(figures: ClassificationFigures): string {
  const { balancedAccuracy, macroF1, baseline, classes } = figures;
  const most = classes.reduce((a, b) => (b.support > a.support ? b : a));
  return (
    `balanced accuracy ${styled('bold', percent(balancedAccuracy))}, macro F1 ${macroF1.toFixed(3)}; ` +
    `always "${visible(most.label)}" would be ${percent(baseline)}`
  );
}

/** Prints which classes were taken for which: a matrix of few classes, or the most frequent mistakes of many. */
export function sayConfusion({ classes, confusion }: ClassificationFigures): void {
  const labels = classes.map(({ label }) => label);
  say();
  if (labels.length <= MOST_CLASSES_SHOWN) {
    say(
      table(
        ['is \\ taken for', ...labels, 'recall'],
        confusion.map((row, i) => [labels[i]!, ...row, percentOrNone(classes[i]!.recall)]),
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
  for (const { file, reason } of skipped.slice(0, MOST_SKIPPED_SHOWN))
    say(`  ${visible(`${file}: ${reason}`)}`);
  if (skipped.length > MOST_SKIPPED_SHOWN) say(`  and ${skipped.length - MOST_SKIPPED_SHOWN} more`);
}
