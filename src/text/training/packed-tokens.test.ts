/** @file Every token of the texts is foretold once. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/tensor/random.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import { batchesOf, holdOut, packTexts } from './packed-tokens.ts';

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

  it('are fed in batches whose ends are padded', () => {
    const [batch] = [
      ...batchesOf(
        [
          [1, 2, 3, 4],
          [4, 5],
        ],
        8,
      ),
    ];
    expect(batch).toEqual({
      ids: [1, 2, 3, 4, -1, -1],
      targets: [2, 3, 4, 5, -1, -1],
      sequences: [
        [1, 2, 3, 4],
        [4, 5],
      ],
      size: 2,
      length: 3,
    });
  });

  it('are shuffled by a random stream, the same by the same', () => {
    const sequences = Array.from({ length: 9 }, (_, index) => [index, index + 1]);
    const order = (seed: number) =>
      [...batchesOf(sequences, 2, createRandom(seed))].flatMap(({ ids }) => ids);
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1).toSorted()).toEqual(sequences.map(([first]) => first));
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
