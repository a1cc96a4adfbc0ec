/** @file `graft predict`: what is on these images? */

import { Command } from 'commander';
import { Classifier } from '../../artifacts/classifier.ts';
import { csvLines } from '../../data/csv-lines.ts';
import { listImages } from '../../data/image-list.ts';
import { LeftOutFiles } from '../../data/left-out-files.ts';
import { GraftError } from '../../errors/graft-error.ts';
import { visible } from '../../errors/visible-text.ts';
import { type Task, taskNamed } from '../../recipe/task.ts';
import { probability, wholeNumber } from '../arguments.ts';
import { EXIT } from '../failure.ts';
import { interruptible } from '../interruption.ts';
import { type Prediction, type PredictionForm, predictionForm } from '../prediction-form.ts';
import { printJson, printOut, say, startProgress, styled, table } from '../terminal.ts';

interface PredictFlags {
  readonly top?: number;
  readonly threshold?: number;
  readonly csv?: boolean;
  readonly json?: boolean;
}

interface Failure {
  readonly file: string;
  readonly error: string;
}

/** Fewer images than this need no progress. */
const PROGRESS_FROM = 50;

export function predictCommand(): Command {
  return new Command('predict')
    .description('Tell the class, the labels or the numbers of images.')
    .argument('<model>', 'model.onnx of a run')
    .argument('<files...>', 'images, or folders of images')
    .option(
      '--top <k>',
      'how many classes to show for each image (default: all in --json and --csv, else 3)',
      wholeNumber(1),
    )
    .option(
      '--threshold <p>',
      "of a model of labels: probability above which an image has one (default: the model's)",
      probability,
    )
    .option('--csv', 'print CSV')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ graft predict graft-runs/photos-1/model.onnx image.jpg holiday/
  $ graft predict model.onnx holiday/ --csv > holiday.csv
  $ graft predict model.onnx image.jpg --json | jq '.[0].label'

An image that cannot be read is named with its reason; the others are told all the same (exit status 1).`,
    )
    .action(predict);
}

async function predict(model: string, paths: string[], flags: PredictFlags): Promise<void> {
  if (flags.csv && flags.json) {
    throw new GraftError('argument', {
      where: 'graft predict',
      expected: 'one of --csv and --json',
      received: 'both',
      advice: 'Leave one of them out.',
    });
  }
  const { signal, release } = interruptible('Stopping after this batch.');
  const classifier = await Classifier.open(model);
  try {
    const { info } = classifier.file;
    const top =
      flags.top ??
      (flags.json || flags.csv || !taskNamed<Task>(info.task).output.isProbability ? undefined : 3);
    const form = predictionForm(info, { top, threshold: flags.threshold });
    const results = await predictAll(classifier, paths, signal);
    if (flags.json) printJson(results.map((result) => ('error' in result ? result : form.document(result))));
    else printOut(flags.csv ? csv(results, form) : `${text(results, form)}\n`);
    if (results.some((result) => 'error' in result)) process.exitCode = EXIT.failure;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = EXIT.interrupted;
  } finally {
    release();
    await classifier.dispose();
  }
}

async function predictAll(
  classifier: Classifier,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<(Prediction | Failure)[]> {
  const leftOut = new LeftOutFiles();
  const listed = await listImages(paths, leftOut);
  const note = leftOut.note();
  if (note !== undefined) say(`${styled('yellow', 'note')} ${visible(note)}`);
  const results: (Prediction | Failure | undefined)[] = listed.map(({ file, error }) =>
    error === undefined ? undefined : { file, error },
  );
  // The label of a sample carries its place in the list, so that unreadable images keep theirs.
  const samples = listed.flatMap(({ file, error }, place) =>
    error === undefined ? [{ file, label: place }] : [],
  );
  const failures = new Map<string, string>();
  const progress =
    samples.length >= PROGRESS_FROM ? startProgress('predict', samples.length, 'images') : undefined;
  const { classes } = classifier;
  let done = 0;
  const options = {
    signal,
    onSkip: ({ file, reason }: { file: string; reason: string }) => failures.set(file, reason),
  };
  try {
    for await (const batch of classifier.predictFiles(samples, options)) {
      batch.samples.forEach(({ file, label: place }, row) => {
        const values = batch.probabilities.subarray(row * classes.length, (row + 1) * classes.length);
        results[place] = { file, values: [...values] };
      });
      done += batch.samples.length;
      progress?.update(done + failures.size);
    }
  } finally {
    progress?.stop();
  }
  return results.map((result, place) => {
    const { file } = listed[place]!;
    return result ?? { file, error: failures.get(file) ?? 'cannot be read' };
  });
}

function csv(results: readonly (Prediction | Failure)[], form: PredictionForm): string {
  const rows = results.map((result) => {
    if ('error' in result) return [result.file, ...form.columns.map(() => ''), result.error];
    return [result.file, ...form.csvCells(result), ''];
  });
  return csvLines([['file', ...form.columns, 'error'], ...rows]);
}

function text(results: readonly (Prediction | Failure)[], { headings, cells }: PredictionForm): string {
  return table(
    ['file', ...headings],
    results.map((result) => {
      if (!('error' in result)) return [result.file, ...cells(result)];
      if (headings.length === 1) return [result.file, `error: ${result.error}`];
      return [result.file, 'error', ...headings.slice(2).map(() => ''), result.error];
    }),
  );
}
