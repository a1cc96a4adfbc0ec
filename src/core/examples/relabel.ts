/** @file Brings images labeled by one list of classes to another list. */

import { GraftError } from '../errors/graft-error.ts';
import type { Sample } from './sample.ts';
import { composed, findSimilarName } from './similar-names.ts';

/**
 * The same images, labeled by `classes`. Names are compared exactly, but for the form of
 * their letters (Unicode NFC and NFD); classes without images do not matter.
 *
 * @param where - For messages: `image folder "./more"`.
 * @throws {GraftError} `dataset`, if an image's class is not among them.
 */
export function relabel(
  where: string,
  samples: readonly Sample[],
  own: readonly string[],
  classNames: readonly string[],
): Sample[] {
  const known = classNames.map(composed);
  const labels = own.map((name) => known.indexOf(composed(name)));
  const unknown = own.filter(
    (_, index) => labels[index] === -1 && samples.some(({ label }) => label === index),
  );
  if (unknown.length > 0) {
    const similar = findSimilarName(unknown[0]!, classNames);
    throw new GraftError('dataset', {
      where,
      expected: `classes among ${classNames.map((name) => `"${name}"`).join(', ')}`,
      received: unknown.map((name) => `"${name}"`).join(', '),
      advice: similar
        ? `"${similar.second}" differs from "${similar.first}" in ${similar.difference}: name the folders as the classes that were trained.`
        : 'Name the folders as the classes that were trained (upper and lower case count).',
    });
  }
  return samples.map(({ file, content, label }) => ({ file, content, label: labels[label]! }));
}
