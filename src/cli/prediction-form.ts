/** @file How predictions are printed: of one class, of any number of labels, of numbers. */

import type { ModelInfo } from '../artifacts/model-info.ts';
import { distinctColumns } from '../data/csv-lines.ts';
import { GraftError } from '../errors/graft-error.ts';
import { type Task, type TaskOf, taskNamed } from '../recipe/task.ts';
import { byLabel, type Ranked, rankClasses } from '../recipe/tasks/ranking.ts';
import { short } from './target-metrics.ts';
import { percent } from './terminal.ts';

/** What a model says of an image. */
export interface Prediction {
  readonly file: string;
  /** Probabilities or numbers, in the order of the model's names. */
  readonly values: readonly number[];
}

/** The forms of one kind of model. */
export interface PredictionForm {
  /** What `--json` prints of an image; other programs rely on its shape. */
  document(prediction: Prediction): object;
  /** Columns of CSV, between the file and the error. All differ, whatever the classes are called. */
  readonly columns: readonly string[];
  csvCells(prediction: Prediction): (string | number)[];
  /** Columns of a table for people, after the file. */
  readonly headings: readonly string[];
  cells(prediction: Prediction): string[];
}

export interface FormOptions {
  /** How many classes or labels are told of. Undefined for all. */
  readonly top: number | undefined;
  /** Probability above which an image has a label. Default: the model's own. */
  readonly threshold?: number | undefined;
}

/** @throws {GraftError} `argument`, if an option is not for such a model. */
export function predictionForm(info: ModelInfo, options: FormOptions): PredictionForm {
  const { classes: names } = info;
  const task = taskNamed<Task>(info.task);
  if (!task.accepts.threshold) refuse('--threshold', options.threshold, 'labels', task);
  if (!task.output.isProbability) {
    refuse('--top', options.top, 'classes or labels', task);
    return formOfNumbers(names);
  }
  if (!('threshold' in info)) return formOfClasses(names, options.top);
  return formOfLabels(names, options.top, options.threshold ?? info.threshold);
}

function refuse(flag: string, value: unknown, what: string, { words }: TaskOf): void {
  if (value === undefined) return;
  throw new GraftError('argument', {
    where: 'graft predict',
    expected: `a model of ${what}, for ${flag}`,
    received: `one of ${words.several}`,
    advice: 'Leave it out.',
  });
}

function formOfClasses(names: readonly string[], top: number | undefined): PredictionForm {
  return {
    document({ file, values }) {
      const ranked = rank(names, values, top);
      return { file, ...ranked[0]!, probabilities: byLabel(ranked) };
    },
    columns: ['label', 'probability', ...columnsBeside(['label', 'probability'], names, 'probability of ')],
    csvCells({ values }) {
      const ranked = rank(names, values, top);
      const { label, probability } = ranked[0]!;
      return [label, probability, ...cellsOf(names, ranked)];
    },
    headings: ['label', 'probability', 'then'],
    cells({ values }) {
      const [first, ...others] = rank(names, values, top);
      return [first!.label, percent(first!.probability), others.map(inWords).join(', ')];
    },
  };
}

function formOfLabels(names: readonly string[], top: number | undefined, threshold: number): PredictionForm {
  const labelsIn = (values: readonly number[]): string[] =>
    names.filter((_, index) => values[index]! > threshold);
  return {
    document: ({ file, values }) => ({
      file,
      labels: labelsIn(values),
      probabilities: byLabel(rank(names, values, top)),
    }),
    columns: ['labels', ...columnsBeside(['labels'], names, 'probability of ')],
    csvCells: ({ values }) => [labelsIn(values).join('|'), ...cellsOf(names, rank(names, values, top))],
    headings: ['labels', 'less probable'],
    cells({ values }) {
      const ranked = rank(names, values, undefined);
      const given = ranked.filter(({ probability }) => probability > threshold);
      const others = ranked.slice(given.length).slice(0, top);
      return [given.map(inWords).join(', ') || 'none', others.map(inWords).join(', ')];
    },
  };
}

function formOfNumbers(names: readonly string[]): PredictionForm {
  return {
    document: ({ file, values }) => ({
      file,
      numbers: Object.fromEntries(names.map((name, index) => [name, values[index]!])),
    }),
    columns: columnsBeside([], names, 'value of '),
    csvCells: ({ values }) => [...values],
    headings: names,
    cells: ({ values }) => values.map(short),
  };
}

/** What every line has besides. */
const COMMON_COLUMNS: readonly string[] = ['file', 'error'];

function columnsBeside(own: readonly string[], names: readonly string[], prefix: string): readonly string[] {
  return distinctColumns([...COMMON_COLUMNS, ...own], names, prefix);
}

/** The most probable first. */
function rank(names: readonly string[], values: readonly number[], top: number | undefined): Ranked[] {
  return rankClasses(names, values).slice(0, top);
}

function cellsOf(names: readonly string[], ranked: readonly Ranked[]): (string | number)[] {
  const probabilities = byLabel(ranked);
  return names.map((name) => probabilities[name] ?? '');
}

function inWords({ label, probability }: Ranked): string {
  return `${label} ${percent(probability)}`;
}
