/** @file What is said of an image that cannot be read. */

import { GraftError } from '../core/errors/graft-error.ts';

/** @param where - What messages call it: `image "cat.jpg"`. */
export function unreadable(
  where: string,
  received: string,
  cause?: unknown,
  advice = 'Leave it out, or save it as PNG or JPEG.',
): GraftError {
  return new GraftError('image', { where, expected: 'an image', received, advice }, { cause });
}
