/** @file The pretrained configs against tools/oracle/keras_weight_addresses.py and keras_recent_weight_addresses.py. */

import { describe, expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { kerasConfigs } from '../../../src/vision/pretrained/pretrained-configs.ts';
import { imageGraph } from '../../../src/vision/preprocessing/image-graph.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { tensor } from '../../../src/core/tensor/tensor.ts';
import classic from './keras_weight_addresses.json' with { type: 'json' };
import recent from './keras_recent_weight_addresses.json' with { type: 'json' };

interface Row {
  readonly pixel: readonly number[];
  readonly preprocessed: readonly number[];
  readonly weights: object;
  readonly weightsWithTop: object;
  /** Side of the images that Keras builds it for, where the fixture says so. */
  readonly sizePx?: number;
}

const rows = new Map<string, Row>(
  [classic, recent].flatMap(({ networks, pixel }) =>
    Object.entries(networks).map(([id, row]) => [id, { ...row, pixel }] as const),
  ),
);

/** What the textbook cuts out of the middle. */
const CUT_BEFORE_THE_END = ['inception_v3'];

it('has a pretrained config for every network of the fixtures', () => {
  expect(kerasConfigs.map(({ id }) => id).sort()).toEqual([...rows.keys()].sort());
});

describe.each(kerasConfigs.map((pretrainedConfig) => [pretrainedConfig.id, pretrainedConfig] as const))('%s', (id, pretrainedConfig) => {
  const row = rows.get(id)!;

  it('names the files that Keras would fetch', () => {
    expect(pretrainedConfig.weights).toEqual(row.weights);
    expect(pretrainedConfig.weightsWithTop).toEqual(row.weightsWithTop);
    if (row.sizePx !== undefined) expect(pretrainedConfig.defaultSizePx).toBe(row.sizePx);
  });

  it('prepares pixels as Keras does, inside the graph', async () => {
    const { input } = pretrainedConfig.build({ inputShape: [pretrainedConfig.minSizePx, pretrainedConfig.minSizePx, 3] });
    const model = new Functional({ inputs: input, outputs: input, name: 'pixels' });
    const { preprocessing } = pretrainedConfig;
    const graph = imageGraph(model, input, { preprocessing, output: 'features' });
    const side = pretrainedConfig.minSizePx;
    const image = tensor(
      'uint8',
      [1, side, side, 3],
      Uint8Array.from({ length: side * side * 3 }, (_, i) => row.pixel[i % 3]!),
    );
    const { features } = await evaluateGraph(graph, { image });
    const prepared = features!.data as Float32Array;
    expect(features!.shape).toEqual([1, side, side, 3]);
    expect([...prepared.slice(0, 3)]).toBeAllClose(row.preprocessed, { atol: 2e-5, rtol: 0 });
    expect(prepared.slice(-3)).toEqual(prepared.slice(0, 3));
  });

  it('tells the parameters and a cut of the network that it builds', () => {
    const smallest = pretrainedConfig.build({ inputShape: [pretrainedConfig.minSizePx, pretrainedConfig.minSizePx, 3] });
    expect(smallest.countParams().total).toBe(pretrainedConfig.parameters);
    const cut = smallest.getLayer(pretrainedConfig.defaultCut).output;
    expect(cut.shape).toHaveLength(4);
    const behind = smallest.layers.filter((layer) => layer.output.inputs.includes(cut));
    const isEnd = behind.every((layer) => layer.className.endsWith('Pooling2D'));
    expect(isEnd).toBe(!CUT_BEFORE_THE_END.includes(id));
  });

  it('refuses images that are too small', () => {
    const sizePx = pretrainedConfig.minSizePx - 1;
    expect(() => pretrainedConfig.build({ inputShape: [sizePx, 300, 3] })).toThrow(
      expect.objectContaining({
        code: 'argument',
        message: expect.stringMatching(
          new RegExp(
            `^\\w[\\w-]*: expected images of at least ${pretrainedConfig.minSizePx} x ${pretrainedConfig.minSizePx} px, ` +
              `received ${sizePx} x 300 px with 3 channels\\. Use a size from ${pretrainedConfig.minSizePx} px on\\.$`,
          ),
        ),
      }),
    );
  });
});
