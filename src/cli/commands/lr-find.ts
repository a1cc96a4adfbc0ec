/** @file `graft lr-find`: which learning rate would be good for this training? */

import { Command } from 'commander';
import { findLearningRate } from '../../use-cases/find-learning-rate.ts';
import { positiveNumber, wholeNumber } from '../arguments.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import { addDownloadFlags, type DownloadFlags, downloadPolicy } from '../download-flags.ts';
import type { OutputFlags } from '../event-printer.ts';
import { EXIT } from '../failure.ts';
import { addFeatureFlags, type FeatureFlags } from '../feature-flags.ts';
import { addOutputFlags } from '../output-flags.ts';
import { runUseCase } from '../run-use-case.ts';
import { addRecipeFlags, type RecipeFlags, readSaidRecipe } from '../train-flags.ts';

interface LrFindFlags extends RecipeFlags, CsvFlags, DownloadFlags, FeatureFlags, OutputFlags {
  readonly plot?: string;
  readonly overwrite?: boolean;
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

export function lrFindCommand(): Command {
  const command = new Command('lr-find')
    .description('Look for a good learning rate: it grows from step to step, and the loss tells.')
    .argument(
      '<dir>',
      'folder of class folders, or of train/, val/ and test/ with class folders; or a CSV file',
    )
    .option('--plot <file.svg>', 'where the curve goes (default: lr.svg, or the next free lr-N.svg)')
    .option('--overwrite', 'write over a file that is there')
    .option('--from <x>', 'the first rate', positiveNumber, 1e-7)
    .option('--to <x>', 'the last rate; it ends before, where the loss diverges', positiveNumber, 10)
    .option('--steps <n>', 'how many rates are tried, one batch each', wholeNumber(2, 1_000_000_000), 100);
  addOutputFlags(addFeatureFlags(command));
  return addDownloadFlags(addCsvFlags(addRecipeFlags(command)))
    .addHelpText(
      'after',
      `
Examples:
  $ graft lr-find photos
  $ graft lr-find photos --head flatten,dense:256:relu,dropout:0.2 --optimizer rmsprop
  $ graft lr-find photos --unfreeze block_15_expand --from 1e-8 --to 1 --plot top.svg
  $ graft lr-find photos --recipe mobilenet-block15 --json

Nothing is trained: the weights are thrown away. It looks at the first phase only. Suggested is the rate in
the middle, on the plot, between where the loss falls fastest and a tenth of the rate with the lowest loss; but none that
graft train warns of. --lr is not used.`,
    )
    .action(lrFind);
}

async function lrFind(dir: string, flags: LrFindFlags): Promise<void> {
  await runUseCase(flags, { stopping: 'Stopping after this step.' }, async (heard) => {
    const { plot = true, overwrite, from, to, steps, cache, strict, threads } = flags;
    const { ended } = await findLearningRate(dir, {
      recipe: await readSaidRecipe(flags, (text) => heard.onEvent({ type: 'note', text })),
      csv: csvOptionsFor(dir, flags),
      plot,
      overwrite,
      from,
      to,
      steps,
      cache,
      strict,
      threads,
      download: downloadPolicy(flags),
      ...heard,
    });
    if (ended === 'interrupted') process.exitCode = EXIT.interrupted;
  });
}
