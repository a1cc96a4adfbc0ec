/** @file `graft evaluate`: how good is a model on pictures whose answers are known? */

import { Command } from 'commander';
import { Classifier } from '../../artifacts/classifier.ts';
import { scanFolder } from '../../data/folder-scan.ts';
import { relabel } from '../../data/relabel.ts';
import type { Sample, SkippedFile } from '../../data/sample.ts';
import { GraftError } from '../../errors/graft-error.ts';
import { visible } from '../../errors/visible-text.ts';
import {
  type ClassificationFigures,
  classificationFigures,
} from '../../evaluation/classification-figures.ts';
import { multiLabelFigures } from '../../evaluation/multi-label-figures.ts';
import { regressionFigures } from '../../evaluation/regression-figures.ts';
import { isLabelFile, readAnswersOf } from '../../training/csv-picture-sets.ts';
import type { FiguresOf, Task } from '../../training/task.ts';
import { probability } from '../arguments.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import { EXIT } from '../failure.ts';
import { sayConfusion, saySkipped } from '../figures.ts';
import { interruptible } from '../interruption.ts';
import { labelsLine, labelsTable, numbersLine, numbersTable } from '../target-figures.ts';
import { percent, printJson, printOut, say, startProgress, styled, table } from '../terminal.ts';

interface EvaluateFlags extends CsvFlags {
  readonly threshold?: number;
  readonly json?: boolean;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description(
      'Measure a model on a folder with one folder of pictures for each class, or on a CSV file of pictures and answers.',
    )
    .argument('<model>', 'model.onnx of a run')
    .argument(
      '<dir>',
      'folder of class folders; of train/, val/ and test/ inside it, test/ is taken, else val/; or a CSV file',
    )
    .option(
      '--threshold <p>',
      "of a model of labels: probability above which a picture has one (default: the model's)",
      probability,
    )
    .option('--json', 'print one JSON document');
  return addCsvFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  $ graft evaluate graft-runs/photos-1/model.onnx more-photos
  $ graft evaluate graft-runs/labels-1/model.onnx more-labels.csv --images photos
  $ graft evaluate model.onnx more-photos --json | jq .accuracy`,
    )
    .action(evaluate);
}

async function evaluate(model: string, dir: string, flags: EvaluateFlags): Promise<void> {
  const { signal, release } = interruptible('Stopping after this batch.');
  const classifier = await Classifier.open(model);
  try {
    requireThreshold(classifier, flags);
    const { where, samples, skipped } = await picturesOf(classifier, dir, flags);
    const figures = await measure(classifier, { where, samples, skipped, signal }, flags.threshold);
    if (flags.json) printJson({ ...figures, skipped });
    else print(figures);
    saySkipped(skipped);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = EXIT.interrupted;
  } finally {
    release();
    await classifier.dispose();
  }
}

interface KnownPictures {
  /** For messages. */
  readonly where: string;
  readonly samples: readonly Sample[];
  /** Files that were left out; more come while pictures are decoded. */
  readonly skipped: SkippedFile[];
}

/** Pictures whose answers are known, those in the model's order. */
async function picturesOf(
  { classes: names, task }: Classifier,
  dir: string,
  flags: EvaluateFlags,
): Promise<KnownPictures> {
  const options = csvOptionsFor(dir, flags);
  if (isLabelFile(dir)) {
    const csv = await readAnswersOf(dir, { task, names }, options);
    for (const warning of csv.warnings) say(`${styled('yellow', 'note')} ${visible(warning)}`);
    return { where: csv.where, samples: csv.samples, skipped: [...csv.skipped] };
  }
  const where = `image folder "${dir}"`;
  if (task !== 'single-label') {
    throw new GraftError('dataset', {
      where,
      expected: `a CSV file of pictures and their ${task === 'regression' ? 'numbers' : 'labels'}, which the model tells`,
      received: 'a folder',
      advice: 'Give a CSV file with the columns that the model was trained on.',
    });
  }
  const scan = await scanFolder(dir);
  for (const warning of scan.warnings) say(`${styled('yellow', 'note')} ${warning}`);
  const chosen = scan.test ?? scan.validation ?? scan.train;
  return { where, samples: relabel(where, chosen, scan.classes, names), skipped: [...scan.skipped] };
}

async function measure(
  classifier: Classifier,
  { where, samples, skipped, signal }: KnownPictures & { readonly signal: AbortSignal },
  threshold: number | undefined,
): Promise<FiguresOf[Task]> {
  const { classes: names } = classifier;
  const width = names.length;
  const probabilities = new Float32Array(samples.length * width);
  const known: Sample[] = [];
  const progress = startProgress('evaluate', samples.length, 'pictures');
  const before = skipped.length;
  try {
    for await (const batch of classifier.predictFiles(samples, {
      signal,
      onSkip: (file) => skipped.push(file),
    })) {
      probabilities.set(batch.probabilities, known.length * width);
      known.push(...batch.samples);
      progress.update(known.length + skipped.length - before);
    }
  } finally {
    progress.stop();
  }
  if (known.length === 0) {
    throw new GraftError('dataset', {
      where,
      expected: 'at least 1 readable picture',
      received: 'none',
      advice: 'Check the pictures with another program.',
    });
  }
  const answers = probabilities.subarray(0, known.length * width);
  const { info } = classifier.file;
  if (info.task === undefined) {
    const labels = known.map(({ label }) => label);
    return classificationFigures(answers, labels, names);
  }
  const targets = new Float32Array(answers.length);
  known.forEach(({ target }, row) => {
    targets.set(target!, row * width);
  });
  return info.task === 'regression'
    ? regressionFigures(answers, targets, names)
    : multiLabelFigures(answers, targets, names, { threshold: threshold ?? info.threshold });
}

function requireThreshold({ task }: Classifier, { threshold }: EvaluateFlags): void {
  if (threshold === undefined || task === 'multi-label') return;
  throw new GraftError('argument', {
    where: 'graft evaluate',
    expected: 'a model of labels, for --threshold',
    received: task === 'regression' ? 'one of numbers' : 'one of classes',
    advice: 'Leave it out.',
  });
}

function print(figures: FiguresOf[Task]): void {
  if ('accuracy' in figures) {
    printClasses(figures);
    return;
  }
  const [line, details] =
    'labels' in figures
      ? [labelsLine(figures), labelsTable(figures)]
      : [numbersLine(figures), numbersTable(figures)];
  printOut(`${line}\n\n${details}\n`);
}

function printClasses(figures: ClassificationFigures): void {
  const [low, high] = figures.interval;
  printOut(
    `accuracy ${percent(figures.accuracy)} of ${figures.images} pictures, 95 % interval ${percent(low)} to ${percent(high)}; loss ${figures.loss.toFixed(4)}\n\n` +
      `${table(
        ['class', 'precision', 'recall', 'f1', 'pictures'],
        figures.classes.map(({ label, precision, recall, f1, support }) => [
          label,
          percent(precision),
          percent(recall),
          f1.toFixed(3),
          support,
        ]),
      )}\n`,
  );
  if (figures.classes.length > 1) sayConfusion(figures);
  say(styled('dim', "The interval is Wilson's: what the true accuracy could be, from this many pictures."));
}
