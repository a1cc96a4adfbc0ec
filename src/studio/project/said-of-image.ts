/** @file What a model says of one image or text, as the pages see it. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { TryResult } from '../engine/run-state.ts';

/** What a model says, in the order of its classes. */
export function probabilitiesOf(classNames: readonly string[], said: object): TryResult {
  const { probabilities, unknown } = said as {
    readonly probabilities?: Readonly<Record<string, number>>;
    readonly unknown?: boolean;
  };
  return {
    unknown,
    probabilities: classNames.map((className) => ({
      className,
      probability: probabilities?.[className] ?? 0,
    })),
  };
}

/** Why a model has no heat maps. @throws Any other error. */
export function reasonWithoutMap(error: unknown): string {
  if (error instanceof GraftError && error.code === 'gradient') return error.message;
  throw error;
}
