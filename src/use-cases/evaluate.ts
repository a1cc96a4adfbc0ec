/** @file How good is a model on images whose labels are known? */

import { decisionThresholds } from '../artifacts/prediction.ts';
import type { TextClassifier } from '../artifacts/text-classifier.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import type { Sample, SkippedFile } from '../core/examples/sample.ts';
import type { Classifier } from '../node/artifacts/classifier.ts';
import { hashImages } from '../node/images/hash-images.ts';
import { findIdentical, hashedImages } from '../node/images/identical-images.ts';
import type { Examples } from '../node/images/image-examples.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import { type DuplicateReport, reportDuplicates } from '../node/training/duplicate-report.ts';
import { type ReportOf, type Task, taskNamed } from '../recipe/task.ts';
import { findTrainedImages, type TrainedImages } from '../runs/trained-images.ts';
import { decodeImageFilter } from '../vision/images/image-filter.ts';
import { confidenceReport } from './confidence-report.ts';
import type { EvaluateReport, TrainedOnReport } from './evaluate-report.ts';
import { type EvaluatedExamples, EXAMPLES, evaluatedImages, type SplitName } from './evaluated-images.ts';
import { metricsResult } from './metrics-report.ts';
import { type AnyClassifier, isOfTexts, openModel } from './open-model.ts';
import { givenBy } from './predict.ts';
import type { EventListener } from './run-event.ts';
import { StageEvents } from './stage-events.ts';
import type { UseCaseOptions } from './use-case-options.ts';

/** What `evaluate` takes beside the model and the data. */
export interface EvaluateOptions extends UseCaseOptions {
  /** Which part of the folder is taken. Default: test if it is there, else val, else train. */
  readonly split?: SplitName | undefined;
  /** How a CSV file in the place of a folder is read. */
  readonly csv?: CsvOptions | undefined;
  /** Of a multi-label model: probability above which a label is predicted, in (0, 1). Default: the model's own. */
  readonly threshold?: number | undefined;
}

/**
 * Evaluates a model file on a folder of class folders (or one with `train/`, `val/` or `test/`), or on a CSV file of images
 * or texts and labels. As `graft evaluate`. Events: `data`, `progress` and `stage` of the predictions, `skipped`, `result`.
 *
 * @param model - The `model.onnx` of a run.
 * @param data - The folder or CSV file; or examples, from memory or by their paths.
 * @returns Metrics with a 95% interval, of each class, and the confusion matrix; copies among the images; images that the
 *   model was trained on, and the metrics without them.
 * @throws {GraftError} `file-not-found`, `model-file`, `dataset`, `argument`; `interrupted`, if the signal aborts.
 */
export async function evaluate(
  model: string,
  data: string | Examples,
  options: EvaluateOptions = {},
): Promise<EvaluateReport> {
  const { onEvent: emit = () => {}, signal, threshold } = options;
  return openModel(model, signal, async (classifier) => {
    requireThreshold(classifier, threshold);
    const examples = isOfTexts(classifier)
      ? await onTexts(classifier, data, options)
      : await onImages(classifier, data, options);
    const { duplicates, trained, images } = examples;
    const { classNames, task } = classifier;
    const modality = isOfTexts(classifier) ? ('text' as const) : ('image' as const);
    const facts = { data: typeof data === 'string' ? data : EXAMPLES, modality, task, classNames };
    const set = { set: images.split, examples: images.samples.length, source: images.source };
    emit({ type: 'data', ...facts, sets: [set], duplicates });
    for (const text of images.warnings) emit({ type: 'note', text });
    const measured = await examples.measure();
    const { skipped } = measured;
    if (skipped.length > 0) emit({ type: 'skipped', skipped });
    const report: EvaluateReport = {
      model,
      ...facts,
      split: images.split,
      ...metricsResult(metricsOf(classifier, measured, threshold)),
      confidence: confidenceReport(classifier.file.info, measured),
      duplicates,
      trainedOn: trained ? trainedOn(classifier, images, measured, trained, threshold) : null,
      skipped,
    };
    emit({ type: 'result', useCase: 'evaluate', report });
    return report;
  });
}

/** What is known of the examples before the model has seen them. */
interface Looked {
  readonly images: EvaluatedExamples;
  readonly duplicates: DuplicateReport;
  /** Those that the model was trained on; undefined where its file does not tell. */
  readonly trained: TrainedImages | undefined;
  measure(): Promise<Measured>;
}

async function onImages(
  classifier: Classifier<Task>,
  data: string | Examples,
  { onEvent: emit = () => {}, signal, split, csv }: EvaluateOptions,
): Promise<Looked> {
  const found = await evaluatedImages(classifier, data, { split, csv, signal });
  const { samples } = found;
  const images = hashedImages(samples);
  const identical = await findIdentical([images], signal);
  const duplicates = reportDuplicates(identical, [{ set: found.split, samples }], classifier.classNames);
  const filter = filterOf(classifier, 'images', emit);
  if (filter !== undefined) await hashImages(samples, 0, samples.length, images.hashes, signal);
  return {
    images: found,
    duplicates,
    trained: filter && findTrainedImages(filter, images.hashes),
    measure: () => measure(classifier, found, emit, signal),
  };
}

async function onTexts(
  classifier: TextClassifier,
  data: string | Examples,
  { onEvent: emit = () => {}, signal, split, csv }: EvaluateOptions,
): Promise<Looked> {
  if (typeof data !== 'string') {
    throw new GraftError('argument', {
      where: `evaluate("${classifier.file.path}")`,
      expected: 'a file or folder of texts, as the model is one of texts',
      received: 'images in memory',
      advice: 'Give the path of a CSV file, of JSON lines or of a folder.',
    });
  }
  const { evaluatedTexts, knownTexts } = await import('./text-work.ts');
  const texts = await evaluatedTexts(classifier, data, { split, csv });
  const { samples, skipped } = texts;
  const { hashes, identical } = knownTexts(samples);
  const filter = filterOf(classifier, 'texts', emit);
  return {
    images: texts,
    duplicates: reportDuplicates(identical, [{ set: texts.split, samples }], classifier.classNames),
    trained: filter && findTrainedImages(filter, hashes),
    async measure() {
      if (samples.length === 0) throw nothingReadable(texts.where, 'text');
      const stages = new StageEvents(emit);
      const count = (done: number): void => stages.update('predictions', done, samples.length, 'texts');
      count(0);
      const { outputs, similarities } = await classifier.runTexts(
        samples.map(({ text }) => text),
        { signal, onProgress: count },
      );
      stages.end();
      const positions = Uint32Array.from(samples.keys());
      return { predictions: outputs, similarities, positions, samples, skipped };
    },
  };
}

function filterOf(
  { file: { trainingImages } }: AnyClassifier,
  examples: string,
  emit: EventListener,
): ReturnType<typeof decodeImageFilter> {
  if (trainingImages === undefined) return undefined;
  const filter = decodeImageFilter(trainingImages);
  if (filter === undefined) {
    emit({ type: 'note', text: `What the model file says of its training ${examples} cannot be read.` });
  }
  return filter;
}

interface Measured {
  /** `[N, classes]`, row-major. */
  readonly predictions: Float32Array;
  /** `[N]`: how like each is to the training examples, where the model tells. */
  readonly similarities: Float32Array | undefined;
  /** Of the readable images, the positions among all. */
  readonly positions: Uint32Array;
  readonly samples: readonly Sample[];
  readonly skipped: readonly SkippedFile[];
}

async function measure(
  classifier: Classifier<Task>,
  { where, samples, skipped: left }: EvaluatedExamples,
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<Measured> {
  const width = classifier.classNames.length;
  const predictions = new Float32Array(samples.length * width);
  const similarities: number[] = [];
  const positions: number[] = [];
  const positionOf = new Map(samples.map((sample, position) => [sample, position]));
  const skipped = [...left];
  const stages = new StageEvents(emit);
  stages.update('predictions', 0, samples.length, 'images');
  const onSkip = (file: SkippedFile): void => void skipped.push(file);
  for await (const batch of classifier.predictFiles(samples, { signal, onSkip })) {
    predictions.set(batch.probabilities, positions.length * width);
    similarities.push(...(batch.similarities ?? []));
    positions.push(...batch.samples.map((sample) => positionOf.get(sample)!));
    const done = positions.length + skipped.length - left.length;
    stages.update('predictions', done, samples.length, 'images');
  }
  stages.end();
  if (positions.length === 0) throw nothingReadable(where);
  return {
    predictions: predictions.subarray(0, positions.length * width),
    similarities: similarities.length === 0 ? undefined : Float32Array.from(similarities),
    positions: Uint32Array.from(positions),
    samples: positions.map((position) => samples[position]!),
    skipped,
  };
}

function metricsOf(
  { classNames: names, file: { info } }: AnyClassifier,
  { predictions, samples }: Pick<Measured, 'predictions' | 'samples'>,
  threshold: number | undefined,
): ReportOf[Task] {
  const asked = threshold ?? ('threshold' in info ? info.threshold : undefined);
  const thresholds = decisionThresholds(info, threshold);
  return taskNamed<Task>(info.task).measure(predictions, samples, { names, threshold: asked, thresholds });
}

function trainedOn(
  classifier: AnyClassifier,
  { samples }: EvaluatedExamples,
  measured: Measured,
  trained: TrainedImages,
  threshold: number | undefined,
): TrainedOnReport {
  const { positions, expectedByChance, estimate, isBeyondChance } = trained;
  const files = [...positions].map((position) => samples[position]!.file);
  const without = isBeyondChance ? withoutTrained(classifier, measured, trained, threshold) : undefined;
  return {
    found: files.length,
    expectedByChance,
    estimate,
    isBeyondChance,
    files,
    without: without === undefined ? null : metricsResult(without),
  };
}

/** How good the model is on the other images; undefined if there are none. */
function withoutTrained(
  classifier: AnyClassifier,
  { predictions, positions, samples }: Measured,
  trained: TrainedImages,
  threshold: number | undefined,
): ReportOf[Task] | undefined {
  const width = classifier.classNames.length;
  const rows = [...positions.keys()].filter((row) => !trained.positions.has(positions[row]!));
  if (rows.length === 0) return undefined;
  const others = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    others.set(predictions.subarray(row * width, (row + 1) * width), index * width);
  });
  const known = rows.map((row) => samples[row]!);
  return metricsOf(classifier, { predictions: others, samples: known }, threshold);
}

function requireThreshold({ task, classNames }: AnyClassifier, threshold: number | undefined): void {
  const { accepts, targets, words } = taskNamed<Task>(task);
  const isOfTwo = targets === 'class' && classNames.length === 2;
  if (threshold === undefined || accepts.threshold || isOfTwo) return;
  throw new GraftError('argument', {
    where: 'graft evaluate',
    expected: 'a model of labels, or 2 classes, for --threshold',
    received: `one of ${givenBy(classNames, words)}`,
    advice: 'Leave it out.',
  });
}

function nothingReadable(where: string, one = 'image'): GraftError {
  return new GraftError('dataset', {
    where,
    expected: `at least 1 readable ${one}`,
    received: 'none',
    advice:
      one === 'image' ? 'Check the images with another program.' : 'Check the column of the texts (--text).',
  });
}
