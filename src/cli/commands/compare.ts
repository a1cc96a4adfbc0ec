/** @file `graft compare`: which of several models is better, and is it more than chance? */

import { Command, Option } from 'commander';
import { compareModels } from '../../use-cases/compare.ts';
import { divideNamed } from '../../use-cases/compared-runs.ts';
import { SPLITS } from '../../use-cases/evaluated-images.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import type { OutputFlags } from '../event-printer.ts';
import { addOutputFlags } from '../output-flags.ts';
import { runUseCase } from '../run-use-case.ts';

interface CompareFlags extends CsvFlags, OutputFlags {
  readonly split?: (typeof SPLITS)[number];
}

export function compareCommand(): Command {
  const command = new Command('compare')
    .description(
      'Compare models on the same examples: which is better, by more than chance, and at what cost.',
    )
    .argument(
      '<runs...>',
      'folders of runs, or model files; behind them the data, if other than those of the first run',
    )
    .addOption(
      new Option(
        '--split <part>',
        'which part of the folder is taken (default: test if it is there, else val, else train)',
      ).choices([...SPLITS]),
    );
  return addCsvFlags(addOutputFlags(command))
    .addHelpText(
      'after',
      `
Examples:
  $ graft compare graft-runs/photos-1 graft-runs/photos-2
  $ graft compare graft-runs/photos-1 graft-runs/photos-2 graft-runs/photos-3 more-photos
  $ graft compare graft-runs/photos-1 graft-runs/photos-2 --json | jq .disagreements

Examples that one of the models was trained on are left out, as far as the model files tell.`,
    )
    .action(runCompare);
}

async function runCompare(named: string[], flags: CompareFlags): Promise<void> {
  await runUseCase(flags, { stopping: 'Stopping after this batch.' }, async (heard) => {
    const { runs, data } = await divideNamed(named);
    const csv = data === undefined ? undefined : csvOptionsFor(data, flags);
    await compareModels(runs, { data, split: flags.split, csv, ...heard });
  });
}
