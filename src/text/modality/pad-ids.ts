/** @file Ids of texts of several lengths as one tensor. */

import type { Tensor } from '../../core/tensor/tensor.ts';

/** What stands behind the end of a short text: no id. */
export const PADDING_ID = -1;

/** `[N, S]`, int64: a row for each list of ids, as long as the longest, and at least 1; padded at the end. */
export function padIds(texts: readonly ArrayLike<number>[]): Tensor<'int64'> {
  const length = texts.reduce((longest, ids) => Math.max(longest, ids.length), 1);
  const data = new BigInt64Array(texts.length * length).fill(BigInt(PADDING_ID));
  texts.forEach((ids, row) => {
    for (let place = 0; place < ids.length; place++) data[row * length + place] = BigInt(ids[place]!);
  });
  return { dtype: 'int64', shape: [texts.length, length], data };
}
