/** @file Archives of Keras that unpack to more than they are. */

import { zipOf } from '../../zip-file.ts';
import type { Choices } from './choices.ts';
import { claimingHdf5 } from './hdf5.ts';
import { claimingJson } from './json.ts';

export async function claimingKeras(choices: Choices, mostBytes: number): Promise<Uint8Array> {
  const weights =
    choices.below(3) === 0
      ? new Uint8Array(choices.scale(500 * mostBytes))
      : await claimingHdf5(choices, choices.maybe() ? mostBytes : 20 * mostBytes);
  const config = choices.maybe() ? '{}' : claimingJson(choices, 20 * mostBytes);
  const extra = Array.from({ length: choices.maybe() ? 0 : choices.scale(3000) }, (_, i) => ({
    name: `e${i}`,
  }));
  const lie = choices.below(5) === 0 ? { declaredBytes: choices.size() % 2 ** 32 } : {};
  const archive = zipOf([
    { name: 'model.weights.h5', data: weights, ...lie },
    { name: 'config.json', data: config },
    ...extra,
  ]);
  return archive.length <= mostBytes
    ? archive
    : zipOf([{ name: 'config.json', data: config.slice(0, 1000) }]);
}
