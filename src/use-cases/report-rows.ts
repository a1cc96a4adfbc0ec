/** @file What a model says of examples whose labels are known, one by one: for a report of its run. */

import type { AnyModelInfo } from '../artifacts/model-info.ts';
import { createPrediction, type PredictionConfidence } from '../artifacts/prediction.ts';
import type { TextClassifier } from '../artifacts/text-classifier.ts';
import type { Sample } from '../core/examples/sample.ts';
import { StageEvents } from '../events/stage-events.ts';
import type { Classifier } from '../node/artifacts/classifier.ts';
import type { KeptOutputs } from '../node/artifacts/held-out-record.ts';
import type { TextSample } from '../node/training/text-sets.ts';
import { type Prediction, type Task, taskNamed } from '../recipe/task.ts';
import type { HeldOutExplanation } from '../runs/confidence/confidence.ts';
import { isOfTexts, type ModelInUse } from './open-model.ts';
import type { EventListener } from './run-event.ts';
import { lossOf } from './worst-examples.ts';

export interface ReportedRow {
  readonly sample: Sample;
  readonly outputs: Float32Array;
  readonly loss: number;
  /** What is given for it, by the model's own thresholds. */
  readonly said: Prediction<Task> & PredictionConfidence;
  /** What in it decides, where the training has worked that out. */
  readonly explanation?: HeldOutExplanation | undefined;
}

/** Asks the model; images that cannot be read are left out. */
export async function predictRows(
  model: ModelInUse,
  samples: readonly Sample[],
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<ReportedRow[]> {
  const classifier = await model.open();
  return isOfTexts(classifier)
    ? textRows(classifier, samples as readonly TextSample[], emit, signal)
    : imageRows(classifier, samples, emit, signal);
}

/** What was kept of the model's outputs; without images that could not be read. */
export function keptRows(
  { info }: ModelInUse,
  samples: readonly Sample[],
  { unreadable, values, similarities, explanations }: KeptOutputs,
): ReportedRow[] {
  const width = info.classNames.length;
  return samples
    .filter((_, place) => !unreadable.has(place))
    .map((sample, row) => {
      const outputs = values.slice(row * width, (row + 1) * width);
      return { ...rowOf(info, sample, outputs, similarities?.[row]), explanation: explanations.get(row) };
    });
}

async function imageRows(
  classifier: Classifier<Task>,
  samples: readonly Sample[],
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<ReportedRow[]> {
  const stages = new StageEvents(emit);
  const rows: ReportedRow[] = [];
  const width = classifier.classNames.length;
  stages.update('predictions', 0, samples.length, 'images');
  for await (const batch of classifier.predictFiles(samples, { signal })) {
    batch.samples.forEach((sample, row) => {
      const outputs = batch.probabilities.slice(row * width, (row + 1) * width);
      rows.push(rowOf(classifier.file.info, sample, outputs, batch.similarities?.[row]));
    });
    stages.update('predictions', rows.length, samples.length, 'images');
  }
  stages.end();
  return rows;
}

async function textRows(
  classifier: TextClassifier,
  samples: readonly TextSample[],
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<ReportedRow[]> {
  const stages = new StageEvents(emit);
  const texts = samples.map(({ text }) => text);
  const onProgress = (done: number): void => stages.update('predictions', done, texts.length, 'texts');
  const { outputs: all, similarities } = await classifier.runTexts(texts, { signal, onProgress });
  stages.end();
  const width = classifier.classNames.length;
  return samples.map((sample, row) => {
    const outputs = all.slice(row * width, (row + 1) * width);
    return rowOf(classifier.file.info, sample, outputs, similarities?.[row]);
  });
}

function rowOf(
  info: AnyModelInfo,
  sample: Sample,
  outputs: Float32Array,
  similarity: number | undefined,
): ReportedRow {
  const said = createPrediction(info, outputs, { top: 1 }, similarity);
  return { sample, outputs, loss: lossOf(taskNamed<Task>(info.task).name, sample, outputs), said };
}
