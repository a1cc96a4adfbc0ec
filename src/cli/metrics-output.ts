/** @file Metrics of a classifier for people. */

import type { SkippedFile } from '../data/sample.ts';
import { visible } from '../errors/visible-text.ts';
import type { ClassificationReport } from '../evaluation/classification-report.ts';
import type { ReportOf, Task } from '../recipe/task.ts';
import { labelsBaseline, labelsLine, labelsTable, numbersLine, numbersTable } from './target-metrics.ts';
import { percent, percentOrNone, say, styled, table } from './terminal.ts';

/** Confusions are shown in full up to this many classes. */
const MAX_CLASSES_SHOWN = 12;
const MAX_SKIPPED_SHOWN = 10;

/** Prints what is behind the first metric: of classes, labels or numbers. */
export function sayDetails(metrics: ReportOf[Task]): void {
  if ('confusion' in metrics) {
    sayConfusion(metrics);
    return;
  }
  say();
  say('labels' in metrics ? labelsTable(metrics) : numbersTable(metrics));
  say();
}

/**
 * How good it is, and what stands beside that so that it is not taken for more: a line or two.
 *
 * @param counts - Whether the images are others than those that were trained on.
 */
export function metricsLines(metrics: ReportOf[Task], counts: boolean): string[] {
  if ('labels' in metrics) return [labelsLine(metrics), labelsBaseline(metrics)];
  if ('numbers' in metrics) return [numbersLine(metrics)];
  const { accuracy, images, loss, interval, balancedAccuracy } = metrics;
  const [fraction, low, high] = [accuracy, ...interval].map(percent) as [string, string, string];
  if (!counts) {
    return [
      `${fraction} of ${images} images, balanced ${percent(balancedAccuracy)}, loss ${loss.toFixed(4)}`,
    ];
  }
  return [
    `${styled('bold', fraction)} of ${images} images, loss ${loss.toFixed(4)}, 95 % interval ${low} to ${high}`,
    accuracyContext(metrics),
  ];
}

/** `balanced accuracy 50.0%, macro F1 0.495; always "common" would be 98.0%`. */
export function accuracyContext(metrics: ClassificationReport): string {
  const { balancedAccuracy, macroF1, baseline, classes } = metrics;
  const max = classes.reduce((a, b) => (b.support > a.support ? b : a));
  return (
    `balanced accuracy ${styled('bold', percent(balancedAccuracy))}, macro F1 ${macroF1.toFixed(3)}; ` +
    `always "${visible(max.label)}" would be ${percent(baseline)}`
  );
}

/** Prints which classes were taken for which: a matrix of few classes, or the most frequent mistakes of many. */
export function sayConfusion({ classes, confusion }: ClassificationReport): void {
  const labels = classes.map(({ label }) => label);
  say();
  if (labels.length <= MAX_CLASSES_SHOWN) {
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
      .slice(0, MAX_CLASSES_SHOWN);
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
  for (const { file, reason } of skipped.slice(0, MAX_SKIPPED_SHOWN))
    say(`  ${visible(`${file}: ${reason}`)}`);
  if (skipped.length > MAX_SKIPPED_SHOWN) say(`  and ${skipped.length - MAX_SKIPPED_SHOWN} more`);
}
