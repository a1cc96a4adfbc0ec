/** @file `graft recommend`: which of the networks that are here suits one's own images? */

import { Command } from 'commander';
import { recommendBackbone } from '../../use-cases/recommend.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import { createPrinter, type OutputFlags } from '../event-printer.ts';
import { interruptible } from '../interruption.ts';
import { addOutputFlags } from '../output-flags.ts';

interface RecommendFlags extends OutputFlags, CsvFlags {
  readonly backbone?: readonly string[];
  readonly cache: boolean;
}

export function recommendCommand(): Command {
  const command = new Command('recommend')
    .description('Compare the networks that are here on your images or texts, and say which one to take.')
    .argument('<data>', 'folder of class folders, or of train/ and val/ with class folders; or a CSV file')
    .option('--backbone <names...>', 'files of weights, or networks with commas between, to be compared too')
    .option('--no-cache', 'keep no features for later runs');
  return addOutputFlags(addCsvFlags(command))
    .addHelpText(
      'after',
      `
Examples:
  $ graft recommend photos
  $ graft recommend photos --backbone mobilenet_v2_1.0_224_quant.tflite
  $ graft recommend photos --backbone mobilenet_v2,mobilenet_v2_openimages
  $ graft recommend labels.csv --images photos
  $ graft recommend reviews.csv --backbone all-MiniLM-L6-v2
  $ graft recommend photos --json | jq -r .recommended

Every example is predicted by a linear head that was solved without its fifth of them. Nothing is downloaded: networks that
are not here are listed with their size and what they reach on ImageNet.`,
    )
    .action(runRecommend);
}

async function runRecommend(data: string, flags: RecommendFlags): Promise<void> {
  const { signal, release } = interruptible('Stopping; features that were computed are kept.');
  const printer = createPrinter(flags);
  try {
    const { backbone: backbones, cache } = flags;
    const csv = csvOptionsFor(data, flags);
    await recommendBackbone(data, { csv, backbones, cache, signal, onEvent: printer.onEvent });
  } finally {
    printer.close();
    release();
  }
}
