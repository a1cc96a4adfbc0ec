/** @file A text in windows has the mean of what the network says of its windows, each by its tokens; a short one is as without. */

import { describe, expect, it } from 'vitest';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { modelGraph } from '../../core/layers/lower-model.ts';
import { evaluateGraph } from '../../core/runtime/create-session.ts';
import { splitAtFreezeBoundary } from '../../core/steps/freeze-boundary.ts';
import { floats } from '../../core/tensor/tensor.ts';
import { sentenceEncoder } from '../encoders/sentence-encoder.ts';
import { padIds } from './pad-ids.ts';
import { inWindows, MAX_WINDOWS, maxTokensOfWindows } from './text-windows.ts';

/** The first token of what it sees, and the mean: of ids as vectors of one number. */
function encoder(): Functional {
  const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
  const mask = layers.paddingMask({ name: 'padding_mask' }).apply(ids);
  const embedding = layers.embedding({ inputDim: 100, outputDim: 1 });
  const rows = embedding.apply(ids);
  embedding.weight('embeddings').value = Float32Array.from({ length: 100 }, (_, id) => id);
  const tokens = new Functional({ inputs: ids, outputs: [rows, mask] });
  const mean = sentenceEncoder(tokens, { pooling: 'mean' }).output;
  const first = layers.tokenPooling({ token: 'first', name: 'first' }).apply([rows, mask]);
  return new Functional({ inputs: ids, outputs: layers.concatenate().apply([first, mean]), name: 'both' });
}

async function vectorsOf(model: Functional, texts: readonly (readonly number[])[]) {
  const results = await evaluateGraph(modelGraph(model), { ids: padIds(texts) });
  return Object.values(results)[0]!;
}

const mean = (ids: readonly number[]): number => ids.reduce((sum, id) => sum + id, 0) / ids.length;

describe('inWindows', () => {
  it('weighs windows by their tokens, and passes over those that have nothing new', async () => {
    // Windows of 8 ids, a new one every 6.
    const model = inWindows(encoder(), { windowTokens: 8, prefix: [], suffix: [] });
    const long = Array.from({ length: 15 }, (_, index) => index + 1);
    const parts = [long.slice(0, 8), long.slice(6, 14), long.slice(12, 15)];
    const total = 8 + 8 + 3;
    const weighed = (of: (part: readonly number[]) => number): number =>
      parts.reduce((sum, part) => sum + (of(part) * part.length) / total, 0);
    const eight = [9, 8, 7, 6, 5, 4, 3, 2];
    const nine = [...eight, 1];
    const vectors = await vectorsOf(model, [long, [4, 2], eight, nine, []]);
    expect(vectors).toBeAllClose(
      floats(
        [5, 2],
        [
          ...[weighed((part) => part[0]!), weighed(mean)],
          ...[4, 3],
          ...[9, mean(eight)],
          ...[(9 * 8 + 3 * 3) / 11, (mean(eight) * 8 + mean([3, 2, 1]) * 3) / 11],
          ...[0, 0],
        ],
      ),
      { atol: 1e-4, rtol: 1e-5 },
    );
  });

  it('has the vector of the network itself, to the bit, where all texts fit', async () => {
    const [plain, model] = [encoder(), encoder()];
    const texts = [
      [50, 3, 4, 60],
      [50, 60],
      [50, 7, 7, 7, 7, 7, 7, 60],
    ];
    const windows = inWindows(model, { windowTokens: 8, prefix: [50], suffix: [60] });
    expect((await vectorsOf(windows, texts)).data).toEqual((await vectorsOf(plain, texts)).data);
  });

  it('puts what stands around a text around each window, and what is behind the end of a shorter one is none of it', async () => {
    const model = inWindows(encoder(), { windowTokens: 6, prefix: [50], suffix: [60] });
    // 4 ids in a window, a new one every 3.
    const vectors = await vectorsOf(model, [
      [50, 1, 2, 3, 4, 5, 6, 60],
      [50, 9, 60],
    ]);
    const windows = [
      [50, 1, 2, 3, 4, 60],
      [50, 4, 5, 6, 60],
    ];
    const expected = (mean(windows[0]!) * 4 + mean(windows[1]!) * 3) / 7;
    expect(vectors).toBeAllClose(floats([2, 2], [50, expected, 50, mean([50, 9, 60])]), {
      atol: 1e-4,
      rtol: 0,
    });
  });

  it('has features of one row for a text: behind the pooling of a frozen network, else the ids', () => {
    const network = inWindows(encoder(), { windowTokens: 8, prefix: [], suffix: [] });
    const outputs = layers.dense({ units: 1, name: 'head' }).apply(network.output);
    const model = new Functional({ inputs: network.inputs, outputs });
    const boundaryOf = (...trained: readonly string[]) =>
      splitAtFreezeBoundary(model, { isTrainable: ({ name }) => trained.includes(name) }).boundary.map(
        ({ layer }) => layer.name,
      );
    expect(boundaryOf('head')).toEqual(['window_pooling']);
    expect(boundaryOf('head', 'embedding')).toEqual(['ids']);
  });

  it('has room for so many tokens', () => {
    expect(maxTokensOfWindows({ windowTokens: 128, prefix: [], suffix: [] })).toBe(
      128 + (MAX_WINDOWS - 1) * 96,
    );
    expect(maxTokensOfWindows({ windowTokens: 512, prefix: [1], suffix: [2] })).toBe(
      512 + (MAX_WINDOWS - 1) * 383,
    );
  });
});
