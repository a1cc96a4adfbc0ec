/** @file `graft report`: what came of a run, as one HTML file, and its model card. */

import { Command } from 'commander';
import { sizeText } from '../../core/errors/size-text.ts';
import { visible } from '../../core/errors/visible-text.ts';
import type { ResultEvent } from '../../use-cases/run-event.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import type { OutputFlags } from '../event-printer.ts';
import { addOutputFlags } from '../output-flags.ts';
import { runUseCase } from '../run-use-case.ts';
import { printOut } from '../terminal.ts';

interface ReportFlags extends CsvFlags, OutputFlags {
  readonly data?: string;
}

export function reportCommand(): Command {
  const command = new Command('report')
    .description(
      'Write what came of a run: report.html, one file that opens offline, and README.md, its model card.',
    )
    .argument('<run>', 'folder of a run')
    .option(
      '--data <dir>',
      'folder or CSV file that it was trained on (default: where the run says that it is)',
    );
  return addCsvFlags(addOutputFlags(command))
    .addHelpText(
      'after',
      `
Examples:
  $ graft report graft-runs/photos-1
  $ graft report graft-runs/photos-1 --data moved/photos

graft train writes both, unless --no-report is given. Where the data are not there any more, or have changed, the report says so.`,
    )
    .action(runReport);
}

async function runReport(run: string, flags: ReportFlags): Promise<void> {
  const printResult = (event: ResultEvent): void => {
    if (event.useCase !== 'report') return;
    const { html, card, bytes } = event.report;
    if (html !== undefined) printOut(`report: ${visible(html)} (${sizeText(bytes)})\n`);
    if (card !== undefined) printOut(`model card: ${visible(card)}\n`);
  };
  await runUseCase(flags, { stopping: 'Stopping: no report is written.', printResult }, async (heard) => {
    const { data } = flags;
    const csv = data === undefined ? undefined : csvOptionsFor(data, flags);
    // Pages are drawn by this command alone.
    const { reportRun } = await import('../../use-cases/report.ts');
    await reportRun(run, { data, csv, ...heard });
  });
}
