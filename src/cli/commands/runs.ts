/** @file `graft runs`: a table of all runs, best first. */

import { Command } from 'commander';
import { listRuns } from '../../use-cases/list-runs.ts';
import { createPrinter, type OutputFlags } from '../event-printer.ts';
import { addOutputFlags } from '../output-flags.ts';

export function runsCommand(): Command {
  const command = new Command('runs')
    .description('List runs, the best first: task, backbone, accuracy with its interval, date and size.')
    .argument('[folder]', 'folder of runs (default: graft-runs)');
  return addOutputFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  $ graft runs
  $ graft runs experiments --json | jq -r '.runs[0].model'`,
    )
    .action(async (folder: string | undefined, flags: OutputFlags) => {
      const printer = createPrinter(flags);
      try {
        await listRuns(folder, { onEvent: printer.onEvent });
      } finally {
        printer.close();
      }
    });
}
