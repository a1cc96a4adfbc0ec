/** @file Every token of the texts is foretold once. */

import { describe, expect, it } from 'vitest';
import { RowBuffer } from '../../core/features/feature-set.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import { holdOut, packTexts } from './packed-tokens.ts';
import { tokenFeatures } from './token-features.ts';

/** A token for each letter. */
const LETTERS = { encode: (text: string) => [...text].map(Number) } as unknown as TextTokenizer;

describe('packed texts', () => {
  it('stand one behind the other, each sequence beginning with the last token of the one before', () => {
    const { sequences, tokens } = packTexts(['123', '', '4567'], LETTERS, { length: 4, endId: 9 });
    expect(tokens).toBe(9);
    expect(sequences).toEqual([
      [1, 2, 3, 9, 4],
      [4, 5, 6, 7, 9],
    ]);
    expect(packTexts(['12345'], LETTERS, { length: 3 }).sequences).toEqual([
      [1, 2, 3, 4],
      [4, 5],
    ]);
  });

  it('are fed in batches whose ends are padded, and do not count', async () => {
    const set = tokenFeatures([
      [1, 2, 3, 4],
      [4, 5],
    ]);
    const read = await set.read(Uint32Array.of(1, 0), new RowBuffer());
    expect(read.map(({ dtype, shape, data }) => [dtype, shape, Array.from(data, Number)])).toEqual([
      ['int64', [2, 3], [4, -1, -1, 1, 2, 3]],
      ['int32', [2, 3], [5, 0, 0, 2, 3, 4]],
      ['float32', [2, 3], [1, 0, 0, 1, 1, 1]],
    ]);
  });

  it('are held out by the seed, at least one and not all', () => {
    const sequences = Array.from({ length: 10 }, (_, index) => [index, index]);
    const { training, validation } = holdOut(sequences, { fraction: 0.2, seed: 1 });
    expect([training.length, validation.length]).toEqual([8, 2]);
    expect([...training, ...validation].sort()).toEqual(sequences);
    expect(holdOut(sequences, { fraction: 0.001, seed: 1 }).validation).toHaveLength(1);
    expect(holdOut(sequences, { fraction: 0.999, seed: 1 }).training).toHaveLength(1);
  });
});
