/** @file BERT's hidden states and every gradient are those of transformers; written by tools/oracle/bert.py. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gradients } from '../../../src/core/autodiff/gradients.ts';
import { GraphBuilder } from '../../../src/core/graph/builder.ts';
import type { Value } from '../../../src/core/graph/graph.ts';
import { graphShape, inferenceLowering, lowerModel, modelGraph } from '../../../src/core/layers/lower-model.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats, type Tensor, transpose } from '../../../src/core/tensor/tensor.ts';
import { bert } from '../../../src/text/encoders/bert.ts';
import { bertOptions } from '../../../src/text/encoders/bert-config.ts';
import { bertWeightPlaces, loadBert } from '../../../src/text/encoders/bert-weights.ts';
import { padIds } from '../../../src/text/modality/pad-ids.ts';
import { openSafetensors } from '../../../src/node/weights/safetensors-file.ts';

const FOLDER = 'tests/golden/text/bert';
const TOLERANCE = { atol: 1e-4, rtol: 1e-4 };
const json = (name: string): unknown => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'));
const options = bertOptions(json('config.json'), 'config');
const { tensors: expected } = openSafetensors(`${FOLDER}/expected.safetensors`);
const rows = (json('ids.json') as number[][]).map((ids) => ids.filter((id) => id >= 0));

function load() {
  const model = bert(options);
  loadBert(model, openSafetensors(`${FOLDER}/model.safetensors`), options.numLayers);
  return model;
}

/** What stands at padding is of no meaning. */
function atTokens({ shape, data }: Tensor): Tensor<'float32'> {
  const [, length, width] = shape as [number, number, number];
  const kept = Float32Array.from(data as Float32Array);
  rows.forEach((ids, row) => {
    kept.fill(0, (row * length + ids.length) * width, (row + 1) * length * width);
  });
  return floats(shape, kept);
}

describe('BERT', () => {
  it('has the hidden states of transformers', async () => {
    const result = await evaluateGraph(modelGraph(load()), { ids: padIds(rows) });
    const hidden = result['transformer_layer_1']!;
    expect(atTokens(hidden)).toBeAllClose(atTokens(expected.get('hidden')!), TOLERANCE);
  });

  it('gives a text the same alone as beside others', async () => {
    const graph = modelGraph(load());
    const together = (await evaluateGraph(graph, { ids: padIds(rows) }))['transformer_layer_1']!;
    const [, length, width] = together.shape as [number, number, number];
    for (const [row, ids] of rows.entries()) {
      const alone = (await evaluateGraph(graph, { ids: padIds([ids]) }))['transformer_layer_1']!;
      const start = row * length * width;
      const beside = together.data.slice(start, start + ids.length * width) as Float32Array;
      expect(alone).toBeAllClose(floats([1, ids.length, width], beside), { atol: 1e-5, rtol: 0 });
    }
  });

  it('has the gradients of transformers to every weight', async () => {
    const model = load();
    const builder = new GraphBuilder('gradients');
    const feeds: Record<string, Tensor> = { ids: padIds(rows) };
    const places = bertWeightPlaces(options.numLayers);
    const values = new Map<string, Value>();
    for (const { layer, weight } of places) {
      const { spec, value } = model.getLayer(layer).weight(weight);
      const name = `${layer}/${weight}`;
      values.set(name, builder.input(name, 'float32', graphShape(spec)));
      feeds[name] = floats(spec.shape, value);
    }
    const lowering = {
      ...inferenceLowering(builder),
      weight: (layer: { readonly name: string }, name: string) => values.get(`${layer.name}/${name}`)!,
    };
    const ids = builder.input('ids', 'int64', ['N', 'S']);
    const given = new Map([[model.input, { value: ids, layout: 'plain' as const }]]);
    const [hidden] = lowerModel(model, lowering, given);
    const direction = builder.constant(expected.get('direction')!);
    const loss = builder.sumOfAll(builder.mul(hidden!.value, direction));
    gradients(builder, loss, [...values.values()]).forEach((gradient, index) => {
      builder.output(gradient, `gradient_${index}`);
    });
    const results = await evaluateGraph(builder.build(), feeds);
    places.forEach(({ tensor, isTransposed }, index) => {
      const theirs = expected.get(`gradient/${tensor}`)!;
      const wanted = isTransposed ? transpose(theirs, [1, 0]) : theirs;
      const ours = results[`gradient_${index}`]!.data as Float32Array;
      expect(floats(wanted.shape, ours), tensor).toBeAllClose(wanted, TOLERANCE);
    });
  });
});
