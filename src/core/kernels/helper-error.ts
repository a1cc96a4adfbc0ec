/** @file The error of a helper thread, wherever it runs. */

import { GraftError } from '../errors/graft-error.ts';

/** An error that tells why a helper is gone. */
export function helperError(reason: string): GraftError {
  return new GraftError('runtime', {
    where: 'dense step',
    expected: 'helper threads that run',
    received: `one that failed (${reason})`,
    advice:
      'Start training again, from the last checkpoint if there is one; { threads: 1 } needs no helpers.',
  });
}
