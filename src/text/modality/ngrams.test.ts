/** @file n-grams are those that stand in most texts, and stand beside a network's vectors. */

import { describe, expect, it } from 'vitest';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { modelGraph } from '../../core/layers/lower-model.ts';
import { evaluateGraph } from '../../core/runtime/create-session.ts';
import { floats } from '../../core/tensor/tensor.ts';
import { addNgrams, countNgrams } from './ngrams.ts';
import { padIds } from './pad-ids.ts';

const TEXTS = [[1, 2, 3], [1, 2, 1, 2], [4], [1]];
const idf = (texts: number): number => Math.log(5 / (1 + texts)) + 1;

describe('countNgrams', () => {
  it('keeps what stands in several texts, shorter ones first', () => {
    expect(countNgrams(TEXTS, { length: 2 })).toEqual({
      ngramCounts: [0, 2],
      pool: [1, 2, 1, 2],
      idfWeights: [idf(3), idf(2), idf(2)],
    });
  });

  it('keeps no more than are wanted: those of most texts', () => {
    expect(countNgrams(TEXTS, { length: 2, maxNgrams: 1 })).toEqual({
      ngramCounts: [0],
      pool: [1],
      idfWeights: [idf(3)],
    });
  });

  it('says where there is none', () => {
    expect(countNgrams([[1], [2]], { length: 2 })).toBeUndefined();
    expect(countNgrams([], { length: 1 })).toBeUndefined();
  });
});

it('puts n-grams beside vectors', async () => {
  const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
  const embedding = layers.embedding({ inputDim: 5, outputDim: 1 });
  const mean = layers.globalAveragePooling1d().apply(embedding.apply(ids));
  embedding.weight('embeddings').value = Float32Array.of(0, 10, 20, 30, 40);
  const encoder = new Functional({ inputs: ids, outputs: mean });
  const pool = { ngramCounts: [0, 2], pool: [1, 2, 1, 2], idfWeights: [3, 1, 2] };
  const graph = modelGraph(addNgrams(encoder, pool, { scale: 2 }));
  const { with_ngrams } = await evaluateGraph(graph, { ids: padIds([[1, 3], [4], [1, 2]]) });
  const length = Math.sqrt(9 + 1 + 4);
  expect(with_ngrams).toBeAllClose(
    floats([3, 4], [20, 2, 0, 0, 20, 0, 0, 0, 15, 6 / length, 2 / length, 4 / length]),
    { atol: 1e-5, rtol: 1e-5 },
  );
});
