/** @file What is computed of every token by itself is computed of the picked one alone, and is the same. */

import { describe, expect, it } from 'vitest';
import { Functional } from '../../layers/functional.ts';
import { input } from '../../layers/input-layer.ts';
import { layers } from '../../layers/layers.ts';
import { modelGraph } from '../../layers/lower-model.ts';
import { evaluateGraph } from '../../runtime/create-session.ts';
import { integers } from '../../tensor/tensor.ts';
import { describeGraph } from '../describe-graph.ts';
import { selectTokensEarly } from './select-tokens-early.ts';
import { simplify } from './simplify.ts';

const IDS = integers([3, 5, 2, 7, 1, -1], [2, 3]);

/** A block of attention and two dense layers, and a head on one token. */
function network(token: 'first' | 'last', length: number | null = null): Functional {
  const ids = input({ shape: [length], dtype: 'int64', name: 'ids' });
  const mask = layers.paddingMask().apply(ids);
  const x = layers.embedding({ inputDim: 9, outputDim: 8 }).apply(ids);
  const block = layers.transformerEncoder({
    numHeads: 2,
    intermediateDim: 12,
    activation: 'gelu',
    normalizeFirst: true,
    name: 'block',
  });
  const pooled = layers.tokenPooling({ token, name: 'pooling' }).apply([block.apply([x, mask]), mask]);
  const model = new Functional({
    inputs: ids,
    outputs: layers.dense({ units: 2, name: 'head' }).apply(pooled),
  });
  model.initialize({ seed: 2 });
  return model;
}

describe.each(['first', 'last'] as const)('the %s token', (token) => {
  it('is picked before all that is computed of it alone', async () => {
    const graph = modelGraph(network(token));
    const early = simplify(graph);
    const wide = early.nodes.filter(({ op, outputs }) => {
      const shape = early.values.get(outputs[0]!)!.shape;
      return op === 'MatMul' && shape.length === 3 && shape[2] === 12;
    });
    expect(wide.map(({ outputs }) => early.values.get(outputs[0]!)!.shape[1])).toEqual([1]);
    const [before, after] = [
      await evaluateGraph(graph, { ids: IDS }),
      await evaluateGraph(early, { ids: IDS }),
    ];
    expect(after['head']).toBeAllClose(before['head']!, { atol: 1e-6, rtol: 1e-6 });
  });
});

it('leaves a graph alone that picks nothing, or whose length is known', () => {
  const plain = modelGraph(network('last', 3));
  expect(describeGraph(selectTokensEarly(plain))).toBe(describeGraph(plain));
});
