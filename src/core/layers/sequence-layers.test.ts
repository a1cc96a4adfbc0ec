/** @file What layers of sequences say about inputs that are none. */

import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { input } from './input-layer.ts';
import { layerFromConfig, layers } from './layers.ts';

const row = () => input({ shape: [4] });
const sequence = (width: number | null = 6) => input({ shape: [null, width] });
const WIDTHS =
  'expected inputs [N, T, D], [N, S, D] of query and value, then perhaps a key [N, S, D] and a mask [N, S]';
const SEQUENCE = 'expected an input [N, S, D] with a known D, and perhaps a mask [N, S]';

describe('inputs that do not fit', () => {
  it.each([
    [
      () => layers.multiHeadAttention({ numHeads: 2, keyDim: 3, name: 'a' }).apply([row(), row()]),
      `layer "a": ${WIDTHS}, received [N, 4], [N, 4]. Apply it to [query, value, key, mask].`,
    ],
    [
      () => layers.multiHeadAttention({ numHeads: 2, keyDim: 3, name: 'a' }).apply(sequence()),
      `layer "a": ${WIDTHS}, received [N, ?, 6]. Apply it to [query, value, key, mask].`,
    ],
    [
      () => layers.transformerEncoder({ numHeads: 4, intermediateDim: 3, name: 't' }).apply(sequence()),
      'layer "t": expected an input whose width its 4 heads divide, received width 6. Choose another numHeads.',
    ],
    [
      () => layers.globalAveragePooling1d({ name: 'g' }).apply(sequence(null)),
      `layer "g": ${SEQUENCE}, received [N, ?, ?]. Apply it to a sequence of vectors, or to [sequence, mask].`,
    ],
    [
      () => layers.tokenPooling({ token: 'last', name: 'p' }).apply([sequence(), sequence()]),
      `layer "p": ${SEQUENCE}, received [N, ?, 6], [N, ?, 6]. Apply it to a sequence of vectors, or to [sequence, mask].`,
    ],
    [
      () => layers.positionEmbedding({ sequenceLength: 4, name: 'e' }).apply(row()),
      `layer "e": ${SEQUENCE}, received [N, 4]. Apply it to a sequence of vectors, or to [sequence, mask].`,
    ],
    [
      () => layers.tokenNgrams({ ngramCounts: [0], pool: [1], idfWeights: [1], name: 'n' }).apply(sequence()),
      'layer "n": expected ids [N, S], received [N, ?, 6]. Apply it to the input of ids.',
    ],
  ])('%#', (make, message) => {
    expect(make).toThrow(withMessage(message));
  });
});

describe('options that do not fit', () => {
  it.each([
    [
      { ngramCounts: [0, 2], pool: [1, 2, 3], idfWeights: [1, 1, 1] },
      '3 weights for a pool of 3 ids in parts from 0, 2 on',
    ],
    [{ ngramCounts: [0], pool: [], idfWeights: [] }, '0 weights for a pool of 0 ids in parts from 0 on'],
  ])('%j of n-grams', (options, received) => {
    expect(() => layers.tokenNgrams({ ...options, name: 'n' })).toThrow(
      withMessage(
        `layer "n": expected a weight for each n-gram of the pool, at least one, received ${received}. ` +
          'Make all three with countNgrams.',
      ),
    );
  });

  it('dropout, which has no place in a network of texts yet', () => {
    const config = { name: 't', num_heads: 1, intermediate_dim: 2, dropout: 0.1 };
    expect(() => layerFromConfig('TransformerEncoder', config)).toThrow(
      withMessage(
        'configuration of layer "t": expected 0 as "dropout", received 0.1. ' +
          'The layer has options that Graft does not know; check the file.',
      ),
    );
  });
});
