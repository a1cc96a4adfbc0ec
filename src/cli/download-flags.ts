/** @file The flags that say how weights are fetched. They belong to a call and not to a recipe. */

import type { Command } from 'commander';
import type { DownloadPolicy } from '../use-cases/use-case-options.ts';

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

/** What the flags say. */
export function downloadPolicy({ trust, refetch }: DownloadFlags): DownloadPolicy {
  return { trust, refetch };
}
