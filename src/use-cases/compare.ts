/** @file Which of several models is better, and is it more than chance? */

import { createPrediction } from '../artifacts/prediction.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { quoteList } from '../core/errors/name-list.ts';
import type { Sample } from '../core/examples/sample.ts';
import { metricsResult, summarizeMetrics } from '../events/metrics-report.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import { comparePairs } from '../runs/model-comparison.ts';
import type { CompareReport, Disagreement, ModelCost } from './compare-report.ts';
import { type ComparedData, findData, findModel } from './compared-runs.ts';
import { computeMetrics } from './evaluate.ts';
import { type LookOptions, lookAtExamples } from './measured-examples.ts';
import { measureCost } from './model-cost.ts';
import { type AnyClassifier, isOfTexts, openModel } from './open-model.ts';

/** What `compareModels` takes beside the runs. */
export interface CompareOptions extends LookOptions {
  /** The folder or file of examples. Default: the data that the first run was trained on, as its folder tells. */
  readonly data?: string | undefined;
}

/** Disagreements of values that are told: all examples differ. */
const MAX_DISAGREEMENTS = 50;

/**
 * Compares models on the same examples: those of the data that none of them was trained on. Which is better, by how much, whether that is
 * more than chance (McNemar's exact test, bootstrap intervals of the difference, Holm's correction for all pairs), where they disagree, and
 * what each costs. As `graft compare`. Events: `note`, `progress` and `stage` of the predictions, `result`.
 *
 * @param runs - Folders of runs, or model files; at least two.
 * @throws {GraftError} `argument`, if there are fewer, or their tasks or classes differ; `file-not-found`, if a run has no model, or its data
 *   are not where they were; `dataset`, if no example is left; `model-file`; `interrupted`, if the signal aborts.
 */
export async function compareModels(
  runs: readonly string[],
  options: CompareOptions = {},
): Promise<CompareReport> {
  const { onEvent: emit = () => {} } = options;
  requireSeveral(runs);
  const paths = await Promise.all(runs.map(findModel));
  const data: ComparedData = options.data === undefined ? await findData(runs[0]!) : { data: options.data };
  const measured: MeasuredModel[] = [];
  for (const [index, path] of paths.entries()) {
    const model = await openModel(path, options, async (classifier) => {
      if (measured[0] !== undefined) requireAlike(measured[0], { run: runs[index]!, classifier });
      return measureModel(runs[index]!, path, classifier, data, options);
    });
    measured.push(model);
  }
  const report = compareMeasured(measured, data.data);
  emit({ type: 'result', useCase: 'compare', report });
  return report;
}

/** What a model gave, in the order of the files that were looked at. */
interface MeasuredModel {
  readonly run: string;
  readonly path: string;
  readonly classifier: AnyClassifier;
  readonly backbone: string | null;
  readonly split: string;
  readonly samples: readonly Sample[];
  /** `[N, classes]` */
  readonly outputs: Float32Array;
  /** Files of examples that the model was trained on. */
  readonly trainedOn: ReadonlySet<string>;
  readonly cost: ModelCost;
}

async function measureModel(
  run: string,
  path: string,
  classifier: AnyClassifier,
  { data, csv }: ComparedData,
  options: CompareOptions,
): Promise<MeasuredModel> {
  const looked = await lookAtExamples(classifier, data, { ...options, csv: options.csv ?? csv });
  const { predictions, samples } = await looked.measure();
  const { trained, images } = looked;
  const all = images.samples;
  const positions = trained?.isBeyondChance ? [...trained.positions] : [];
  const { info } = classifier.file;
  return {
    run,
    path,
    classifier,
    backbone: info.recipe === undefined ? null : info.backbone.name,
    split: images.split,
    samples,
    outputs: predictions,
    trainedOn: new Set(positions.map((position) => all[position]!.file)),
    cost: await measureCost(classifier, samples),
  };
}

function compareMeasured(measured: readonly MeasuredModel[], data: string): CompareReport {
  const [first] = measured as [MeasuredModel];
  const { classifier } = first;
  const { classNames, task } = classifier;
  const trainedOn = new Set(measured.flatMap((model) => [...model.trainedOn]));
  const rowsOf = measured.map(({ samples }) => new Map(samples.map(({ file }, row) => [file, row])));
  const common = first.samples
    .map(({ file }) => file)
    .filter((file) => rowsOf.every((rows) => rows.has(file)));
  const files = common.filter((file) => !trainedOn.has(file));
  if (files.length === 0) throw nothingLeft(data, common.length);
  const chosen = measured.map((model, index) =>
    chooseRows(
      model,
      files.map((file) => rowsOf[index]!.get(file)!),
    ),
  );
  const targets = taskNamed<Task>(task).targets;
  const kind = targets === 'class' ? 'accuracy' : targets === 'labels' ? 'exactMatch' : 'absoluteError';
  const scored = chosen.map((model) => ({ ...model, scores: scoresOf(model, kind) }));
  const sign = kind === 'absoluteError' ? -1 : 1;
  const ranked = scored.toSorted((a, b) => sign * (meanOf(b.scores) - meanOf(a.scores)));
  return {
    data,
    modality: isOfTexts(classifier) ? 'text' : 'image',
    task,
    classNames,
    split: first.split,
    examples: files.length,
    trainedOn: common.length - files.length,
    score: kind,
    models: ranked.map(({ run, path, backbone, cost, outputs, samples, classifier: own }) => ({
      run,
      model: path,
      backbone,
      metrics: summarizeMetrics(
        metricsResult(computeMetrics(own.file, { predictions: outputs, samples }, undefined)),
      ),
      cost,
    })),
    pairs: comparePairs(
      ranked.map(({ scores }) => scores),
      { isRightOrWrong: kind !== 'absoluteError' },
    ),
    disagreements: disagreementsOf(ranked, kind),
  };
}

type Scored = MeasuredModel & { readonly scores: Float64Array };

function chooseRows(model: MeasuredModel, rows: readonly number[]): MeasuredModel {
  const width = model.classifier.classNames.length;
  const outputs = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    outputs.set(model.outputs.subarray(row * width, (row + 1) * width), index * width);
  });
  return { ...model, outputs, samples: rows.map((row) => model.samples[row]!) };
}

/** What each example counts. */
function scoresOf(
  { classifier, outputs, samples }: MeasuredModel,
  kind: CompareReport['score'],
): Float64Array {
  const { classNames } = classifier;
  const width = classNames.length;
  if (kind !== 'absoluteError') {
    const said = saidBy(classifier, outputs, samples.length);
    return Float64Array.from(samples, (sample, row) => Number(said[row] === truthOf(sample, classNames)));
  }
  const scales = width === 1 ? [1] : classNames.map((_, column) => deviationOf(samples, column));
  return Float64Array.from(samples, ({ target }, row) => {
    let sum = 0;
    for (let column = 0; column < width; column++) {
      sum += Math.abs(outputs[row * width + column]! - target![column]!) / scales[column]!;
    }
    return sum / width;
  });
}

/** What a model says of each example, in words. */
function saidBy(classifier: AnyClassifier, outputs: Float32Array, count: number): string[] {
  const width = classifier.classNames.length;
  return Array.from({ length: count }, (_, row) => {
    const said = createPrediction(classifier.file.info, outputs.subarray(row * width, (row + 1) * width));
    if ('label' in said) return said.label;
    return 'labels' in said ? said.labels.toSorted().join(' | ') : valuesText(Object.values(said.values));
  });
}

/** Classes are told apart by their names: models may have them in another order. */
function truthOf({ label, target }: Sample, classNames: readonly string[]): string {
  if (target === undefined) return classNames[label]!;
  return classNames
    .filter((_, column) => target[column]! > 0.5)
    .toSorted()
    .join(' | ');
}

function valuesText(values: readonly number[]): string {
  return values.map((value) => Number(value.toPrecision(6))).join(', ');
}

function disagreementsOf(models: readonly Scored[], kind: CompareReport['score']): Disagreement[] {
  const [{ samples, classifier }] = models as [Scored];
  const said = models.map((model) => saidBy(model.classifier, model.outputs, samples.length));
  const isOfValues = kind === 'absoluteError';
  const all = samples.map(
    (sample, row): Disagreement => ({
      file: sample.file,
      truth: isOfValues ? valuesText([...sample.target!]) : truthOf(sample, classifier.classNames),
      predicted: said.map((own) => own[row]!),
      scores: models.map(({ scores }) => scores[row]!),
    }),
  );
  const spread = ({ scores }: Disagreement): number => Math.max(...scores) - Math.min(...scores);
  const differing = all.filter(({ predicted }) => new Set(predicted).size > 1);
  const sorted = differing.toSorted((a, b) => spread(b) - spread(a));
  return isOfValues ? sorted.slice(0, MAX_DISAGREEMENTS) : sorted;
}

function requireSeveral(runs: readonly string[]): void {
  if (runs.length >= 2 && new Set(runs).size === runs.length) return;
  throw new GraftError('argument', {
    where: 'graft compare',
    expected: 'at least 2 runs, each once',
    received: runs.length === 0 ? 'none' : quoteList(runs),
    advice:
      'Name folders of runs or model files, and behind them the data, if other than those of the first run.',
  });
}

/** @throws {GraftError} `argument`, if two models tell different things. */
function requireAlike(
  first: MeasuredModel,
  { run, classifier }: { readonly run: string; readonly classifier: AnyClassifier },
): void {
  const refuse = (what: string, ours: string, theirs: string): never => {
    throw new GraftError('argument', {
      where: 'graft compare',
      expected: `models of the same ${what}`,
      received: `${ours} in "${first.run}", ${theirs} in "${run}"`,
      advice: 'Compare runs that answer the same question.',
    });
  };
  const [ours, theirs] = [first.classifier, classifier];
  const kinds = [ours, theirs].map((each) => (isOfTexts(each) ? 'texts' : 'images'));
  if (kinds[0] !== kinds[1]) refuse('kind of examples', kinds[0]!, kinds[1]!);
  if (ours.task !== theirs.task) refuse('task', ours.task, theirs.task);
  const [own, other] = [ours, theirs].map(({ classNames }) => classNames.toSorted());
  const isSame = own!.length === other!.length && own!.every((name, index) => name === other![index]);
  if (!isSame) refuse(taskNamed<Task>(ours.task).words.several, quoteList(own!), quoteList(other!));
}

function nothingLeft(data: string, examples: number): GraftError {
  return new GraftError('dataset', {
    where: `data "${data}"`,
    expected: 'examples that none of the models was trained on',
    received: `${examples}, of which each one was trained on by one of them`,
    advice: 'Name other data behind the runs: graft compare RUN RUN DATA.',
  });
}

function meanOf(scores: Float64Array): number {
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function deviationOf(samples: readonly Sample[], column: number): number {
  const values = samples.map(({ target }) => target![column]!);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1;
}
