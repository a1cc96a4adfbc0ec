/** @file `graft recommend`: which of the networks that are here suits one's own images? */

import { Command } from 'commander';
import { recommendBackbone } from '../../use-cases/recommend.ts';
import type { ResizeMode } from '../../vision/images/resize-mode.ts';
import { wholeNumber } from '../arguments.ts';
import { addCsvFlags, type CsvFlags, csvOptionsFor } from '../csv-flags.ts';
import type { OutputFlags } from '../event-printer.ts';
import { addOutputFlags } from '../output-flags.ts';
import { resizeOption } from '../resize-option.ts';
import { runUseCase } from '../run-use-case.ts';

interface RecommendFlags extends OutputFlags, CsvFlags {
  readonly backbone?: readonly string[];
  readonly size?: number;
  readonly resize?: ResizeMode;
  readonly folds?: number;
  readonly cache: boolean;
}

export function recommendCommand(): Command {
  const command = new Command('recommend')
    .description('Compare the networks that are here on your images or texts, and say which one to take.')
    .argument('<data>', 'folder of class folders, or of train/ and val/ with class folders; or a CSV file')
    .option('--backbone <names...>', 'files of weights, or networks with commas between, to be compared too')
    .option(
      '--size <px>',
      "side of the images that they see (default: each network's own)",
      wholeNumber(1, 4096),
    )
    .addOption(resizeOption())
    .option(
      '--folds <k>',
      'how many folds (default: 5, or as many as the smallest class has examples)',
      wholeNumber(2, 50),
    )
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

Every example is predicted by a linear head that was solved without its fold, by default a fifth of them. Nothing is downloaded: networks that
are not here are listed with their size and what they reach on ImageNet.`,
    )
    .action(runRecommend);
}

async function runRecommend(data: string, flags: RecommendFlags): Promise<void> {
  await runUseCase(flags, { stopping: 'Stopping; features that were computed are kept.' }, async (heard) => {
    const { backbone: backbones, size: sizePx, resize, folds, cache } = flags;
    const csv = csvOptionsFor(data, flags);
    const asked = { csv, backbones, sizePx, resize, folds, cache };
    await recommendBackbone(data, { ...asked, ...heard });
  });
}
