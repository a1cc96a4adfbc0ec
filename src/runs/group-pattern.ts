/** @file What identifies an individual in the names of its images, as a recipe writes it. */

import { GraftError } from '../core/errors/graft-error.ts';

/** @throws {GraftError} `argument`. */
export function regularExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new GraftError(
      'argument',
      {
        where: `group "${pattern}"`,
        expected: 'a regular expression',
        received: (cause as Error).message,
        advice: 'For "horse01-0.png" write "^[a-z]+[0-9]+".',
      },
      { cause },
    );
  }
}
