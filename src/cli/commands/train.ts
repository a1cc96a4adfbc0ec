/** @file `graft train`: folders of images or a table of texts in, a model file and its metrics out. */

import { Command } from 'commander';
import { estimate } from '../../use-cases/estimate.ts';
import { resumeTraining, train } from '../../use-cases/train.ts';
import { nonNegativeNumber } from '../arguments.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import { addDownloadFlags, type DownloadFlags, downloadPolicy } from '../download-flags.ts';
import type { OutputFlags } from '../event-printer.ts';
import { EXIT } from '../failure.ts';
import { addFeatureFlags, type FeatureFlags } from '../feature-flags.ts';
import { addOutputFlags } from '../output-flags.ts';
import { CHECKPOINT_MINUTES, requireOneSource } from '../resume-flags.ts';
import { type Heard, runUseCase } from '../run-use-case.ts';
import { addRecipeFlags, type RecipeFlags, readSaidRecipe } from '../train-flags.ts';

interface TrainFlags extends RecipeFlags, CsvFlags, DownloadFlags, FeatureFlags, OutputFlags {
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly resume?: string;
  readonly dryRun?: boolean;
  readonly checkpoint: number;
  readonly report: boolean;
}

export function trainCommand(): Command {
  const command = new Command('train')
    .description(
      'Train on a folder with one folder of images or texts for each class, or on a CSV file of images or texts and answers.',
    )
    .argument(
      '[dir]',
      'folder of class folders, or of train/, val/ and test/ with class folders; or a CSV file (texts: JSON lines, too)',
    )
    .option('--out <run>', 'folder for the result (default: the next free graft-runs/NAME-N)')
    .option(
      '--overwrite',
      'use the folder of --out even if it holds files: those of an earlier run are replaced, all others stay',
    )
    .option('--resume <run>', 'resume a run that was killed or interrupted, exactly as if it had not been')
    .option(
      '--checkpoint <minutes>',
      'between checkpoints in the middle of an epoch; others are written as epochs end',
      nonNegativeNumber,
      CHECKPOINT_MINUTES,
    )
    .option('--dry-run', 'only print the plan: images, time, memory, disk; nothing is written')
    .option('--no-report', 'write neither report.html nor README.md, the model card; see graft report');
  addOutputFlags(addFeatureFlags(command));
  return addDownloadFlags(addCsvFlags(addRecipeFlags(command)))
    .addHelpText(
      'after',
      `
Examples:
  $ graft train photos
  $ graft train photos --validation 0.3 --group '^[a-z]+[0-9]+' --seed 7
  $ graft train photos --head flatten,dense:256:relu,dropout:0.2 --optimizer rmsprop --lr 1e-4 --out runs/dense
  $ graft train photos --preset best
  $ graft train photos --recipe mobilenet-block15
  $ graft train photos --recipe mobilenet-block15 --dry-run     how long, how much memory, what is wasteful
  $ graft train photos --recipe graft-runs/photos-1/recipe.json     the same again
  $ graft train photos --then unfreeze=block_15_expand,lr=1e-4,optimizer=rmsprop,epochs=10     the head, then the top
  $ graft train photos --backbone inception_v3 --weights inception_v3.h5 --cut mixed7 --size 150 --head flatten-dense-1024
  $ graft train labels.csv --images photos     a class, labels or values of every image, see docs/csv.md
  $ graft train questions.csv     texts with a class, labels or values, see docs/texts.md
  $ graft train questions.csv --text question --target-columns topic --ngrams 2 --group customer
  $ graft train --resume graft-runs/photos-1

Ctrl-C stops after the step in progress and keeps the best epoch so far, with --keep-epoch last the last whole one.`,
    )
    .action(runTrain);
}

async function runTrain(dir: string | undefined, flags: TrainFlags, command: Command): Promise<void> {
  requireOneSource(dir, flags.resume, command);
  await runUseCase(flags, { stopping: 'Stopping after this step.' }, async (heard) => {
    if (flags.dryRun) await plan(dir!, flags, heard);
    else await run(dir, flags, heard);
  });
}

async function run(dir: string | undefined, flags: TrainFlags, heard: Heard): Promise<void> {
  const { cache, report: hasReport, threads, out, overwrite, strict } = flags;
  const checkpointSeconds = flags.checkpoint * 60;
  const common = {
    cache,
    report: hasReport,
    threads,
    checkpointSeconds,
    download: downloadPolicy(flags),
    ...heard,
  };
  const { report } =
    dir === undefined
      ? await resumeTraining(flags.resume!, common)
      : await train(dir, {
          ...common,
          recipe: await readSaidRecipe(flags, (text) => heard.onEvent({ type: 'note', text })),
          csv: csvOptionsFor(dir, flags),
          out,
          overwrite,
          strict,
        });
  if (report.ended === 'interrupted') process.exitCode = EXIT.interrupted;
}

async function plan(dir: string, flags: TrainFlags, heard: Heard): Promise<void> {
  const { cache, threads, strict } = flags;
  await estimate(dir, {
    recipe: await readSaidRecipe(flags, (text) => heard.onEvent({ type: 'note', text })),
    csv: csvOptionsFor(dir, flags),
    cache,
    threads,
    strict,
    download: downloadPolicy(flags),
    ...heard,
  });
}
