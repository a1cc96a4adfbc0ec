/** @file How good is a model on images whose labels are known? */

import type { AnyModelInfo } from '../artifacts/model-info.ts';
import { decisionThresholds } from '../artifacts/prediction.ts';
import type { TestTimeAugmentation } from '../artifacts/test-time-augmentation.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { confidenceReport } from '../events/confidence-report.ts';
import { metricsResult } from '../events/metrics-report.ts';
import type { Examples } from '../node/images/image-examples.ts';
import { type ReportOf, type Task, taskNamed } from '../recipe/task.ts';
import type { TrainedImages } from '../runs/trained-images.ts';
import type { EvaluateReport, TrainedOnReport } from './evaluate-report.ts';
import { type EvaluatedExamples, EXAMPLES } from './evaluated-images.ts';
import { type LookOptions, lookAtExamples, type Measured } from './measured-examples.ts';
import { type AnyClassifier, isOfTexts, openModel } from './open-model.ts';
import { givenBy } from './predict.ts';

/** What `evaluate` takes beside the model and the data. */
export interface EvaluateOptions extends LookOptions {
  /** Of labels, or of the second of two classes: probability above which it is predicted, in (0, 1). Default: the model's own. */
  readonly threshold?: number | undefined;
  /** Of images: `flip` averages what is said of an image and of its mirror image. Default: the image alone. */
  readonly tta?: TestTimeAugmentation | undefined;
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
  const { onEvent: emit = () => {}, signal, threshold, tta } = options;
  return openModel(model, { signal, tta }, async (classifier) => {
    requireThreshold(classifier, threshold);
    const examples = await lookAtExamples(classifier, data, options);
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
      ...(tta === undefined ? {} : { tta }),
      ...metricsResult(computeMetrics(classifier.file, measured, threshold)),
      confidence: confidenceReport(classifier.file.info, measured),
      duplicates,
      trainedOn: trained ? trainedOn(classifier, images, measured, trained, threshold) : null,
      skipped,
    };
    emit({ type: 'result', useCase: 'evaluate', report });
    return report;
  });
}

/** The metrics of a model's task. @param threshold - In the place of the model's own. */
export function computeMetrics(
  { info }: { readonly info: AnyModelInfo },
  { predictions, samples }: Pick<Measured, 'predictions' | 'samples'>,
  threshold: number | undefined,
): ReportOf[Task] {
  const asked = threshold ?? ('threshold' in info ? info.threshold : undefined);
  const thresholds = decisionThresholds(info, threshold);
  const { classNames: names } = info;
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
  return computeMetrics(classifier.file, { predictions: others, samples: known }, threshold);
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
