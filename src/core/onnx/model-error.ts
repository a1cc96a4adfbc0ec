/** @file Errors about a model file. */

import { GraftError } from '../errors/graft-error.ts';

/** An error about a model file. */
export function modelError(where: string, expected: string, received: string, advice: string): GraftError {
  return new GraftError('model-file', { where, expected, received, advice });
}
