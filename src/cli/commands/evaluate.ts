/** @file `graft evaluate`: how good is a model on pictures whose classes are known? */

import { Command } from 'commander';
import { Classifier } from '../../artifacts/classifier.ts';
import { scanFolder } from '../../data/folder-scan.ts';
import { relabel } from '../../data/relabel.ts';
import type { Sample, SkippedFile } from '../../data/sample.ts';
import { GraftError } from '../../errors/graft-error.ts';
import {
  type ClassificationFigures,
  classificationFigures,
} from '../../evaluation/classification-figures.ts';
import { EXIT } from '../failure.ts';
import { sayConfusion, saySkipped } from '../figures.ts';
import { interruptible } from '../interruption.ts';
import { percent, say, startProgress, styled, table } from '../terminal.ts';

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Measure a model on a folder with one folder of pictures for each class.')
    .argument('<model>', 'model.onnx of a run')
    .argument(
      '<dir>',
      'folder of class folders; of train/, val/ and test/ inside it, test/ is taken, else val/',
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ graft evaluate graft-runs/photos-1/model.onnx more-photos
  $ graft evaluate model.onnx more-photos --json | jq .accuracy`,
    )
    .action(evaluate);
}

async function evaluate(model: string, dir: string, flags: { readonly json?: boolean }): Promise<void> {
  const { signal, release } = interruptible('Stopping after this batch.');
  const classifier = await Classifier.open(model);
  try {
    const scan = await scanFolder(dir);
    const chosen = scan.test ?? scan.validation ?? scan.train;
    const samples = relabel(`image folder "${dir}"`, chosen, scan.classes, classifier.classes);
    const skipped: SkippedFile[] = [...scan.skipped];
    const figures = await measure(classifier, samples, skipped, dir, signal);
    if (flags.json) process.stdout.write(`${JSON.stringify({ ...figures, skipped })}\n`);
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

async function measure(
  classifier: Classifier,
  samples: readonly Sample[],
  skipped: SkippedFile[],
  dir: string,
  signal: AbortSignal,
): Promise<ClassificationFigures> {
  const width = classifier.classes.length;
  const probabilities = new Float32Array(samples.length * width);
  const labels: number[] = [];
  const progress = startProgress('evaluate', samples.length, 'pictures');
  const before = skipped.length;
  try {
    for await (const batch of classifier.predictFiles(samples, {
      signal,
      onSkip: (file) => skipped.push(file),
    })) {
      probabilities.set(batch.probabilities, labels.length * width);
      for (const { label } of batch.samples) labels.push(label);
      progress.update(labels.length + skipped.length - before);
    }
  } finally {
    progress.stop();
  }
  if (labels.length === 0) {
    throw new GraftError('dataset', {
      where: `image folder "${dir}"`,
      expected: 'at least 1 readable picture',
      received: 'none',
      advice: 'Check the pictures with another program.',
    });
  }
  return classificationFigures(probabilities.subarray(0, labels.length * width), labels, classifier.classes);
}

function print(figures: ClassificationFigures): void {
  const [low, high] = figures.interval;
  process.stdout.write(
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
