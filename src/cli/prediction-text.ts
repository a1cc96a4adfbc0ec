/** @file How predictions are printed: as a table for people, and as CSV. */

import { csvLines, distinctColumns } from '../node/files/csv-lines.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import { rankClasses } from '../recipe/tasks/ranking.ts';
import type { FilePrediction, FilePredictionError, PredictReport } from '../use-cases/predict-report.ts';
import { percent, short } from './number-text.ts';
import { table } from './table.ts';
import { columnsOf } from './terminal.ts';

type Probabilities = Readonly<Record<string, number>>;

interface Ranked {
  readonly label: string;
  readonly probability: number;
}

/** Classes or labels that are told of beside the predicted ones. */
const BESIDE = 2;
/** Characters of a text that a table has. */
const MAX_SHOWN = 120;

/** A table for people: an image is a row, and one that cannot be read has its reason there. */
export function predictionsTable(report: PredictReport, top: number | undefined): string {
  const headings = headingsOf(report);
  const rows = report.predictions.map((prediction) => {
    const example = isError(prediction)
      ? prediction.file
      : prediction.text === undefined
        ? prediction.file
        : shortened(prediction.text);
    if (!isError(prediction)) return [example, ...cellsOf(prediction, report.classNames, top)];
    if (headings.length === 1) return [example, `error: ${prediction.error}`];
    return [example, 'error', ...headings.slice(2).map(() => ''), prediction.error];
  });
  const first = report.modality === 'text' ? 'text' : 'file';
  return table([first, ...headings], rows, { width: columnsOf('out') });
}

/** CSV: numbers are written in full, and all columns differ, whatever the classes are called. */
export function predictionsCsv({ modality, task, classNames, predictions }: PredictReport): string {
  const { columns: own, output } = taskNamed<Task>(task);
  const prefix = output.isProbability ? 'probability of ' : 'value of ';
  const about = modality === 'text' ? ['file', 'text'] : ['file'];
  const columns = [...own, ...distinctColumns([...about, 'error', ...own], classNames, prefix)];
  const rows = predictions.map((prediction) => {
    const example = modality === 'text' ? [prediction.file, prediction.text ?? ''] : [prediction.file];
    return isError(prediction)
      ? [...example, ...columns.map(() => ''), prediction.error]
      : [...example, ...csvCells(prediction, classNames), ''];
  });
  return csvLines([[...about, ...columns, 'error'], ...rows]);
}

/** Of a long text, enough to know it by; --json and --csv have all of it. */
function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 3).trimEnd()}...`;
}

/** Values stand in columns of their own; of probabilities the others are told beside. */
function headingsOf({ task, classNames }: Pick<PredictReport, 'task' | 'classNames'>): readonly string[] {
  const { columns, output } = taskNamed<Task>(task);
  return output.isProbability ? [...columns, 'others'] : classNames;
}

function isError(prediction: FilePrediction | FilePredictionError): prediction is FilePredictionError {
  return 'error' in prediction;
}

/** @param top - Of a classifier: how many are told of in all. Of labels: how many beside the predicted ones. */
function cellsOf(
  prediction: FilePrediction,
  classNames: readonly string[],
  top: number | undefined,
): string[] {
  if ('values' in prediction) return classNames.map((name) => short(prediction.values[name]!));
  const ranked = rankedBy(prediction.probabilities);
  if ('label' in prediction) {
    const others = ranked.filter(({ label }) => label !== prediction.label);
    const shown = others.slice(0, top === undefined ? BESIDE : top - 1);
    return [prediction.label, percent(prediction.probability), shown.map(inWords).join(', ')];
  }
  const predicted = ranked.filter(({ label }) => prediction.labels.includes(label));
  const others = ranked.filter(({ label }) => !prediction.labels.includes(label)).slice(0, top ?? BESIDE + 1);
  return [predicted.map(inWords).join(', ') || 'none', others.map(inWords).join(', ')];
}

function csvCells(prediction: FilePrediction, classNames: readonly string[]): (string | number)[] {
  if ('values' in prediction) return classNames.map((name) => prediction.values[name]!);
  const cells = classNames.map((name) => prediction.probabilities[name] ?? '');
  return 'label' in prediction
    ? [prediction.label, prediction.probability, ...cells]
    : [prediction.labels.join('|'), ...cells];
}

/** An object does not keep the order of names that are digits. */
function rankedBy(probabilities: Probabilities): Ranked[] {
  return rankClasses(Object.keys(probabilities), Object.values(probabilities));
}

function inWords({ label, probability }: Ranked): string {
  return `${label} ${percent(probability)}`;
}
