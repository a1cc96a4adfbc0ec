/** @file `graft check`: what is wrong with a data set, and moving suspects aside. */

import { Command } from 'commander';
import type { ResizeMode } from '../../vision/images/resize-mode.ts';
import { wholeNumber } from '../arguments.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import { addDownloadFlags, type DownloadFlags, downloadPolicy } from '../download-flags.ts';
import type { OutputFlags } from '../event-printer.ts';
import { addFeatureFlags, type FeatureFlags } from '../feature-flags.ts';
import { addOutputFlags } from '../output-flags.ts';
import { resizeOption } from '../resize-option.ts';
import { runUseCase } from '../run-use-case.ts';

interface CheckFlags extends CsvFlags, OutputFlags, DownloadFlags, FeatureFlags {
  readonly backbone?: string;
  readonly validation?: string;
  readonly test?: string;
  readonly weights?: string;
  readonly size?: number;
  readonly resize?: ResizeMode;
  readonly csv?: string;
  readonly html?: string;
  readonly fix?: string;
  readonly undo?: boolean;
  readonly quarantine?: string;
  readonly seed?: number;
}

export function checkCommand(): Command {
  const command = new Command('check')
    .description(
      'Find what is wrong with images or texts: duplicates, leaks between parts, likely label errors, outliers, classes that cannot be told apart.',
    )
    .argument(
      '<data>',
      'folder of class folders, or of train/, val/ and test/ with class folders, or of images; or a CSV file',
    )
    .option('--csv <file>', 'write what was found as a table, which is a plan for --fix')
    .option('--html <file>', 'write what was found as a page with the images')
    .option('--validation <data>', 'further data that validate, where they are not below the folder')
    .option('--test <data>', 'further data that test')
    .option('--backbone <name>', 'network whose features are compared (default: as graft train has it)')
    .option('--weights <weights>', 'its weights: imagenet, a file or an address')
    .option('--size <px>', 'side of the images that it sees', wholeNumber(1, 4096))
    .addOption(resizeOption())
    .option('--seed <n>', 'seed of folds and samples (default: 0)', wholeNumber(0));
  addFeatureFlags(command)
    .optionsGroup('Moving suspects aside:')
    .option(
      '--fix <plan>',
      'move what the plan says "quarantine" of into a folder beside the data; nothing is deleted',
    )
    .option('--undo', 'bring everything back from there')
    .option('--quarantine <dir>', 'that folder (default: the name of the data with -quarantine behind it)');
  addOutputFlags(command);
  return addCsvFlags(addDownloadFlags(command))
    .addHelpText(
      'after',
      `
Examples:
  $ graft check photos
  $ graft check photos --csv findings.csv --html findings.html
  $ graft check photos --fix findings.csv      after looking through the table
  $ graft check photos --undo
  $ graft check labels.csv --images photos --json | jq .labelErrors
  $ graft check reviews.csv --test more-reviews.csv

A second check takes features from the cache and takes seconds. Nothing is changed but by --fix and --undo.`,
    )
    .action(runCheck);
}

async function runCheck(data: string, flags: CheckFlags, command: Command): Promise<void> {
  const { fix, undo = false, quarantine, images } = flags;
  if (fix !== undefined && undo) command.error('error: --fix and --undo are each for itself: leave out one');
  if (fix !== undefined || undo) {
    const { moveSuspects } = await import('../check-output.ts');
    const json = flags.json ?? flags.jsonLines ?? false;
    await moveSuspects({ data, images, quarantine }, { fix, json });
    return;
  }
  if (quarantine !== undefined) command.error('error: --quarantine is for --fix or --undo');
  // What checks is loaded by those alone who check.
  const [{ checkDataset }, { printCheck }] = await Promise.all([
    import('../../use-cases/check.ts'),
    import('../check-output.ts'),
  ]);
  const {
    csv: plan,
    html,
    validation,
    test,
    backbone,
    weights,
    size,
    resize,
    seed,
    cache,
    strict,
    threads,
  } = flags;
  let isOfTexts = false;
  await runUseCase(
    flags,
    {
      stopping: 'Stopping; nothing was changed.',
      printResult: (event) => {
        if (event.useCase === 'checkDataset')
          printCheck(event.report, { data, images, plan, html, isOfTexts });
      },
    },
    async (heard) => {
      await checkDataset(data, {
        validation,
        test,
        backbone,
        weights,
        sizePx: size,
        resize,
        csv: csvOptionsFor(data, flags),
        seed,
        plan,
        html,
        cache,
        strict,
        threads,
        download: downloadPolicy(flags),
        signal: heard.signal,
        onEvent: (event) => {
          if (event.type === 'data') isOfTexts = event.modality === 'text';
          heard.onEvent(event);
        },
      });
    },
  );
}
