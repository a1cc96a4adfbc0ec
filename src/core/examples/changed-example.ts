/** @file An example with another label or target. */

import type { Example } from './example.ts';

/**
 * The same example with some of its fields changed. What it has as getters stays, which a spread would lose: the path of an image, the
 * letters of a text.
 */
export function changedExample<E extends Example>(example: E, changes: Partial<Example>): E {
  return Object.create(example, Object.getOwnPropertyDescriptors(changes)) as E;
}
