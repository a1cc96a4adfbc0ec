/** @file Kills a run in its middle. */

import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliOptions, type CliResult, graft } from './cli.ts';

/**
 * Runs `graft ...args --out run`, and kills it once it has written so many checkpoints: one after every step. Where a busy machine let
 * it end before, it is begun again.
 */
export async function killAt(
  checkpoint: number,
  run: string,
  args: readonly string[],
  options: CliOptions,
): Promise<CliResult> {
  const folder = join(options.cwd, run);
  const result = await graft([...args, '--out', run], {
    ...options,
    onStderr: killer(checkpoint, join(folder, '.graft-checkpoints')),
  });
  if (result.status !== 0) return result;
  await rm(folder, { recursive: true });
  return killAt(checkpoint, run, args, options);
}

function killer(checkpoint: number, folder: string): NonNullable<CliOptions['onStderr']> {
  let timer: NodeJS.Timeout | undefined;
  return (text, kill) => {
    if (timer !== undefined || !text.includes('trainable parameters')) return;
    timer = setInterval(() => {
      // What is not finished yet has another name.
      const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d/.test(name)) : [];
      // The newest ones alone are kept: their numbers tell how far it has come.
      if (Math.max(0, ...names.map((name) => Number.parseInt(name, 10))) < checkpoint) return;
      clearInterval(timer);
      kill('SIGKILL');
    }, 5);
    timer.unref();
  };
}
