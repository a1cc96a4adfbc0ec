/** @file Kills a run in its middle. */

import { existsSync, readdirSync } from 'node:fs';
import type { CliOptions } from './cli.ts';

/** Kills a run once it has written so many checkpoints: one after every step. */
export function killAt(checkpoint: number, folder: string): NonNullable<CliOptions['onStderr']> {
  let timer: NodeJS.Timeout | undefined;
  return (text, kill) => {
    if (timer !== undefined || !text.includes('trainable parameters')) return;
    timer = setInterval(() => {
      // What is not finished yet has another name.
      const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d/.test(name)) : [];
      if (Math.max(0, ...names.map((name) => Number.parseInt(name, 10))) < checkpoint) return;
      clearInterval(timer);
      kill('SIGKILL');
    }, 5);
  };
}
