/** @file What is frozen is computed once, and a step learns the same with it as without. */

import { describe, expect, it } from 'vitest';
import { RowBuffer } from '../../core/features/feature-set.ts';
import { measure } from '../../core/fit/measure.ts';
import { readBatch } from '../../core/fit/read-batch.ts';
import { optimizers } from '../../core/optimizers/optimizers.ts';
import { llama } from '../architectures/llama.ts';
import { createCausalLmStep } from './causal-lm-step.ts';
import { frozenBoundary } from './frozen-part.ts';

function network(from?: string) {
  const model = llama({
    vocabularySize: 20,
    numLayers: 3,
    numQueryHeads: 2,
    numKeyValueHeads: 1,
    hiddenDim: 8,
    intermediateDim: 12,
    headDim: 4,
    ropeMaxWavelength: 10_000,
    layerNormEpsilon: 1e-5,
    tieWordEmbeddings: true,
    maxSequenceLength: 16,
  });
  model.initialize({ seed: 1 });
  if (from !== undefined) model.enableLora(2, { from });
  model.initialize({ seed: 2 });
  return model;
}

describe('the frozen boundary of a language model', () => {
  it('is what the first block with adapters reads', () => {
    expect(frozenBoundary(network('transformer_layer_2'))!.layer.name).toBe(
      'transformer_layer_1_feedforward_add',
    );
    expect(frozenBoundary(network('transformer_layer_0'))!.layer.name).toBe('token_embedding');
  });

  it('is none where the embeddings are trained', () => {
    expect(frozenBoundary(network())).toBeUndefined();
  });
});

it('a step learns the same from what is kept as from the ids', async () => {
  const sequences = [
    [1, 2, 3, 4, 5, 6],
    [7, 8, 9],
    [3, 1, 4, 1, 5, 9],
  ];
  const losses = async (keptTokens: number) => {
    const model = network('transformer_layer_1');
    const optimizer = optimizers.adam({ learningRate: 0.05 });
    const { step, loss, ...made } = await createCausalLmStep(model, { optimizer, threads: 1, keptTokens });
    const set = made.features(sequences);
    const list: number[] = [];
    for (let epoch = 0; epoch < 4; epoch++) {
      for (const rows of [Uint32Array.of(0, 1), Uint32Array.of(2)]) {
        const batch = await readBatch(set, rows, loss, new RowBuffer());
        list.push((await step.run(batch, 0.05)).loss);
      }
    }
    list.push((await measure(step, loss, set, [], { batchSize: 3 }))['loss']!);
    await made.dispose();
    return list;
  };
  const kept = await losses(17);
  const computed = await losses(Number.POSITIVE_INFINITY);
  expect(kept).toHaveLength(9);
  kept.forEach((loss, index) => {
    expect(loss).toBeCloseTo(computed[index]!, 4);
  });
  expect(kept[6]!).toBeLessThan(kept[0]!);
});
