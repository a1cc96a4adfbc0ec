/** @file Ctrl-C: the first asks the work to stop cleanly, the second ends the process at once. */

import { EXIT } from './failure.ts';
import { say } from './terminal.ts';

/** A signal that Ctrl-C (SIGINT) or SIGTERM aborts, until `release` is called. */
export function interruptible(message: string): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) endBy(name);
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

/**
 * Ends as a process that knows no signals, which a shell tells as 130. `process.exit` would wait for its threads first, and
 * one that reads a pipe into which nobody writes never ends.
 */
function endBy(signal: NodeJS.Signals): void {
  if (process.platform === 'win32') process.exit(EXIT.interrupted);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
