/** @file Examples whose labels are known, and what a model makes of them: for an evaluation, and for a comparison. */

import type { TextClassifier } from '../artifacts/text-classifier.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import type { Sample, SkippedFile } from '../core/examples/sample.ts';
import { StageEvents } from '../events/stage-events.ts';
import type { Classifier } from '../node/artifacts/classifier.ts';
import { hashImages } from '../node/images/hash-images.ts';
import { findIdentical, hashedImages } from '../node/images/identical-images.ts';
import type { Examples } from '../node/images/image-examples.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import { type DuplicateReport, reportDuplicates } from '../node/training/duplicate-report.ts';
import type { Task } from '../recipe/task.ts';
import { findTrainedImages, type TrainedImages } from '../runs/trained-images.ts';
import { decodeImageFilter } from '../vision/images/image-filter.ts';
import { type EvaluatedExamples, evaluatedImages, type SplitName } from './evaluated-images.ts';
import { type AnyClassifier, isOfTexts } from './open-model.ts';
import type { EventListener } from './run-event.ts';
import type { UseCaseOptions } from './use-case-options.ts';

/** Which examples are taken. */
export interface LookOptions extends UseCaseOptions {
  /** Which part of the folder is taken. Default: test if it is there, else val, else train. */
  readonly split?: SplitName | undefined;
  /** How a CSV file in the place of a folder is read. */
  readonly csv?: CsvOptions | undefined;
}

/**
 * Reads examples, in the order of the model's classes, with what its file knows of them; the model sees them when `measure` is called.
 *
 * @throws {GraftError} `dataset`, `argument`, `file-not-found`.
 */
export function lookAtExamples(
  classifier: AnyClassifier,
  data: string | Examples,
  options: LookOptions,
): Promise<Looked> {
  return isOfTexts(classifier) ? onTexts(classifier, data, options) : onImages(classifier, data, options);
}

/** What is known of the examples before the model has seen them. */
export interface Looked {
  readonly images: EvaluatedExamples;
  readonly duplicates: DuplicateReport;
  /** Those that the model was trained on; undefined where its file does not tell. */
  readonly trained: TrainedImages | undefined;
  measure(): Promise<Measured>;
}

async function onImages(
  classifier: Classifier<Task>,
  data: string | Examples,
  { onEvent: emit = () => {}, signal, split, csv }: LookOptions,
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
  { onEvent: emit = () => {}, signal, split, csv }: LookOptions,
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

/** What a model gave for the examples that could be read. */
export interface Measured {
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

function nothingReadable(where: string, one = 'image'): GraftError {
  return new GraftError('dataset', {
    where,
    expected: `at least 1 readable ${one}`,
    received: 'none',
    advice:
      one === 'image' ? 'Check the images with another program.' : 'Check the column of the texts (--text).',
  });
}
