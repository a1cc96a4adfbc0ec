/** @file What a report tells of a model's predictions: metrics and curves of classes, examples of each cell, the largest losses. */

import { computeCalibration } from '../core/evaluation/calibration.ts';
import { classificationReport } from '../core/evaluation/classification-report.ts';
import { thresholdCurves } from '../core/evaluation/threshold-curves.ts';
import type { Sample } from '../core/examples/sample.ts';
import { indexOfLargest } from '../core/tensor/probabilities.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import type { TextSets } from '../node/training/text-sets.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import {
  type MeasuredClasses,
  type MeasuredExamples,
  type ReportedInfo,
  storedConfidence,
} from '../report/report-data.ts';
import { classification } from './metrics-report.ts';
import type { AnyClassifier } from './open-model.ts';
import { type ReportedRow, rowsOf } from './report-rows.ts';
import { worstOf } from './report-worst.ts';
import type { EventListener } from './run-event.ts';
import { evenly, shown, withName } from './shown-examples.ts';

/** Of more examples, so many are taken, evenly. */
const MAX_MEASURED = 2000;
/** Examples of all cells that are shown: what a page can hold. */
const MAX_CELL_EXAMPLES = 320;
const [EXAMPLES_OF_HIT, EXAMPLES_OF_MISTAKE] = [12, 24];
const THUMBNAIL_PX = 112;

/** Undefined where there is nothing to predict. */
export async function measureExamples(
  classifier: AnyClassifier,
  info: ReportedInfo,
  sets: ImageSets<Task> | TextSets,
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<MeasuredExamples | undefined> {
  const [set, all] = sets.test === undefined ? ['validation', sets.validation] : ['test', sets.test];
  const taken = evenly<Sample>(all, MAX_MEASURED);
  const rows = await rowsOf(classifier, taken, emit, signal);
  if (rows.length === 0) return undefined;
  const explained = await worstOf(classifier, info, rows, emit, signal);
  const isClassifier = taskNamed<Task>(info.recipe.task).name === 'classification';
  return {
    set: set as MeasuredExamples['set'],
    examples: rows.length,
    of: all.length,
    classes: isClassifier ? await measureClasses(info, rows, signal) : undefined,
    ...explained,
  };
}

async function measureClasses(
  info: ReportedInfo,
  rows: readonly ReportedRow[],
  signal: AbortSignal | undefined,
): Promise<MeasuredClasses> {
  const { classNames } = info;
  const width = classNames.length;
  const decided = storedConfidence(info).decision?.thresholds[0];
  const positive = decided === undefined ? 1 : Math.max(0, classNames.indexOf(decided.className));
  const probabilities = new Float32Array(rows.length * width);
  rows.forEach(({ outputs }, row) => {
    probabilities.set(outputs, row * width);
  });
  const labels = rows.map(({ sample }) => sample.label);
  const { perClass, confusion } = classification(classificationReport(probabilities, labels, classNames));
  const positives = width === 2 ? [positive] : [...classNames.keys()];
  return {
    perClass,
    confusion,
    cells: await cellsOf(rows, confusion, signal),
    calibration: computeCalibration(probabilities, labels),
    curves: positives.flatMap((index) => {
      const scores = rows.map(({ outputs }) => outputs[index]!);
      const curves = thresholdCurves(
        scores,
        labels.map((label) => label === index),
      );
      return curves === undefined ? [] : [{ className: classNames[index]!, curves }];
    }),
    threshold: width === 2 ? (decided?.threshold ?? 0.5) : undefined,
  };
}

/** Mistakes first: the most confident ones of each cell. */
async function cellsOf(
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
      .filter(({ sample, outputs }) => sample.label === truth && indexOfLargest(outputs) === predicted)
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
