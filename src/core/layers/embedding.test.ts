/** @file Ids of any length into rows of a table, and the gradient back into the table. */

import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { evaluateGraph } from '../runtime/create-session.ts';
import { floats, integers, tensor } from '../tensor/tensor.ts';
import { Functional } from './functional.ts';
import { input } from './input-layer.ts';
import { layerFromConfig, layers } from './layers.ts';
import { inferenceLowering, lowerModel, modelGraph } from './lower-model.ts';

const TABLE = Float32Array.of(1, 2, 3, 4, 5, 6);

function model(dtype: 'int64' | 'int32' = 'int64'): Functional {
  const ids = input({ shape: [null], dtype, name: 'ids' });
  const embedding = layers.embedding({ inputDim: 3, outputDim: 2 });
  const result = new Functional({ inputs: ids, outputs: embedding.apply(ids) });
  embedding.weight('embeddings').value = TABLE;
  return result;
}

describe('embedding', () => {
  it('takes ids of any length, and gives 0 at padding', async () => {
    const graph = modelGraph(model());
    expect(graph.inputs).toEqual([{ name: 'ids', dtype: 'int64', shape: ['N', 'ids_1'] }]);
    expect(graph.outputs[0]).toMatchObject({ dtype: 'float32', shape: ['N', 'ids_1', 2] });
    const { embedding } = await evaluateGraph(graph, { ids: integers([2, 0, -1, 1, -1, -1], [2, 3]) });
    expect(embedding).toEqual(floats([2, 3, 2], [5, 6, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0]));
  });

  it('takes ids of 32 bits', async () => {
    const ids = tensor('int32', [1, 2], Int32Array.of(1, -1));
    const { embedding } = await evaluateGraph(modelGraph(model('int32')), { ids });
    expect(embedding).toEqual(floats([1, 2, 2], [3, 4, 0, 0]));
  });

  it('adds up the gradient of a row that stands several times, and none at padding', async () => {
    const { inputs, outputs } = model();
    const builder = new GraphBuilder('gradient');
    const ids = builder.input('ids', 'int64', ['N', 'S']);
    const table = builder.input('table', 'float32', [3, 2]);
    const weights = builder.input('weights', 'float32', ['N', 'S', 2]);
    const lowering = { ...inferenceLowering(builder), weight: () => table };
    const given = new Map([[inputs[0]!, { value: ids, layout: 'plain' as const }]]);
    const [rows] = lowerModel(new Functional({ inputs, outputs }), lowering, given);
    const [gradient] = gradients(builder, builder.sumOfAll(builder.mul(rows!.value, weights)), [table]);
    builder.output(gradient!, 'gradient');
    const result = await evaluateGraph(builder.build(), {
      ids: integers([2, 0, 2, 1, -1, -1], [2, 3]),
      table: floats([3, 2], TABLE),
      weights: floats(
        [2, 3, 2],
        Array.from({ length: 12 }, (_, index) => index + 1),
      ),
    });
    expect(result['gradient']).toEqual(floats([3, 2], [3, 4, 7, 8, 1 + 5, 2 + 6]));
  });

  it('refuses a mask of zeros, which Keras files may ask for', () => {
    expect(() =>
      layerFromConfig('Embedding', { name: 'e', input_dim: 2, output_dim: 2, mask_zero: true }),
    ).toThrow(
      'configuration of layer "e": expected false as "mask_zero", received true. ' +
        'The layer has options that Graft does not know; check the file.',
    );
  });
});

describe('an input layer', () => {
  it('keeps the dtype of ids in its configuration', () => {
    const { layer } = input({ shape: [null], dtype: 'int64', name: 'ids' });
    expect(layer.getConfig()).toMatchObject({ batch_shape: [null, null], dtype: 'int64' });
    const again = layerFromConfig('InputLayer', layer.getConfig());
    expect(again.getConfig()).toEqual(layer.getConfig());
  });
});
