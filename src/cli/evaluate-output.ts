/** @file What people and programs read of an evaluation. */

import type { Sample } from '../data/sample.ts';
import type { ClassificationFigures } from '../evaluation/classification-figures.ts';
import type { FiguresOf, Task } from '../training/task.ts';
import type { TrainedImages } from '../training/trained-images.ts';
import { accuracyContext, figuresLines, sayConfusion } from './figures.ts';
import { labelsTable, numbersTable } from './target-figures.ts';
import { NONE, percent, percentOrNone, printOut, say, styled, table } from './terminal.ts';

/** Prints the result on standard output, and what explains it beside. */
export function printFigures(figures: FiguresOf[Task]): void {
  if ('accuracy' in figures) {
    printClasses(figures);
    return;
  }
  const details = 'labels' in figures ? labelsTable(figures) : numbersTable(figures);
  printOut(`${figuresLines(figures, true).join('\n')}\n\n${details}\n`);
}

/**
 * Says that the model was trained on some of the pictures, in a line.
 *
 * @param without - How good it is on the others, if there are any.
 */
export function sayTrainedImages(
  { estimate, expectedByChance }: TrainedImages,
  images: number,
  without: FiguresOf[Task] | undefined,
): void {
  const isExact = expectedByChance < 0.5;
  const number = Math.round(estimate).toLocaleString('en');
  const isAll = without === undefined;
  const many = isAll
    ? `all ${number}`
    : `${isExact ? '' : 'about '}${number} of ${images.toLocaleString('en')}`;
  const rest = isAll
    ? 'nothing here tells how good it is on others'
    : `without them, ${figuresLines(without, true)[0]}`;
  say(`${styled('yellow', 'note')} The model was trained on ${many} pictures, as its file tells: ${rest}.`);
}

/** What `--json` tells of it. */
export function trainedDocument(
  { positions, estimate, expectedByChance, isBeyondChance }: TrainedImages,
  samples: readonly Sample[],
  without: FiguresOf[Task] | undefined,
): Record<string, unknown> {
  const files = [...positions].map((position) => samples[position]!.file);
  return { found: files.length, expectedByChance, estimate, isBeyondChance, files, without: without ?? null };
}

function printClasses(figures: ClassificationFigures): void {
  const [low, high] = figures.interval;
  printOut(
    `accuracy ${percent(figures.accuracy)} of ${figures.images} pictures, 95 % interval ${percent(low)} to ${percent(high)}; loss ${figures.loss.toFixed(4)}\n` +
      `${accuracyContext(figures)}\n\n` +
      `${table(
        ['class', 'precision', 'recall', 'f1', 'pictures'],
        figures.classes.map(({ label, precision, recall, f1, support }) => [
          label,
          percent(precision),
          percentOrNone(recall),
          f1 === null ? NONE : f1.toFixed(3),
          support,
        ]),
      )}\n`,
  );
  if (figures.classes.length > 1) sayConfusion(figures);
  say(styled('dim', "The interval is Wilson's: what the true accuracy could be, from this many pictures."));
}
