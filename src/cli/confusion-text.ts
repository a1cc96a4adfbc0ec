/** @file Which classes were predicted as which: a matrix where it fits, else the most frequent confusions. */

import stringWidth from 'fast-string-width';
import { visible } from '../core/errors/visible-text.ts';
import type { ClassificationResult } from '../events/metrics-report.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import { count, percentOrNone } from './number-text.ts';
import { table, tableWidth } from './table.ts';
import { measureColumns, USUAL_COLUMNS } from './terminal.ts';

/** Of a larger matrix nobody sees anything. */
const MAX_MATRIX = 20;
const MAX_CONFUSIONS = 12;

/**
 * The confusion matrix, a row a true class. Its columns have the names of the classes where there is room, else their
 * numbers, which stand before the names in the rows. Where there is no room for that either, the most frequent confusions.
 */
export function confusionTable(
  { perClass, confusion }: ClassificationResult,
  noun: ModalityName = 'image',
): string {
  const width = measureColumns('out') ?? USUAL_COLUMNS;
  const names = perClass.map(({ className }) => className);
  if (names.length > MAX_MATRIX) return confusionList(names, confusion, { width, noun });
  const cells = confusion.map((row, truth) => [...row.map(count), percentOrNone(perClass[truth]!.recall)]);
  const rows = cells.map((row, truth) => [names[truth]!, ...row]);
  const byName = [CORNER, ...names, 'recall'];
  if (tableWidth(byName, rows) <= width) return table(byName, rows);
  const digits = String(names.length).length;
  const numbers = names.map((_, index) => String(index + 1));
  const numbered = rows.map(([name, ...row], index) => [
    `${numbers[index]!.padStart(digits)} ${name}`,
    ...row,
  ]);
  const byNumber = [CORNER, ...numbers, 'recall'];
  const longest = Math.max(...names.map((name) => stringWidth(visible(name))));
  // A name may be broken into two lines, but not into one of three letters each.
  const room = width - (tableWidth(byNumber, numbered) - longest);
  if (room < Math.min(longest, CORNER.length)) return confusionList(names, confusion, { width, noun });
  return table(byNumber, numbered, { width });
}

const CORNER = 'true \\ predicted';

function confusionList(
  names: readonly string[],
  confusion: ClassificationResult['confusion'],
  { width, noun }: { readonly width: number; readonly noun: ModalityName },
): string {
  const mistakes = confusion
    .flatMap((row, truth) => row.map((images, predicted) => ({ truth, predicted, images })))
    .filter(({ truth, predicted, images }) => truth !== predicted && images > 0)
    .sort((a, b) => b.images - a.images)
    .slice(0, MAX_CONFUSIONS);
  if (mistakes.length === 0) return `no ${noun} was predicted as another class`;
  return table(
    ['true', 'predicted', `${noun}s`],
    mistakes.map(({ truth, predicted, images }) => [names[truth]!, names[predicted]!, count(images)]),
    { width },
  );
}
