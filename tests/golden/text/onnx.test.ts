/** @file Encoders in ONNX files give what transformers gives; written by tools/oracle/text_onnx.py. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats, type Tensor } from '../../../src/core/tensor/tensor.ts';
import { type GraphEncoder, graphEncoder } from '../../../src/text/encoders/graph-encoder.ts';
import { padIds } from '../../../src/text/modality/pad-ids.ts';

const FOLDER = 'tests/golden/text/onnx';
const TOLERANCE = { atol: 1e-5, rtol: 1e-5 };

interface Numbers {
  readonly shape: number[];
  readonly data: number[];
}
interface Expected {
  readonly ids: number[][];
  readonly networks: Record<string, { readonly padId: number } & Record<string, Numbers>>;
}
const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8')) as Expected;
const rows = expected.ids.map((ids) => ids.filter((id) => id >= 0));

function load(name: string, options: { readonly cut?: string; readonly wantsTokens?: boolean } = {}) {
  const file = { name: `${name}.onnx`, bytes: readFileSync(`${FOLDER}/${name}.onnx`) };
  return graphEncoder(file, { padId: expected.networks[name]!.padId, ...options });
}

async function run({ network }: GraphEncoder, ids: readonly (readonly number[])[]): Promise<Tensor<'float32'>> {
  const graph = modelGraph(network);
  const result = await evaluateGraph(graph, { ids: padIds(ids) });
  return result[graph.outputs[0]!.name] as Tensor<'float32'>;
}

/** What stands at padding is of no meaning. */
function atTokens({ shape, data }: Pick<Tensor, 'shape'> & { readonly data: ArrayLike<number> }) {
  const [, length, width] = shape as [number, number, number];
  const kept = Float32Array.from(data);
  rows.forEach((ids, row) => {
    kept.fill(0, (row * length + ids.length) * width, (row + 1) * length * width);
  });
  return floats(shape as number[], kept);
}

const NAMES = ['bert', 'roberta', 'modernbert', 'sentence'];
const hiddenOf = (name: string) => (name === 'sentence' ? 'token_embeddings' : 'last_hidden_state');

describe('an encoder in an ONNX file', () => {
  it.each(NAMES)('has the hidden states of transformers: %s', async (name) => {
    const encoder = load(name, { wantsTokens: true });
    expect(encoder.network.output.layer.name).toBe(hiddenOf(name));
    expect(atTokens(await run(encoder, rows))).toBeAllClose(
      atTokens(expected.networks[name]![hiddenOf(name)]!),
      TOLERANCE,
    );
  });

  it.each(NAMES)('gives a text the same alone as beside others: %s', async (name) => {
    const encoder = load(name, { wantsTokens: true });
    const { data, shape } = await run(encoder, rows);
    const [, length, width] = shape as [number, number, number];
    for (const [row, ids] of rows.entries()) {
      const start = row * length * width;
      const beside = floats([1, ids.length, width], data.slice(start, start + ids.length * width));
      expect(await run(encoder, [ids])).toBeAllClose(beside, { atol: 1e-5, rtol: 0 });
    }
  });

  it.each([
    ['sentence', undefined, 'sentence_embedding'],
    ['bert', 'pooler_output', 'pooler_output'],
  ])('gives vectors of texts: %s', async (name, cut, output) => {
    const encoder = load(name, cut === undefined ? {} : { cut });
    const { shape, data } = expected.networks[name]![output]!;
    expect(encoder.network.output.shape).toEqual([null, 12]);
    expect(await run(encoder, rows)).toBeAllClose(floats(shape, data), TOLERANCE);
  });

  it('finds out how long texts may be, where its table of places is added', () => {
    expect(NAMES.map((name) => load(name).maxTokens)).toEqual([16, 512, 512, 16]);
  });

  it('finds its table of tokens, and a mask', () => {
    const found = NAMES.map((name) => load(name));
    expect(found.map(({ vocabularySize }) => vocabularySize)).toEqual([26, 26, 26, 26]);
    expect(found.every(({ hasMask }) => hasMask)).toBe(true);
  });

  it('has weights that can be trained', () => {
    const { network } = load('bert');
    expect(network.countParams().trainable).toBe(0);
    network.trainable = true;
    expect(network.countParams().trainable).toBeGreaterThan(1000);
  });
});
