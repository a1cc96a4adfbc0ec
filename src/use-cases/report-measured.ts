/** @file What a report tells of a model's predictions: metrics and curves of classes, examples of each cell, the largest losses. */

import { decisionThresholds, predictedIndex } from '../artifacts/prediction.ts';
import { evenly } from '../core/evaluation/evenly.ts';
import { thresholdCurves } from '../core/evaluation/threshold-curves.ts';
import type { Sample } from '../core/examples/sample.ts';
import { calibrationOf } from '../events/confidence-report.ts';
import { metricsResult } from '../events/metrics-report.ts';
import { type KeptOutputs, MAX_REPORTED } from '../node/artifacts/held-out-record.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import type { TextSets } from '../node/training/text-sets.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import type {
  MeasuredClasses,
  MeasuredExamples,
  MeasuredProbabilities,
  ReportedInfo,
} from '../report/report-data.ts';
import { computeMetrics } from './evaluate.ts';
import type { ModelInUse } from './open-model.ts';
import { keptRows, predictRows, type ReportedRow } from './report-rows.ts';
import { findWorst } from './report-worst.ts';
import type { EventListener } from './run-event.ts';
import { shown, withName } from './shown-examples.ts';

/** Examples of all cells that are shown: what a page can hold. */
const MAX_CELL_EXAMPLES = 320;
const [EXAMPLES_OF_HIT, EXAMPLES_OF_MISTAKE] = [12, 24];
const MAX_UNKNOWN = 24;
const THUMBNAIL_PX = 112;

export interface MeasureOptions {
  /** What the model gave for these examples when it was trained; undefined where nobody knows. */
  readonly kept: KeptOutputs | undefined;
  readonly emit: EventListener;
  readonly signal: AbortSignal | undefined;
}

/** The examples that a report takes: test examples where there are some, else those that validate; of very many a part. */
export function reportedExamples(sets: ImageSets<Task> | TextSets): {
  readonly set: MeasuredExamples['set'];
  readonly all: readonly Sample[];
  readonly taken: readonly Sample[];
} {
  const set = sets.test === undefined ? 'validation' : 'test';
  const all: readonly Sample[] = sets[set] ?? [];
  return { set, all, taken: evenly(all, MAX_REPORTED) };
}

/** Undefined where there is nothing to predict. */
export async function measureExamples(
  model: ModelInUse,
  info: ReportedInfo,
  sets: ImageSets<Task> | TextSets,
  { kept, emit, signal }: MeasureOptions,
): Promise<MeasuredExamples | undefined> {
  const { set, all, taken } = reportedExamples(sets);
  const rows = kept ? keptRows(model, taken, kept) : await predictRows(model, taken, emit, signal);
  if (rows.length === 0) return undefined;
  const explained = await findWorst(model, info, rows, emit, signal);
  return {
    set,
    examples: rows.length,
    of: all.length,
    classes: await measureClasses(model, info, rows, signal),
    probabilities: measureProbabilities(info, rows),
    unknown: await unknownOf(rows, signal),
    ...explained,
  };
}

/** Undefined, if the model is not of classes. */
async function measureClasses(
  model: ModelInUse,
  info: ReportedInfo,
  rows: readonly ReportedRow[],
  signal: AbortSignal | undefined,
): Promise<MeasuredClasses | undefined> {
  const { classNames } = info;
  const samples = rows.map(({ sample }) => sample);
  const predictions = outputsOf(rows, classNames.length);
  const metrics = metricsResult(computeMetrics(model, { predictions, samples }, undefined));
  if (!('confusion' in metrics)) return undefined;
  const { perClass, confusion } = metrics;
  return { perClass, confusion, cells: await cellsOf(info, rows, confusion, signal) };
}

/** Undefined, if the model gives values. */
function measureProbabilities(
  info: ReportedInfo,
  rows: readonly ReportedRow[],
): MeasuredProbabilities | undefined {
  const { classNames } = info;
  const samples = rows.map(({ sample }) => sample);
  const calibration = calibrationOf(info, outputsOf(rows, classNames.length), samples);
  if (calibration === null) return undefined;
  const isOfLabels = taskNamed<Task>(info.task).targets === 'labels';
  const thresholds = decisionThresholds(info);
  const common = isOfLabels && 'threshold' in info ? info.threshold : undefined;
  const [decided = classNames[1]!] = thresholds?.keys() ?? [];
  const isOfTwo = !isOfLabels && classNames.length === 2;
  const shown = isOfTwo ? [decided] : classNames;
  return {
    calibration,
    curves: shown.flatMap((className) => {
      const index = classNames.indexOf(className);
      const curves = thresholdCurves(
        rows.map(({ outputs }) => outputs[index]!),
        samples.map(({ label, target }) => (isOfLabels ? target![index]! > 0.5 : label === index)),
      );
      if (curves === undefined) return [];
      const threshold = thresholds?.get(className) ?? (isOfTwo ? 0.5 : common);
      return [{ className, curves, threshold }];
    }),
  };
}

function outputsOf(rows: readonly ReportedRow[], width: number): Float32Array {
  const all = new Float32Array(rows.length * width);
  rows.forEach(({ outputs }, row) => {
    all.set(outputs, row * width);
  });
  return all;
}

/** Mistakes first: the most confident ones of each cell. */
async function cellsOf(
  info: ReportedInfo,
  rows: readonly ReportedRow[],
  confusion: readonly (readonly number[])[],
  signal: AbortSignal | undefined,
): Promise<MeasuredClasses['cells']> {
  const filled = confusion.flatMap((row, truth) =>
    row.flatMap((number, predicted) => (number > 0 ? [{ truth, predicted, number }] : [])),
  );
  const isHit = ({ truth, predicted }: { truth: number; predicted: number }): boolean => truth === predicted;
  const ordered = filled.toSorted((a, b) => Number(isHit(a)) - Number(isHit(b)) || b.number - a.number);
  let left = MAX_CELL_EXAMPLES;
  const cells: MeasuredClasses['cells'][number][] = [];
  for (const { truth, predicted } of ordered) {
    const most = Math.min(left, truth === predicted ? EXAMPLES_OF_HIT : EXAMPLES_OF_MISTAKE);
    if (most === 0) break;
    const own = rows
      .filter(
        ({ sample, outputs, said }) =>
          sample.label === truth && predictedIndex(info, said, outputs) === predicted,
      )
      .toSorted((a, b) => b.loss - a.loss);
    const samples = (truth === predicted ? evenly(own, most) : own.slice(0, most)).map(
      ({ sample }) => sample,
    );
    const plain = await shown(samples, THUMBNAIL_PX, signal);
    const examples = truth === predicted ? plain : plain.map(withName);
    left -= examples.length;
    if (examples.length > 0) cells.push({ truth, predicted, shown: examples });
  }
  return cells.toSorted((a, b) => a.truth - b.truth || a.predicted - b.predicted);
}

/** The least similar ones first. */
async function unknownOf(
  rows: readonly ReportedRow[],
  signal: AbortSignal | undefined,
): Promise<MeasuredExamples['unknown']> {
  if (rows.every(({ said }) => said.unknown === undefined)) return undefined;
  const unknown = rows
    .filter(({ said }) => said.unknown)
    .toSorted((a, b) => a.said.similarity! - b.said.similarity!);
  const samples = unknown.slice(0, MAX_UNKNOWN).map(({ sample }) => sample);
  const examples = await shown(samples, THUMBNAIL_PX, signal);
  return { number: unknown.length, shown: examples.map(withName) };
}
