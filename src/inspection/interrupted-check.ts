/** @file The error of a check that was told to stop. */

import { GraftError } from '../core/errors/graft-error.ts';

export function interruptedCheck(): GraftError {
  return new GraftError('interrupted', {
    where: 'check',
    expected: 'to reach its end',
    received: 'an interruption',
    advice: 'Nothing was changed; features that were computed are kept for the next check.',
  });
}
