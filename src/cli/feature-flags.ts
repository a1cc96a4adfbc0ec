/** @file The flags that say how features are computed: whether they are kept, by how many threads, and whether every image must be read. */

import type { Command } from 'commander';
import { threadCount } from './arguments.ts';

export interface FeatureFlags {
  readonly cache: boolean;
  readonly threads?: number;
  readonly strict?: boolean;
}

/** Adds the flags to a command. */
export function addFeatureFlags(command: Command): Command {
  return command
    .option('--no-cache', 'neither read nor write the feature cache, see graft cache')
    .option('--threads <n>', 'processor threads (default: all)', threadCount)
    .option('--strict', 'fail at the first image that cannot be read');
}
