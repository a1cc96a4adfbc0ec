/** @file `graft sweep`: many heads on one pass of the backbone, a table of how good they are, the best as a model. */

import { Command, InvalidArgumentError } from 'commander';
import { closest } from 'fastest-levenshtein';
import { classifierGraph, classifierInfo } from '../../artifacts/classifier-file.ts';
import { claimRunFolder, type RunFolder } from '../../artifacts/run-folder.ts';
import { writeRun } from '../../artifacts/run-outputs.ts';
import { sweepReport, writeSweep } from '../../artifacts/sweep-report.ts';
import { visible } from '../../errors/visible-text.ts';
import { OPTIMIZER_NAMES, type Recipe, type RecipeRequest } from '../../recipe/recipe.ts';
import { findDuplicates } from '../../runs/duplicate-report.ts';
import { type FoldSets, gatherFolds } from '../../runs/fold-sets.ts';
import { gatherImages, type ImageSets } from '../../runs/image-sets.ts';
import { type SweepResult, sweep } from '../../runs/sweep/sweep.ts';
import { type SweepAxes, sweepGrid } from '../../runs/sweep/sweep-grid.ts';
import { positiveNumber, threadCount, wholeNumber } from '../arguments.ts';
import { addDownloadFlags, type DownloadFlags, downloadOptions } from '../download-flags.ts';
import { EXIT } from '../failure.ts';
import { openRunCache } from '../feature-cache.ts';
import { interruptible } from '../interruption.ts';
import { SweepProgress, saySweep, saySweepPlan } from '../sweep-output.ts';
import { printJson, say, styled } from '../terminal.ts';
import { addRecipeFlags, type RecipeFlags, recipeOf } from '../train-flags.ts';
import { VERSION } from '../version.ts';

interface SweepFlags extends RecipeFlags, DownloadFlags {
  readonly cuts?: readonly string[];
  readonly heads?: readonly string[];
  readonly optimizers?: readonly Recipe['optimizer'][];
  readonly lrs?: readonly number[];
  readonly folds?: number;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly cache: boolean;
  readonly strict?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
}

export function sweepCommand(): Command {
  const command = new Command('sweep')
    .description('Try many heads, cuts and learning rates on one pass of the backbone, and keep the best.')
    .argument('<dir>', 'folder of class folders, or of train/, val/ and test/ with class folders')
    .optionsGroup('What is tried, in every combination:')
    .option('--cuts <layers>', 'layers that heads grow from, with commas between', listOf(',', nonEmpty))
    .option('--heads <specs>', 'heads, with semicolons between', listOf(';', nonEmpty))
    .option(
      '--optimizers <names>',
      `optimizers among ${OPTIMIZER_NAMES.join(', ')}, with commas between`,
      listOf(',', optimizerName),
    )
    .option('--lrs <rates>', 'learning rates, with commas between', listOf(',', positiveNumber))
    .option(
      '--folds <k>',
      'evaluate by stratified folds of training and validation images together, and train the best on all of them',
      wholeNumber(2, 1000),
    )
    .optionsGroup('Options:')
    .option('--out <run>', 'folder for the result (default: the next free graft-runs/NAME-N)')
    .option(
      '--overwrite',
      'use the folder of --out even if it holds files: those of an earlier run are replaced, all others stay',
    )
    .option('--no-cache', 'neither read nor write the feature cache, see graft cache')
    .option('--threads <n>', 'processor threads (default: all)', threadCount)
    .option('--strict', 'fail at the first image that cannot be read')
    .option('--json', 'print the result as one JSON document');
  return addDownloadFlags(addRecipeFlags(command))
    .addHelpText(
      'after',
      `
Examples:
  $ graft sweep photos --lrs 1e-2,1e-3,1e-4
  $ graft sweep photos --heads 'linear;gap,dense:128:relu;gmp' --lrs 1e-3,1e-4 --out runs/heads
  $ graft sweep photos --backbone inception_v3 --weights imagenet --size 150 --cuts mixed5,mixed6,mixed7 --heads 'linear;flatten-dense-1024'
  $ graft sweep photos --folds 5 --group '^[a-z]+[0-9]+'
  $ graft train photos --recipe runs/heads/recipe.json --patience 20     the best one again, from the cache

What is not tried is as graft train has it. Ctrl-C ends the sweep and keeps what is finished.`,
    )
    .action(runSweep);
}

async function runSweep(dir: string, flags: SweepFlags, command: Command): Promise<void> {
  if (flags.folds !== undefined && flags.validation !== undefined) {
    command.error('error: --folds evaluates on all images: leave out --validation, or --folds');
  }
  const started = performance.now();
  const { signal: stop, release } = interruptible('Stopping; what is finished is kept.');
  let run: RunFolder | undefined;
  const cache = flags.cache ? await openRunCache() : undefined;
  const progress = new SweepProgress();
  try {
    const base = await recipeOf(flags);
    const axes = axesOf(flags);
    // A mistake in a head must not wait for the images.
    sweepGrid(base, axes);
    const images = await gather(dir, base, flags, stop);
    run = await claimRunFolder(flags.out, dir, flags.overwrite ?? false, {
      signal: stop,
      onWait: (note) => say(`${styled('yellow', 'note')} ${visible(note)}`),
    });
    const folder = run;
    const result = await sweep(images, {
      folder: dir,
      base,
      axes,
      featureStores: cache,
      strict: flags.strict ?? false,
      signal: AbortSignal.any([stop, folder.lost]),
      ...(flags.threads !== undefined && { threads: flags.threads }),
      download: downloadOptions(flags),
      onDownload: (download) => progress.onDownload(download),
      onPlan: async (plan) => {
        await folder.requireRoom(Math.max(...plan.cells.map(({ parameters }) => parameters.total)));
        await folder.mark();
        saySweepPlan(dir, images, plan, axes);
        progress.onPlan(plan);
      },
      onFeatures: (done, total) => progress.onFeatures(done, total),
      onStep: (fit) => progress.onStep(fit),
      onRow: (done, _, best) => progress.onRow(done, best),
    });
    progress.close();
    await folder.requireHeld();
    const model = await write(folder, result);
    const seconds = (performance.now() - started) / 1000;
    if (flags.json) {
      const document = {
        run: folder.path,
        model,
        ...sweepReport(result),
        duplicates: findDuplicates(images),
        totalSeconds: seconds,
      };
      printJson(document);
    }
    saySweep(result, { run: folder.path, model, seconds, axes });
    if (result.ended === 'interrupted') process.exitCode = EXIT.interrupted;
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

function gather(
  dir: string,
  base: RecipeRequest,
  flags: SweepFlags,
  signal: AbortSignal,
): Promise<ImageSets | FoldSets> {
  return flags.folds === undefined
    ? gatherImages(dir, base, { signal })
    : gatherFolds(dir, flags.folds, base, { signal });
}

async function write(run: RunFolder, result: SweepResult): Promise<string> {
  const { best } = result;
  const model = await writeRun(run.path, classifierGraph(best), classifierInfo(best, VERSION), best);
  await writeSweep(run.path, sweepReport(result));
  // A training that was stopped here before can no longer be gone on with: its model has been replaced.
  await run.end();
  return model;
}

function axesOf({ cuts, heads, optimizers, lrs }: SweepFlags): SweepAxes {
  return { cuts, heads, optimizers, learningRates: lrs };
}

/** A reader of lists. */
function listOf<T>(separator: string, read: (part: string) => T): (text: string) => readonly T[] {
  return (text) => text.split(separator).map((part) => read(part.trim()));
}

function nonEmpty(part: string): string {
  if (part === '') throw new InvalidArgumentError('Expected at least one name, and none of them empty.');
  return part;
}

function optimizerName(part: string): Recipe['optimizer'] {
  const known = OPTIMIZER_NAMES.find((name) => name === part);
  if (known !== undefined) return known;
  const nearest = closest(part, [...OPTIMIZER_NAMES]);
  throw new InvalidArgumentError(
    `Expected names among ${OPTIMIZER_NAMES.join(', ')}. Did you mean "${nearest}"?`,
  );
}
