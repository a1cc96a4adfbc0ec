/** @file What a person ends before anything was learned. */

import { GraftError } from '../core/errors/graft-error.ts';

/** @throws {GraftError} `interrupted`, where the signal ended the work; else what the work throws. */
export async function interruptible<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new GraftError('interrupted', {
      where: 'training',
      expected: 'to reach its end',
      received: 'an interruption',
      advice: 'Stopped before training began: nothing was learned yet.',
    });
  }
}
