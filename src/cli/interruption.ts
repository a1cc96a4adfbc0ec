/** @file Ctrl-C: the first asks the work to stop cleanly, the second ends the process at once. */

import { EXIT } from './failure.ts';
import { say } from './terminal.ts';

/** A signal that Ctrl-C (SIGINT) or SIGTERM aborts, until `release` is called. */
export function interruptible(message: string): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    say(`\n${message} Press Ctrl-C again to stop at once.`);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
