/** @file Weights that wait in a file, while a session with numbers of its own does the work. */

import type { Functional } from '../layers/functional.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';

/** Weights of fewer numbers stay: passes over graphs look at them. */
const MIN_STORED = 4096;

/** Moves a network's weights out of memory, where the machine has a place for them: they are read again whenever they are asked for. */
export function storeWeights({ weights }: Functional, { runtime = platform }: RuntimeOptions): void {
  if (runtime.storeNumbers === undefined) return;
  const kept = weights.flatMap(({ weight }) =>
    weight.materialized && weight.stored === undefined ? { weight, value: weight.value } : [],
  );
  const large = kept.filter(({ value }) => value.length >= MIN_STORED);
  const stored = runtime.storeNumbers(large.map(({ value }) => value));
  if (stored === undefined) return;
  for (const [index, { weight }] of large.entries()) weight.stored = stored[index];
  // A small part of a large array would hold all of it.
  for (const { weight, value } of kept) {
    if (value.length < MIN_STORED && value.byteLength < value.buffer.byteLength) weight.value = value.slice();
  }
}
