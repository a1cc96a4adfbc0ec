/** @file `graft predict`: what is on these pictures? */

import { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { Classifier } from '../../artifacts/classifier.ts';
import { listPictures } from '../../data/picture-list.ts';
import { GraftError } from '../../errors/graft-error.ts';
import { wholeNumber } from '../arguments.ts';
import { EXIT } from '../failure.ts';
import { interruptible } from '../interruption.ts';
import { percent, startProgress, table } from '../terminal.ts';

interface PredictFlags {
  readonly top?: number;
  readonly csv?: boolean;
  readonly json?: boolean;
}

interface Prediction {
  readonly file: string;
  /** The `--top` most probable classes, the most probable first. */
  readonly ranked: readonly { readonly label: string; readonly probability: number }[];
}

interface Failure {
  readonly file: string;
  readonly error: string;
}

/** Fewer pictures than this need no progress. */
const PROGRESS_FROM = 50;

export function predictCommand(): Command {
  return new Command('predict')
    .description('Tell the class of pictures.')
    .argument('<model>', 'model.onnx of a run')
    .argument('<files...>', 'pictures, or folders of pictures')
    .option(
      '--top <k>',
      'how many classes to show for each picture (default: all in --json and --csv, else 3)',
      wholeNumber(1),
    )
    .option('--csv', 'print CSV')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ graft predict graft-runs/photos-1/model.onnx picture.jpg holiday/
  $ graft predict model.onnx holiday/ --csv > holiday.csv
  $ graft predict model.onnx picture.jpg --json | jq '.[0].label'

A picture that cannot be read is named with its reason; the others are told all the same (exit status 1).`,
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
    const results = await predictAll(classifier, paths, flags, signal);
    const written = flags.json
      ? `${JSON.stringify(results.map(document))}\n`
      : flags.csv
        ? csv(results, classifier.classes)
        : `${text(results)}\n`;
    process.stdout.write(written);
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
  flags: PredictFlags,
  signal: AbortSignal,
): Promise<(Prediction | Failure)[]> {
  const listed = await listPictures(paths);
  const results: (Prediction | Failure | undefined)[] = listed.map(({ file, error }) =>
    error === undefined ? undefined : { file, error },
  );
  // The label of a sample carries its place in the list, so that unreadable pictures keep theirs.
  const samples = listed.flatMap(({ file, error }, place) =>
    error === undefined ? [{ file, label: place }] : [],
  );
  const failures = new Map<string, string>();
  const progress =
    samples.length >= PROGRESS_FROM ? startProgress('predict', samples.length, 'pictures') : undefined;
  const { classes } = classifier;
  const top = flags.top ?? (flags.json || flags.csv ? classes.length : 3);
  let done = 0;
  const options = {
    signal,
    onSkip: ({ file, reason }: { file: string; reason: string }) => failures.set(file, reason),
  };
  try {
    for await (const batch of classifier.predictFiles(samples, options)) {
      batch.samples.forEach(({ file, label: place }, row) => {
        const of = batch.probabilities.subarray(row * classes.length, (row + 1) * classes.length);
        results[place] = prediction(file, of, classes, top);
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

function prediction(file: string, row: Float32Array, classes: readonly string[], top: number): Prediction {
  const ranked = Array.from(row, (probability, index) => ({ label: classes[index]!, probability })).sort(
    (a, b) => b.probability - a.probability,
  );
  return { file, ranked: ranked.slice(0, top) };
}

/** What `--json` prints of a picture; other programs rely on its shape. */
function document(result: Prediction | Failure): object {
  if ('error' in result) return result;
  return { file: result.file, ...result.ranked[0]!, probabilities: probabilitiesOf(result) };
}

/** An object cannot keep the order: names of digits come first in it. */
function probabilitiesOf({ ranked }: Prediction): Record<string, number> {
  return Object.fromEntries(ranked.map(({ label, probability }) => [label, probability]));
}

function csv(results: readonly (Prediction | Failure)[], classes: readonly string[]): string {
  const rows = results.map((result) => {
    if ('error' in result) return [result.file, '', '', ...classes.map(() => ''), result.error];
    const { label, probability } = result.ranked[0]!;
    const probabilities = probabilitiesOf(result);
    return [result.file, label, probability, ...classes.map((name) => probabilities[name] ?? ''), ''];
  });
  return stringify([['file', 'label', 'probability', ...classes, 'error'], ...rows]);
}

function text(results: readonly (Prediction | Failure)[]): string {
  return table(
    ['file', 'label', 'probability', 'then'],
    results.map((result) => {
      if ('error' in result) return [result.file, 'error', '', result.error];
      const [first, ...others] = result.ranked;
      return [
        result.file,
        first!.label,
        percent(first!.probability),
        others.map(({ label, probability }) => `${label} ${percent(probability)}`).join(', '),
      ];
    }),
  );
}
