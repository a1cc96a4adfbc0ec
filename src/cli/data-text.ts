/** @file What people hear of the data before the work. */

import { visible } from '../core/errors/visible-text.ts';
import type { DataEvent, DataSet } from '../events/training-event.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import { duplicateLines } from './duplicate-text.ts';
import { count, formatCount } from './number-text.ts';
import { say, styled } from './terminal.ts';

/** Below the first word. */
const INDENT = 6;
const MAX_NAMES = 8;

/** What the data are, in two lines, and what is odd about copies in them. */
export function sayData({ data, task, classNames, sets, duplicates, modality }: DataEvent): void {
  const shown = classNames.slice(0, MAX_NAMES).join(', ');
  const names = `${shown}${classNames.length > MAX_NAMES ? ', ...' : ''}`;
  say(
    `data: ${styled('bold', visible(data))}, ${nounOf(task, classNames.length)} (${visible(names)})`,
    INDENT,
  );
  say(`${' '.repeat(INDENT)}${visible(sizesOf(sets, modality))}`, INDENT);
  sayDuplicates(
    duplicates,
    sets.some(({ isSplit }) => isSplit),
    modality,
  );
}

/** What an evaluation is on, and what is odd about copies in it. */
export function sayEvaluated({ sets: [set], duplicates, modality }: DataEvent): void {
  say(`data: ${visible(set?.source ?? '')}, ${formatCount(set?.examples ?? 0, modality)}`, INDENT);
  sayDuplicates(duplicates, false, modality);
}

function sayDuplicates(
  duplicates: DataEvent['duplicates'],
  keepsTogether: boolean,
  modality: DataEvent['modality'],
): void {
  for (const line of duplicateLines(duplicates, keepsTogether, modality)) sayNote(line);
}

/** A note: something that a person should know. */
export function sayNote(text: string): void {
  say(`${styled('yellow', 'note')} ${visible(text)}`, 'note '.length);
}

/** `764 training / 253 validation images (20% of each class)` */
function sizesOf(sets: readonly DataSet[], modality: DataEvent['modality']): string {
  const sizes = sets.map(({ set, examples }) => `${count(examples)} ${NAMES[set]}`).join(' / ');
  const details = sets.flatMap(({ source, folds }) => [
    ...(source === undefined ? [] : [source]),
    ...(folds === undefined ? [] : [`${folds} folds`]),
  ]);
  return `${sizes} ${modality}s${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
}

const NAMES: Readonly<Record<DataSet['set'], string>> = {
  train: 'training',
  validation: 'validation',
  test: 'test',
  pool: 'training and validation',
  all: 'evaluated',
};

function nounOf(task: Task, number: number): string {
  const { one, several } = taskNamed<Task>(task).words;
  return `${count(number)} ${number === 1 ? one : several}`;
}
