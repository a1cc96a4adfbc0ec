/** @file The flags that say how weights are fetched. They belong to a call and not to a recipe. */

import type { Command } from 'commander';
import type { FetchWeightsOptions } from '../weights/download/pretrained-weights.ts';
import { say, styled } from './terminal.ts';

export interface DownloadFlags {
  readonly trust?: boolean;
  readonly refetch?: boolean;
}

/** Adds the flags to a command. */
export function addDownloadFlags(command: Command): Command {
  return command
    .optionsGroup('Download of weights:')
    .option(
      '--trust',
      'accept weights that no published hash vouches for; their hash is kept, and checked from then on',
    )
    .option('--refetch', 'fetch weights again that were fetched before');
}

export function downloadOptions({ trust, refetch }: DownloadFlags): FetchWeightsOptions {
  return {
    ...(trust && { trust }),
    ...(refetch && { refetch }),
    onNote: (note) => say(styled('dim', note)),
  };
}
