/** @file `graft recommend`: which of the networks that are here suits one's own images? */

import { Command } from 'commander';
import { recommendBackbone } from '../../use-cases/recommend.ts';
import { createPrinter, type OutputFlags } from '../event-printer.ts';
import { interruptible } from '../interruption.ts';
import { addOutputFlags } from '../output-flags.ts';

interface RecommendFlags extends OutputFlags {
  readonly backbone?: readonly string[];
  readonly cache: boolean;
}

export function recommendCommand(): Command {
  const command = new Command('recommend')
    .description('Compare the networks that are here on your images, and say which one to take.')
    .argument('<dir>', 'folder of class folders, or of train/ and val/ with class folders')
    .option('--backbone <file...>', 'files of weights, to be compared too')
    .option('--no-cache', 'keep no features for later runs');
  return addOutputFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  $ graft recommend photos
  $ graft recommend photos --backbone mobilenet_v2_1.0_224_quant.tflite
  $ graft recommend photos --json | jq -r .recommended

Every image is predicted by a linear head that was solved without its fifth of the images. Nothing is downloaded: networks that
are not here are listed with their size and what they reach on ImageNet.`,
    )
    .action(runRecommend);
}

async function runRecommend(dir: string, flags: RecommendFlags): Promise<void> {
  const { signal, release } = interruptible('Stopping; features that were computed are kept.');
  const printer = createPrinter(flags);
  try {
    const { backbone: backbones, cache } = flags;
    await recommendBackbone(dir, { backbones, cache, signal, onEvent: printer.onEvent });
  } finally {
    printer.close();
    release();
  }
}
