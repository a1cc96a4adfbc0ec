/** @file `graft lr-find`: which learning rate would be good for this training? */

import { dirname } from 'node:path';
import { Command } from 'commander';
import { learningRatePlot } from '../../artifacts/lr-plot.ts';
import { folderFor } from '../../artifacts/write-file.ts';
import { GraftError } from '../../errors/graft-error.ts';
import { gatherData } from '../../runs/csv-image-sets.ts';
import { findClassifierRate } from '../../runs/train-classifier.ts';
import { positiveNumber, threadCount, wholeNumber } from '../arguments.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import { addDownloadFlags, type DownloadFlags, downloadOptions } from '../download-flags.ts';
import { EXIT } from '../failure.ts';
import { openRunCache } from '../feature-cache.ts';
import { interruptible } from '../interruption.ts';
import { SearchProgress, saySearch } from '../lr-find-output.ts';
import { outputPlace } from '../output-place.ts';
import { printJson } from '../terminal.ts';
import { addRecipeFlags, type RecipeFlags, recipeOf } from '../train-flags.ts';
import { sayPlan } from '../train-output.ts';

const DEFAULT_PLOT = 'lr.svg';

interface LrFindFlags extends RecipeFlags, CsvFlags, DownloadFlags {
  readonly plot?: string;
  readonly overwrite?: boolean;
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly cache: boolean;
  readonly strict?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
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
    .option('--to <x>', 'the last rate; it ends before, where the loss runs away', positiveNumber, 10)
    .option('--steps <n>', 'how many rates are tried, one batch each', wholeNumber(2, 1_000_000_000), 100)
    .option('--no-cache', 'neither read nor write the feature cache, see graft cache')
    .option('--threads <n>', 'processor threads (default: all)', threadCount)
    .option('--strict', 'fail at the first image that cannot be read')
    .option('--json', 'print the search as one JSON document');
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
  if (flags.plot !== undefined) requireSvgName(flags.plot);
  const place = await outputPlace(flags.plot, DEFAULT_PLOT, { flag: '--plot', overwrite: flags.overwrite });
  const { signal, release } = interruptible('Stopping after this step.');
  const cache = flags.cache ? await openRunCache() : undefined;
  const progress = new SearchProgress();
  try {
    const recipe = await recipeOf(flags);
    const images = await gatherData(dir, recipe, { ...csvOptionsFor(dir, flags), signal });
    sayPlan(dir, images);
    const { from, to, steps, strict = false, threads, json } = flags;
    await folderFor(dirname(place.path));
    const search = await findClassifierRate(
      images,
      {
        folder: dir,
        recipe,
        featureStores: cache,
        strict,
        signal,
        ...(threads !== undefined && { threads }),
        download: downloadOptions(flags),
        onDownload: (download) => progress.onDownload(download),
        onModel: (classifier) => progress.onModel(classifier),
        onFeatures: (done, total, epoch) => progress.onFeatures(done, total, epoch),
      },
      { from, to, steps, onStep: ({ step }) => progress.onStep(step, steps) },
    );
    progress.close();
    const plot = await place.write(learningRatePlot(search));
    if (json) printJson({ ...search, plot });
    saySearch(search, plot);
    if (search.ended === 'interrupted') process.exitCode = EXIT.interrupted;
  } finally {
    progress.close('not finished');
    await cache?.close();
    release();
  }
}

function requireSvgName(file: string): void {
  if (file.toLowerCase().endsWith('.svg')) return;
  throw new GraftError('argument', {
    where: 'graft lr-find',
    expected: '--plot with a name that ends in .svg',
    received: `"${file}"`,
    advice: 'The curve is an SVG file.',
  });
}
