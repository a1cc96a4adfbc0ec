/** @file `graft evaluate`: how good is a model on images whose answers are known? */

import { Command, Option } from 'commander';
import { Classifier } from '../../artifacts/classifier.ts';
import { hashImages } from '../../data/hash-images.ts';
import { findIdentical, hashedImages } from '../../data/identical-images.ts';
import { decodeImageFilter } from '../../data/image-filter.ts';
import type { Sample, SkippedFile } from '../../data/sample.ts';
import { GraftError } from '../../errors/graft-error.ts';
import { visible } from '../../errors/visible-text.ts';
import { type ReportOf, type Task, taskNamed } from '../../recipe/task.ts';
import { type DuplicateReport, reportDuplicates } from '../../runs/duplicate-report.ts';
import { findTrainedImages, type TrainedImages } from '../../runs/trained-images.ts';
import { probability } from '../arguments.ts';
import { addCsvFlags } from '../csv-flags.ts';
import { sayDuplicates } from '../duplicate-output.ts';
import { printMetrics, sayTrainedImages, trainedDocument } from '../evaluate-output.ts';
import { type EvaluatedFlags, type EvaluatedImages, evaluatedImages, SPLITS } from '../evaluated-images.ts';
import { EXIT } from '../failure.ts';
import { interruptible } from '../interruption.ts';
import { saySkipped } from '../metrics-output.ts';
import { printJson, say, startProgress, styled } from '../terminal.ts';

interface EvaluateFlags extends EvaluatedFlags {
  readonly threshold?: number;
  readonly json?: boolean;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description(
      'Measure a model on a folder with one folder of images for each class, or on a CSV file of images and answers.',
    )
    .argument('<model>', 'model.onnx of a run')
    .argument(
      '<dir>',
      'folder of class folders, or of train/, val/ or test/ with class folders; or a CSV file',
    )
    .addOption(
      new Option(
        '--split <part>',
        'which part of the folder is taken (default: test if it is there, else val, else train)',
      ).choices([...SPLITS]),
    )
    .option(
      '--threshold <p>',
      "of a model of labels: probability above which an image has one (default: the model's)",
      probability,
    )
    .option('--json', 'print one JSON document');
  return addCsvFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  $ graft evaluate graft-runs/photos-1/model.onnx more-photos
  $ graft evaluate graft-runs/photos-1/model.onnx photos --split val
  $ graft evaluate graft-runs/labels-1/model.onnx more-labels.csv --images photos
  $ graft evaluate model.onnx more-photos --json | jq .accuracy

A model file knows which images it was trained on, by their bytes: where they are among those that it is measured on,
that is said, and how good it is without them.`,
    )
    .action(evaluate);
}

async function evaluate(model: string, dir: string, flags: EvaluateFlags): Promise<void> {
  const { signal, release } = interruptible('Stopping after this batch.');
  const classifier = await Classifier.open(model);
  try {
    requireThreshold(classifier, flags);
    const images = await evaluatedImages(classifier, dir, flags);
    say(`on ${visible(images.said)}: ${images.samples.length} images`);
    for (const warning of images.warnings) say(`${styled('yellow', 'note')} ${visible(warning)}`);
    const { duplicates, trained } = await lookAtFiles(classifier, images, signal);
    const measured = await measure(classifier, images, signal);
    const metrics = metricsOf(classifier, measured, flags.threshold);
    const { skipped } = measured;
    const without = trained?.isBeyondChance
      ? withoutTrained(classifier, measured, trained, flags.threshold)
      : undefined;
    if (flags.json) {
      const { split, samples } = images;
      const trainedOn = trained ? trainedDocument(trained, samples, without) : null;
      printJson({ split, ...metrics, duplicates, trainedOn, skipped });
    } else printMetrics(metrics);
    sayDuplicates(duplicates, false, trained?.isBeyondChance ? 1 : 2);
    if (trained?.isBeyondChance) sayTrainedImages(trained, images.samples.length, without);
    saySkipped(skipped);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = EXIT.interrupted;
  } finally {
    release();
    await classifier.dispose();
  }
}

/** Copies among the images, and those that the model was trained on; undefined where its file does not tell. */
async function lookAtFiles(
  { classes, file }: Classifier,
  { samples, split }: EvaluatedImages,
  signal: AbortSignal,
): Promise<{ readonly duplicates: DuplicateReport; readonly trained: TrainedImages | undefined }> {
  const images = hashedImages(samples);
  const identical = await findIdentical([images], signal);
  const duplicates = reportDuplicates(identical, [{ set: split, samples }], classes);
  const filter = file.trainingImages === undefined ? undefined : decodeImageFilter(file.trainingImages);
  if (filter === undefined) {
    if (file.trainingImages !== undefined) {
      say(`${styled('yellow', 'note')} what the model file says of its training images cannot be read`);
    }
    return { duplicates, trained: undefined };
  }
  await hashImages(samples, 0, samples.length, images.hashes, signal);
  return { duplicates, trained: findTrainedImages(filter, images.hashes) };
}

interface Measured {
  /** `[N, names]`, row-major. */
  readonly answers: Float32Array;
  /** Of the readable images, the positions among all. */
  readonly positions: Uint32Array;
  readonly samples: readonly Sample[];
  readonly skipped: readonly SkippedFile[];
}

async function measure(
  classifier: Classifier,
  { where, samples, skipped: left }: EvaluatedImages,
  signal: AbortSignal,
): Promise<Measured> {
  const width = classifier.classes.length;
  const answers = new Float32Array(samples.length * width);
  const positions: number[] = [];
  const positionOf = new Map(samples.map((sample, position) => [sample, position]));
  const skipped = [...left];
  const progress = startProgress('evaluate', samples.length, 'images');
  try {
    for await (const batch of classifier.predictFiles(samples, {
      signal,
      onSkip: (file) => skipped.push(file),
    })) {
      answers.set(batch.probabilities, positions.length * width);
      positions.push(...batch.samples.map((sample) => positionOf.get(sample)!));
      progress.update(positions.length + skipped.length - left.length);
    }
  } finally {
    progress.stop();
  }
  if (positions.length === 0) {
    throw new GraftError('dataset', {
      where,
      expected: 'at least 1 readable image',
      received: 'none',
      advice: 'Check the images with another program.',
    });
  }
  return {
    answers: answers.subarray(0, positions.length * width),
    positions: Uint32Array.from(positions),
    samples: positions.map((position) => samples[position]!),
    skipped,
  };
}

function metricsOf(
  { classes: names, file: { info } }: Classifier,
  { answers, samples }: Pick<Measured, 'answers' | 'samples'>,
  threshold: number | undefined,
): ReportOf[Task] {
  const asked = threshold ?? ('threshold' in info ? info.threshold : undefined);
  return taskNamed<Task>(info.task).measure(answers, samples, { names, threshold: asked });
}

/** How good the model is on the others; undefined if there are none. */
function withoutTrained(
  classifier: Classifier,
  { answers, positions, samples }: Measured,
  trained: TrainedImages,
  threshold: number | undefined,
): ReportOf[Task] | undefined {
  const width = classifier.classes.length;
  const rows = [...positions.keys()].filter((row) => !trained.positions.has(positions[row]!));
  if (rows.length === 0) return undefined;
  const others = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    others.set(answers.subarray(row * width, (row + 1) * width), index * width);
  });
  const known = rows.map((row) => samples[row]!);
  return metricsOf(classifier, { answers: others, samples: known }, threshold);
}

function requireThreshold({ task }: Classifier, { threshold }: EvaluateFlags): void {
  const { accepts, words } = taskNamed<Task>(task);
  if (threshold === undefined || accepts.threshold) return;
  throw new GraftError('argument', {
    where: 'graft evaluate',
    expected: 'a model of labels, for --threshold',
    received: `one of ${words.several}`,
    advice: 'Leave it out.',
  });
}
