/** @file Vectors of texts come in the order of the texts, whatever batches they were in. */

import { describe, expect, it } from 'vitest';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { floats } from '../../core/tensor/tensor.ts';
import { sentenceEncoder, type TextPooling } from '../encoders/sentence-encoder.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import { embedTexts } from './embed-texts.ts';

const tokenizer: TextTokenizer = {
  json: '{}',
  vocabularySize: 10,
  prefix: [],
  suffix: [],
  encode: (text) => (text === '' ? [] : text.split(' ').map(Number)),
  decode: (ids) => ids.join(' '),
  idOf: Number,
};

/** Ids themselves, as vectors of one number. */
function encoder(pooling: TextPooling, normalize = false): Functional {
  const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
  const mask = layers.paddingMask({ name: 'padding_mask' }).apply(ids);
  const embedding = layers.embedding({ inputDim: 10, outputDim: 1 });
  const rows = layers.multiply({ name: 'rows' }).apply([embedding.apply(ids), embedding.output]);
  embedding.weight('embeddings').value = Float32Array.from({ length: 10 }, (_, id) => id);
  const tokens = new Functional({ inputs: ids, outputs: [rows, mask] });
  return sentenceEncoder(tokens, { pooling, normalize });
}

const TEXTS = ['1 2 3', '4', '', '5 6'];

describe('embedTexts', () => {
  it.each([
    ['mean', [(1 + 4 + 9) / 3, 16, 0, (25 + 36) / 2]],
    ['first', [1, 16, 0, 25]],
    ['last', [9, 16, 0, 36]],
  ] as const)('takes the %s of the tokens', async (pooling, expected) => {
    const done: number[] = [];
    const vectors = await embedTexts({ model: encoder(pooling), tokenizer, maxTokens: 3 }, TEXTS, {
      batchSize: 2,
      onProgress: (count) => done.push(count),
    });
    expect(vectors).toBeAllClose(floats([4, 1], expected), { atol: 1e-5, rtol: 0 });
    expect(done).toEqual([2, 4]);
  });

  it('takes no more tokens than are asked for, or the network has', async () => {
    const backbone = { model: encoder('last'), tokenizer, maxTokens: 2 };
    expect((await embedTexts(backbone, TEXTS)).data[0]).toBe(4);
    expect((await embedTexts(backbone, TEXTS, { maxTokens: 1 })).data[0]).toBe(1);
    expect((await embedTexts(backbone, TEXTS, { maxTokens: 9 })).data[0]).toBe(4);
  });

  it('takes all tokens in windows, weighed by how many they have', async () => {
    const backbone = { model: encoder('mean'), tokenizer, maxTokens: 2 };
    const { data } = await embedTexts(backbone, ['1 2 3', '4'], { long: 'windows' });
    // The windows are 1 2 and 3: a quarter of two tokens is less than one that they could share.
    expect([...data]).toEqual([expect.closeTo((5 + 9) / 3, 5), 16]);
  });

  it('has vectors of length 1 where they are asked for', async () => {
    const backbone = { model: encoder('mean', true), tokenizer, maxTokens: 3 };
    expect((await embedTexts(backbone, TEXTS)).data).toEqual(Float32Array.of(1, 1, 0, 1));
  });

  it('has nothing for no texts', async () => {
    const vectors = await embedTexts({ model: encoder('mean'), tokenizer, maxTokens: 3 }, []);
    expect(vectors).toEqual(floats([0, 1], []));
  });
});
