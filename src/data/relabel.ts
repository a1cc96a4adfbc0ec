/** @file Brings pictures labelled by one list of classes to another list. */

import { GraftError } from '../errors/graft-error.ts';
import type { Sample } from './sample.ts';

/**
 * The same pictures, labelled by `classes`. Names are compared exactly; classes without pictures do not matter.
 *
 * @param where - For messages: `image folder "./more"`.
 * @throws {GraftError} `dataset`, if a picture's class is not among them.
 */
export function relabel(
  where: string,
  samples: readonly Sample[],
  own: readonly string[],
  classes: readonly string[],
): Sample[] {
  const labels = own.map((name) => classes.indexOf(name));
  const unknown = own.filter(
    (_, index) => labels[index] === -1 && samples.some(({ label }) => label === index),
  );
  if (unknown.length > 0) {
    throw new GraftError('dataset', {
      where,
      expected: `classes among ${classes.map((name) => `"${name}"`).join(', ')}`,
      received: unknown.map((name) => `"${name}"`).join(', '),
      advice: 'Name the folders as the classes that were trained (upper and lower case count).',
    });
  }
  return samples.map(({ file, label }) => ({ file, label: labels[label]! }));
}
