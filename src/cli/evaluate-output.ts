/** @file What people and programs read of an evaluation. */

import type { Sample } from '../data/sample.ts';
import type { ClassificationReport } from '../evaluation/classification-report.ts';
import type { ReportOf, Task } from '../recipe/task.ts';
import type { TrainedImages } from '../runs/trained-images.ts';
import { accuracyContext, metricsLines, sayConfusion } from './metrics-output.ts';
import { labelsTable, numbersTable } from './target-metrics.ts';
import { NONE, percent, percentOrNone, printOut, say, styled, table } from './terminal.ts';

/** Prints the result on standard output, and what explains it beside. */
export function printMetrics(metrics: ReportOf[Task]): void {
  if ('accuracy' in metrics) {
    printClasses(metrics);
    return;
  }
  const details = 'labels' in metrics ? labelsTable(metrics) : numbersTable(metrics);
  printOut(`${metricsLines(metrics, true).join('\n')}\n\n${details}\n`);
}

/**
 * Says that the model was trained on some of the images, in a line.
 *
 * @param without - How good it is on the others, if there are any.
 */
export function sayTrainedImages(
  { estimate, expectedByChance }: TrainedImages,
  images: number,
  without: ReportOf[Task] | undefined,
): void {
  const isExact = expectedByChance < 0.5;
  const number = Math.round(estimate).toLocaleString('en');
  const isAll = without === undefined;
  const many = isAll
    ? `all ${number}`
    : `${isExact ? '' : 'about '}${number} of ${images.toLocaleString('en')}`;
  const rest = isAll
    ? 'nothing here tells how good it is on others'
    : `without them, ${metricsLines(without, true)[0]}`;
  say(`${styled('yellow', 'note')} The model was trained on ${many} images, as its file tells: ${rest}.`);
}

/** What `--json` tells of it. */
export function trainedDocument(
  { positions, estimate, expectedByChance, isBeyondChance }: TrainedImages,
  samples: readonly Sample[],
  without: ReportOf[Task] | undefined,
): Record<string, unknown> {
  const files = [...positions].map((position) => samples[position]!.file);
  return { found: files.length, expectedByChance, estimate, isBeyondChance, files, without: without ?? null };
}

function printClasses(metrics: ClassificationReport): void {
  const [low, high] = metrics.interval;
  printOut(
    `accuracy ${percent(metrics.accuracy)} of ${metrics.images} images, 95 % interval ${percent(low)} to ${percent(high)}; loss ${metrics.loss.toFixed(4)}\n` +
      `${accuracyContext(metrics)}\n\n` +
      `${table(
        ['class', 'precision', 'recall', 'f1', 'images'],
        metrics.classes.map(({ label, precision, recall, f1, support }) => [
          label,
          percent(precision),
          percentOrNone(recall),
          f1 === null ? NONE : f1.toFixed(3),
          support,
        ]),
      )}\n`,
  );
  if (metrics.classes.length > 1) sayConfusion(metrics);
  say(styled('dim', "The interval is Wilson's: what the true accuracy could be, from this many images."));
}
