/** @file What does a model say of these images or texts? */

import type { AnyModelInfo } from '../artifacts/model-info.ts';
import { createPrediction, type PredictionOptions, requireConfidence } from '../artifacts/prediction.ts';
import type { TestTimeAugmentation } from '../artifacts/test-time-augmentation.ts';
import type { TextClassifier } from '../artifacts/text-classifier.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { StageEvents } from '../events/stage-events.ts';
import type { Classifier } from '../node/artifacts/classifier.ts';
import { listImages } from '../node/images/image-list.ts';
import { LeftOutFiles } from '../node/images/left-out-files.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import { isOfTexts, openModel } from './open-model.ts';
import type { FilePrediction, PredictReport } from './predict-report.ts';
import type { EventListener } from './run-event.ts';
import type { UseCaseOptions } from './use-case-options.ts';

/** What `predict` takes beside the model and the images. */
export interface PredictOptions extends UseCaseOptions, PredictionOptions {
  /** Of a model of texts: the column of texts in tables. Default: found by its name, or by the length of its cells. */
  readonly textColumn?: string | undefined;
  /** Of a model of images: `flip` averages what is said of an image and of its mirror image. Default: the image alone. */
  readonly tta?: TestTimeAugmentation | undefined;
}

/**
 * Predicts the class, the labels or the values of image files or texts. As `graft predict`. Events: `progress` and `stage` of the
 * predictions, `result`. To ask a model again and again, or of images in memory, open it with `Classifier.open`.
 *
 * @param model - The `model.onnx` of a run.
 * @param paths - Images, or folders of images, which stand for all images below them. Of a model of texts: texts, tables (`.csv`,
 *   `.tsv`, `.jsonl`), `.txt` files with a text each, folders of those, or `-`, standard input with a text on each line.
 * @returns Of classes `{ file, label, probability, probabilities }`, of labels `{ file, labels, probabilities }`, of
 *   regression `{ file, values }`, each with `unknown` and `similarity` where the model's file tells; with `confidence` a
 *   `predictionSet` of classes; of an image that cannot be read `{ file, error }`, in its place.
 * @throws {GraftError} `file-not-found`, `model-file`; `argument`, if an option is not for such a model; `interrupted`, if
 *   the signal aborts.
 */
export async function predict(
  model: string,
  paths: readonly string[],
  options: PredictOptions = {},
): Promise<PredictReport> {
  const { onEvent: emit = () => {}, signal, tta } = options;
  return openModel(model, { signal, tta }, async (classifier) => {
    requireFitting(classifier.file.info, options);
    requireConfidence(classifier.file.path, classifier.file.info, options.confidence);
    const report: PredictReport = {
      model,
      modality: isOfTexts(classifier) ? 'text' : 'image',
      task: classifier.task,
      classNames: classifier.classNames,
      predictions: isOfTexts(classifier)
        ? await predictTexts(classifier, paths, options, emit)
        : await predictAll(classifier, paths, options, emit),
    };
    emit({ type: 'result', useCase: 'predict', report });
    return report;
  });
}

async function predictAll(
  classifier: Classifier<Task>,
  paths: readonly string[],
  { signal, top, threshold, confidence }: PredictOptions,
  emit: EventListener,
): Promise<PredictReport['predictions']> {
  const leftOut = new LeftOutFiles();
  const listed = await listImages(paths, leftOut);
  const note = leftOut.note();
  if (note !== undefined) emit({ type: 'note', text: note });
  const results: (FilePrediction | undefined)[] = listed.map(() => undefined);
  // The label of a sample carries its place in the list, so that unreadable images keep theirs.
  const samples = listed.flatMap(({ file, error }, place) =>
    error === undefined ? [{ file, label: place }] : [],
  );
  const failures = new Map<string, string>();
  const { classNames } = classifier;
  const stages = new StageEvents(emit);
  stages.update('predictions', 0, samples.length, 'images');
  let done = 0;
  for await (const batch of classifier.predictFiles(samples, {
    signal,
    onSkip: ({ file, reason }) => failures.set(file, reason),
  })) {
    batch.samples.forEach(({ file, label: place }, row) => {
      const values = batch.probabilities.subarray(row * classNames.length, (row + 1) * classNames.length);
      const told = { top, threshold, confidence };
      const similarity = batch.similarities?.[row];
      results[place] = { file, ...createPrediction(classifier.file.info, values, told, similarity) };
    });
    done += batch.samples.length;
    stages.update('predictions', done + failures.size, samples.length, 'images');
  }
  stages.end();
  return results.map((result, place) => {
    const { file, error } = listed[place]!;
    return result ?? { file, error: error ?? failures.get(file) ?? 'cannot be read' };
  });
}

async function predictTexts(
  classifier: TextClassifier,
  named: readonly string[],
  { signal, top, threshold, confidence, textColumn }: PredictOptions,
  emit: EventListener,
): Promise<PredictReport['predictions']> {
  const { askedTexts } = await import('./text-work.ts');
  const asked = await askedTexts(named, textColumn);
  const texts = asked.flatMap(({ text }) => (text === '' ? [] : [text]));
  const stages = new StageEvents(emit);
  const onProgress = (done: number): void => stages.update('predictions', done, texts.length, 'texts');
  onProgress(0);
  const said = await classifier.predict(texts, { signal, top, threshold, confidence, onProgress });
  stages.end();
  let row = 0;
  return asked.map(({ file, text }) =>
    text === '' ? { file, text, error: 'empty text' } : { file, text, ...said[row++]! },
  );
}

/** @throws {GraftError} `argument`, if an option is not for such a model. */
function requireFitting(
  { task, classNames }: Pick<AnyModelInfo, 'task' | 'classNames'>,
  { top, threshold }: PredictionOptions,
): void {
  const { accepts, output, targets, words } = taskNamed<Task>(task);
  const isOfTwo = targets === 'class' && classNames.length === 2;
  if (!accepts.threshold && !isOfTwo) {
    refuse('--threshold', threshold, 'labels, or 2 classes', givenBy(classNames, words));
  }
  if (!output.isProbability) refuse('--top', top, 'classes or labels', words.gives);
}

/** `3 classes`, `values (regression)` */
export function givenBy(classNames: readonly string[], { gives }: { readonly gives: string }): string {
  return gives === 'classes' ? `${classNames.length} classes` : gives;
}

function refuse(flag: string, value: unknown, what: string, given: string): void {
  if (value === undefined) return;
  throw new GraftError('argument', {
    where: 'graft predict',
    expected: `a model of ${what}, for ${flag}`,
    received: `one of ${given}`,
    advice: 'Leave it out.',
  });
}
