/** @file How a command fails: one line on standard error, and the exit status. */

import { CommanderError } from 'commander';
import { GraftError } from '../core/errors/graft-error.ts';
import { visible } from '../core/errors/visible-text.ts';
import { say, styled } from './terminal.ts';

export const EXIT = { failure: 1, usage: 2, interrupted: 130 } as const;

/**
 * Whoever reads the output may stop reading, as `head` does: what is left is not told, and that is no fault. An output
 * that cannot be written, such as a file on a full disk, is one.
 */
export function outliveReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.exitCode = EXIT.failure;
    if (stream !== process.stderr) {
      say(`${styled('red', 'error')} standard output: ${visible(error.message)}`);
    }
  });
}

/** Prints what went wrong and returns the exit status. A stack is printed only for a bug of ours. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  if (error instanceof GraftError) {
    if (error.code === 'interrupted') {
      say(`${styled('yellow', 'stopped')} ${visible(error.parts.advice)}`);
      return EXIT.interrupted;
    }
    say(`${styled('red', 'error')} ${visible(error.message)}`);
    return error.code === 'argument' ? EXIT.usage : EXIT.failure;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`${styled('red', 'bug')} This should not happen; please report it.\n${stack}`);
  return EXIT.failure;
}
