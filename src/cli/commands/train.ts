/** @file `graft train`: folders of images in, a model file and its metrics out. */

import { extname } from 'node:path';
import { Command } from 'commander';
import type { PassedOver } from '../../artifacts/checkpoint.ts';
import { classifierGraph, classifierInfo } from '../../artifacts/classifier-file.ts';
import { runCheckpoints } from '../../artifacts/run-checkpoints.ts';
import { claimRunFolder, type RunFolder, resumeRunFolder } from '../../artifacts/run-folder.ts';
import { writeRun } from '../../artifacts/run-outputs.ts';
import type { RunStart } from '../../artifacts/run-start.ts';
import { visible } from '../../errors/visible-text.ts';
import type { FeatureStores } from '../../features/feature-spaces.ts';
import { DEFAULT_TASK, type Task } from '../../recipe/task.ts';
import { gatherData, isLabelFile } from '../../runs/csv-image-sets.ts';
import { findDuplicates } from '../../runs/duplicate-report.ts';
import type { ImageSets } from '../../runs/image-sets.ts';
import { estimateTraining, trainClassifier } from '../../runs/train-classifier.ts';
import { nonNegativeNumber, threadCount } from '../arguments.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import { addDownloadFlags, type DownloadFlags, downloadOptions } from '../download-flags.ts';
import { EXIT } from '../failure.ts';
import { openRunCache } from '../feature-cache.ts';
import { interruptible } from '../interruption.ts';
import { sayPreflight } from '../preflight-output.ts';
import { printJson, say, styled } from '../terminal.ts';
import { addRecipeFlags, type RecipeFlags, recipeOf } from '../train-flags.ts';
import { report, sayPlan, sayResult, TrainingProgress } from '../train-output.ts';
import { VERSION } from '../version.ts';

interface TrainFlags extends RecipeFlags, CsvFlags, DownloadFlags {
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly resume?: string;
  readonly dryRun?: boolean;
  readonly checkpoint: number;
  readonly cache: boolean;
  readonly strict?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
}

/** Minutes between checkpoints in the middle of an epoch. */
const CHECKPOINT_MINUTES = 5;

export function trainCommand(): Command {
  const command = new Command('train')
    .description(
      'Train on a folder with one folder of images for each class, or on a CSV file of images and answers.',
    )
    .argument(
      '[dir]',
      'folder of class folders, or of train/, val/ and test/ with class folders; or a CSV file',
    )
    .option('--out <run>', 'folder for the result (default: the next free graft-runs/NAME-N)')
    .option(
      '--overwrite',
      'use the folder of --out even if it holds files: those of an earlier run are replaced, all others stay',
    )
    .option('--resume <run>', 'go on with a run that was killed or stopped, exactly as if it had not been')
    .option(
      '--checkpoint <minutes>',
      'between checkpoints in the middle of an epoch; others are written as epochs end',
      nonNegativeNumber,
      CHECKPOINT_MINUTES,
    )
    .option('--dry-run', 'only tell what a run would need: images, time, memory, disk; nothing is written')
    .option('--no-cache', 'neither read nor write the feature cache, see graft cache')
    .option('--threads <n>', 'processor threads (default: all)', threadCount)
    .option('--strict', 'fail at the first image that cannot be read')
    .option('--json', 'print the result as one JSON document');
  return addDownloadFlags(addCsvFlags(addRecipeFlags(command)))
    .addHelpText(
      'after',
      `
Examples:
  $ graft train photos
  $ graft train photos --validation 0.3 --group '^[a-z]+[0-9]+' --seed 7
  $ graft train photos --head flatten,dense:256:relu,dropout:0.2 --optimizer rmsprop --lr 1e-4 --out runs/dense
  $ graft train photos --recipe mobilenet-block15
  $ graft train photos --recipe mobilenet-block15 --dry-run     how long, how much memory, what is wasteful
  $ graft train photos --recipe graft-runs/photos-1/recipe.json     the same again
  $ graft train photos --then unfreeze=block_15_expand,lr=1e-4,optimizer=rmsprop,epochs=10     the head, then the top
  $ graft train photos --backbone inception_v3 --weights inception_v3.h5 --cut mixed7 --size 150 --head flatten-dense-1024
  $ graft train labels.csv --images photos     a class, labels or numbers of every image, see docs/csv.md
  $ graft train --resume graft-runs/photos-1

Ctrl-C stops after the step in progress and keeps the best epoch so far.`,
    )
    .action(train);
}

async function train(dir: string | undefined, flags: TrainFlags, command: Command): Promise<void> {
  const started = performance.now();
  const asked = await startOf(dir, flags, command);
  const { signal: stop, release } = interruptible('Stopping after this step.');
  let run: RunFolder | undefined;
  const cache = flags.cache ? await openRunCache({ readOnly: flags.dryRun ?? false }) : undefined;
  const progress = new TrainingProgress();
  const onWait = (note: string): void => say(`${styled('yellow', 'note')} ${visible(note)}`);
  try {
    let start: RunStart;
    if (asked === 'resume')
      ({ folder: run, start } = await resumeRunFolder(flags.resume!, { onWait, signal: stop }));
    else start = asked;
    const { recipe } = start;
    const images = await gatherData(start.dir, recipe, { ...start.csv, signal: stop });
    if (flags.dryRun) {
      await dryRun(images, start, { ...flags, cache, signal: stop }, progress);
      return;
    }
    const dataName = isLabelFile(start.dir) ? start.dir.slice(0, -extname(start.dir).length) : start.dir;
    run ??= await claimRunFolder(flags.out, dataName, flags.overwrite ?? false, { onWait, signal: stop });
    const folder = run;
    sayPlan(start.dir, images);
    let parameters = 0;
    const trained = await trainClassifier(images, {
      folder: start.dir,
      recipe,
      featureStores: cache,
      checkpoints: runCheckpoints(folder.path, {
        resume: flags.resume !== undefined,
        everySeconds: flags.checkpoint * 60,
        beforeSave: () => folder.requireHeld(),
        onTorn: (file, passed) => say(`note: ${passedOver(file, passed)}`),
        onResume: (epoch, step) =>
          say(`going on with epoch ${epoch}${step > 0 ? `, after step ${step}` : ''}`),
      }),
      strict: start.strict,
      signal: AbortSignal.any([stop, folder.lost]),
      ...(flags.threads !== undefined && { threads: flags.threads }),
      download: downloadOptions(flags),
      onDownload: (download) => progress.onDownload(download),
      onModel: async (classifier) => {
        parameters = classifier.parameters.total;
        await folder.requireRoom(parameters);
        progress.onModel({ ...classifier, recipe: { ...classifier.recipe, ...start.given } });
      },
      onPreflight: async (estimate) => {
        progress.onPreflight(estimate);
        await folder.requireRoom(parameters, estimate.diskBytes.checkpoints);
        // The recipe has been checked by now: what an earlier run left may go.
        if (flags.resume === undefined) await folder.begin(start);
      },
      onPhase: (index, phase, features) => progress.onPhase(index, phase, features),
      onFeatures: (done, total, epoch) => progress.onFeatures(done, total, epoch),
      onStep: (fit) => progress.onStep(fit),
      onEpoch: (record) => progress.onEpoch(record),
    }).then((result) => ({ ...result, recipe: { ...result.recipe, ...start.given } }));
    progress.close();
    const info = classifierInfo(trained, VERSION);
    await folder.requireHeld();
    const model = await writeRun(folder.path, classifierGraph(trained), info, trained);
    const isInterrupted = trained.history.ended === 'interrupted';
    if (!isInterrupted) await folder.end();
    const seconds = { ...trained.seconds, total: (performance.now() - started) / 1000 };
    if (flags.json) printJson(report({ run: folder.path, model, images, trained, seconds }));
    sayResult(trained, folder.path, model, seconds.total);
    if (isInterrupted) say(`to go on     graft train --resume ${visible(folder.path)}`);
    if (isInterrupted) process.exitCode = EXIT.interrupted;
  } catch (error) {
    // Whoever has taken the folder over is the reason of whatever followed.
    if (run?.lost.aborted) await run.requireHeld();
    throw error;
  } finally {
    progress.close('not finished');
    await run?.release();
    await cache?.close();
    release();
  }
}

/** What becomes of a checkpoint that is no use, and of the run. */
function passedOver(file: string, { reason, hasEarlier }: PassedOver): string {
  return `${visible(file)} is ${reason}; ${hasEarlier ? 'taking the checkpoint before it' : 'there is none before it, so the run begins anew'}`;
}

/** Tells what a run would need. */
async function dryRun(
  images: ImageSets<Task>,
  { dir, recipe, strict }: RunStart,
  flags: Pick<TrainFlags, 'threads' | 'json' | 'trust' | 'refetch'> & {
    cache: FeatureStores | undefined;
    signal: AbortSignal;
  },
  progress: TrainingProgress,
): Promise<void> {
  sayPlan(dir, images);
  const { threads, json, cache, signal } = flags;
  const classifier = await estimateTraining(images, {
    folder: dir,
    recipe,
    featureStores: cache,
    strict,
    signal,
    ...(threads !== undefined && { threads }),
    download: downloadOptions(flags),
    onDownload: (download) => progress.onDownload(download),
    onModel: (model) => progress.onModel(model),
  });
  sayPreflight(classifier.estimate);
  const { task, classes } = images;
  const names = task === DEFAULT_TASK ? { classes } : { task, names: classes };
  const document = {
    ...names,
    recipe: classifier.recipe,
    parameters: classifier.parameters,
    duplicates: findDuplicates(images),
  };
  if (json) printJson({ ...document, ...classifier.estimate });
}

/** What is to be trained, by the command line, if it is not the run to go on with that says it. */
async function startOf(
  dir: string | undefined,
  flags: TrainFlags,
  command: Command,
): Promise<RunStart | 'resume'> {
  if (flags.resume === undefined) {
    if (dir === undefined) command.error("error: missing required argument 'dir'");
    const recipe = await recipeOf(flags);
    const strict = flags.strict ?? false;
    const csv = csvOptionsFor(dir, flags);
    return { dir, recipe, csv, strict };
  }
  // What the run was told holds; only what does not touch the result may be said anew.
  const other = Object.keys(flags).filter(
    (name) => !['resume', 'json', 'cache', 'threads', 'checkpoint', 'trust', 'refetch'].includes(name),
  );
  if (dir !== undefined || other.length > 0) {
    const what = dir === undefined ? `--${other[0]!.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}` : dir;
    command.error(`error: --resume takes the run as it was begun: leave out ${what}`);
  }
  return 'resume';
}
