/** @file `graft sweep`: many heads on one pass of the backbone, a table of how good they are, the best as a model. */

import { Command, InvalidArgumentError } from 'commander';
import { closest } from 'fastest-levenshtein';
import { OPTIMIZER_NAMES, type Recipe } from '../../recipe/recipe.ts';
import { sweep } from '../../use-cases/sweep.ts';
import { positiveNumber, wholeNumber } from '../arguments.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import { addDownloadFlags, type DownloadFlags, downloadPolicy } from '../download-flags.ts';
import type { OutputFlags } from '../event-printer.ts';
import { EXIT } from '../failure.ts';
import { addFeatureFlags, type FeatureFlags } from '../feature-flags.ts';
import { addOutputFlags } from '../output-flags.ts';
import { runUseCase } from '../run-use-case.ts';
import { addRecipeFlags, type RecipeFlags, readSaidRecipe } from '../train-flags.ts';

interface SweepFlags extends RecipeFlags, CsvFlags, DownloadFlags, FeatureFlags, OutputFlags {
  readonly cuts?: readonly string[];
  readonly heads?: readonly string[];
  readonly optimizers?: readonly Recipe['optimizer'][];
  readonly lrs?: readonly number[];
  readonly folds?: number;
  readonly out?: string;
  readonly overwrite?: boolean;
}

export function sweepCommand(): Command {
  const command = new Command('sweep')
    .description('Try many heads, cuts and learning rates on one pass of the backbone, and keep the best.')
    .argument(
      '<data>',
      'folder of class folders, or of train/, val/ and test/ with them; or a table of texts',
    )
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
      'evaluate by stratified folds of training and validation examples together, and train the best on all of them',
      wholeNumber(2, 1000),
    )
    .optionsGroup('Options:')
    .option('--out <run>', 'folder for the result (default: the next free graft-runs/NAME-N)')
    .option(
      '--overwrite',
      'use the folder of --out even if it holds files: those of an earlier run are replaced, all others stay',
    );
  addOutputFlags(addFeatureFlags(command));
  addCsvFlags(command);
  return addDownloadFlags(addRecipeFlags(command))
    .addHelpText(
      'after',
      `
Examples:
  $ graft sweep photos --lrs 1e-2,1e-3,1e-4
  $ graft sweep photos --heads 'linear;gap,dense:128:relu;gmp' --lrs 1e-3,1e-4 --out runs/heads
  $ graft sweep photos --backbone inception_v3 --weights imagenet --size 150 --cuts mixed5,mixed6,mixed7 --heads 'linear;flatten-dense-1024'
  $ graft sweep photos --folds 5 --group '^[a-z]+[0-9]+'
  $ graft sweep questions.csv --lrs 1e-2,1e-3,1e-4 --folds 5
  $ graft train photos --recipe runs/heads/recipe.json --patience 20     the best one again, from the cache

What is not tried is as graft train has it. Ctrl-C ends the sweep and keeps what is finished.`,
    )
    .action(runSweep);
}

async function runSweep(data: string, flags: SweepFlags, command: Command): Promise<void> {
  if (flags.folds !== undefined && flags.validation !== undefined) {
    command.error('error: --folds evaluates by all examples: leave out --validation, or --folds');
  }
  await runUseCase(flags, { stopping: 'Stopping; what is finished is kept.' }, async (heard) => {
    const { cuts, heads, optimizers, lrs, folds, out, overwrite, cache, strict, threads } = flags;
    const { ended } = await sweep(data, {
      recipe: await readSaidRecipe(flags, (text) => heard.onEvent({ type: 'note', text })),
      csv: csvOptionsFor(data, flags),
      axes: { cuts, heads, optimizers, learningRates: lrs },
      folds,
      out,
      overwrite,
      cache,
      strict,
      threads,
      download: downloadPolicy(flags),
      ...heard,
    });
    if (ended === 'interrupted') process.exitCode = EXIT.interrupted;
  });
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
