/** @file How predictions are printed: as a table for people, and as CSV. */

import { csvLines, distinctColumns } from '../node/files/csv-lines.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import { rankClasses } from '../recipe/tasks/ranking.ts';
import type { FilePrediction, FilePredictionError, PredictReport } from '../use-cases/predict-report.ts';
import { percent, short } from './number-text.ts';
import { table } from './table.ts';
import { measureColumns } from './terminal.ts';

type Probabilities = Readonly<Record<string, number>>;

interface Ranked {
  readonly label: string;
  readonly probability: number;
}

/** Classes or labels that are told of beside the predicted ones. */
const BESIDE = 2;
/** In the place of what an example is predicted to be that is like none of the training. */
const UNKNOWN = 'unknown';
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
  return table([first, ...headings], rows, { width: measureColumns('out') });
}

/** CSV: numbers are written in full, and all columns differ, whatever the classes are called. */
export function predictionsCsv({ modality, task, classNames, predictions }: PredictReport): string {
  const { columns: own, output } = taskNamed<Task>(task);
  const prefix = output.isProbability ? 'probability of ' : 'value of ';
  const about = modality === 'text' ? ['file', 'text'] : ['file'];
  const sureness = surenessColumns(predictions);
  const named = [...about, 'error', ...own, ...sureness];
  const columns = [...own, ...sureness, ...distinctColumns(named, classNames, prefix)];
  const rows = predictions.map((prediction) => {
    const example = modality === 'text' ? [prediction.file, prediction.text ?? ''] : [prediction.file];
    return isError(prediction)
      ? [...example, ...columns.map(() => ''), prediction.error]
      : [...example, ...csvCells(prediction, classNames, sureness), ''];
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
  if ('values' in prediction) {
    const values = classNames.map((name) => short(prediction.values[name]!));
    return prediction.unknown ? values.map((value) => `${value} (${UNKNOWN})`) : values;
  }
  const ranked = rankedBy(prediction.probabilities);
  if ('label' in prediction) {
    const others = ranked.filter(({ label }) => label !== prediction.label);
    const shown = others.slice(0, top === undefined ? BESIDE : top - 1).map(inWords);
    const own = `nearest ${inWords(prediction)}`;
    const told = prediction.predictionSet;
    return [
      prediction.unknown ? UNKNOWN : (told?.join(' | ') ?? prediction.label),
      prediction.unknown ? '' : percent(prediction.probability),
      (prediction.unknown ? [own, ...shown] : shown).join(', '),
    ];
  }
  const predicted = ranked.filter(({ label }) => prediction.labels.includes(label));
  const others = ranked.filter(({ label }) => !prediction.labels.includes(label)).slice(0, top ?? BESIDE + 1);
  const words = predicted.map(inWords).join(', ') || 'none';
  return prediction.unknown
    ? [UNKNOWN, [`nearest ${words}`, ...others.map(inWords)].join(', ')]
    : [words, others.map(inWords).join(', ')];
}

function csvCells(
  prediction: FilePrediction,
  classNames: readonly string[],
  sureness: readonly SurenessColumn[],
): (string | number)[] {
  const sure = sureness.map((column) => surenessCell(prediction, column));
  if ('values' in prediction) return [...sure, ...classNames.map((name) => prediction.values[name]!)];
  const cells = classNames.map((name) => prediction.probabilities[name] ?? '');
  return 'label' in prediction
    ? [prediction.label, prediction.probability, ...sure, ...cells]
    : [prediction.labels.join('|'), ...sure, ...cells];
}

type SurenessColumn = 'unknown' | 'similarity' | 'predictionSet';

/** Those that the model's file tells of. */
function surenessColumns(predictions: PredictReport['predictions']): SurenessColumn[] {
  const columns: readonly SurenessColumn[] = ['unknown', 'similarity', 'predictionSet'];
  return columns.filter((column) =>
    predictions.some((prediction) => !isError(prediction) && prediction[column] !== undefined),
  );
}

function surenessCell(prediction: FilePrediction, column: SurenessColumn): string | number {
  const value = prediction[column];
  if (typeof value === 'number') return value;
  return typeof value === 'boolean' ? String(value) : (value?.join('|') ?? '');
}

/** An object does not keep the order of names that are digits. */
function rankedBy(probabilities: Probabilities): Ranked[] {
  return rankClasses(Object.keys(probabilities), Object.values(probabilities));
}

function inWords({ label, probability }: Ranked): string {
  return `${label} ${percent(probability)}`;
}
