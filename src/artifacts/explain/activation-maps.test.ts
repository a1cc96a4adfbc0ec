import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph, Value } from '../../core/graph/graph.ts';
import { floats } from '../../core/tensor/tensor.ts';
import type { ModelFile } from '../decode-model-file.ts';
import { ActivationMaps, type ActivationMethod } from './activation-maps.ts';
import { resizeHeatMap, scaleHeatMap } from './heat-map.ts';

/** Written by tools/oracle/grad_cam.py. */
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../tests/golden/explain/${name}.json`, import.meta.url), 'utf8'));
type Weights = Readonly<Record<string, { readonly shape: number[]; readonly values: number[] }>>;
const golden = read('grad-cam') as {
  readonly size: number;
  readonly pixels: number[];
  readonly cases: readonly { network: string; method: ActivationMethod; target: number; map: number[] }[];
};
const pixels = Uint8Array.from(golden.pixels);

type End = (builder: GraphBuilder, logits: Value) => Value;

function network(name: string, end: End = (builder, logits) => builder.softmax(logits, 1)): Graph {
  const weights = read(name.toLowerCase()) as Weights;
  const builder = new GraphBuilder(name);
  const constant = (key: string): Value =>
    builder.constant(floats(weights[key]!.shape, weights[key]!.values), key);
  const image = builder.input('image', 'uint8', ['N', golden.size, golden.size, 3]);
  const scaled = builder.sub(
    builder.div(builder.cast(builder.transpose(image, [0, 3, 1, 2]), 'float32'), 127.5),
    1,
  );
  const convolved = (x: Value, key: string): Value =>
    builder.relu(
      builder.conv([x, constant(`${key}.weight`), constant(`${key}.bias`)], {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
      }),
    );
  const map = convolved(convolved(scaled, 'features.0'), 'features.2');
  const dense = (x: Value, key: string): Value =>
    builder.add(
      builder.matMul(x, builder.transpose(constant(`${key}.weight`), [1, 0])),
      constant(`${key}.bias`),
    );
  const logits =
    name === 'Pooled'
      ? dense(builder.mean(map, [2, 3], 0), 'head')
      : dense(builder.relu(dense(builder.reshape(map, [-1, 432]), 'head.1')), 'head.3');
  builder.output(end(builder, logits), 'probabilities');
  return builder.build();
}

function modelFile(graph: Graph): ModelFile {
  const input = { widthPx: golden.size, heightPx: golden.size };
  return { path: 'model.onnx', graph, info: { classNames: ['a', 'b', 'c'], input } } as unknown as ModelFile;
}

describe('activation maps', () => {
  it.each(golden.cases)(
    'of $network by $method for class $target are those of pytorch-grad-cam',
    async (each) => {
      const maps = await ActivationMaps.of(modelFile(network(each.network)), {
        method: each.method,
        threads: 1,
      });
      const found = await maps.explain(pixels, [each.target]);
      await maps.dispose();
      const { values } = resizeHeatMap(scaleHeatMap(found), { width: golden.size, height: golden.size });
      const range = Math.max(...values) - Math.min(...values);
      // It scales once more, after it has enlarged the map.
      const scaled = values.map((value) => (value - Math.min(...values)) / (1e-7 + range));
      expect(scaled).toBeAllClose(each.map, { atol: 1e-4, rtol: 0 });
    },
  );

  it('explain several images at once as one by one', async () => {
    const maps = await ActivationMaps.of(modelFile(network('Flat')), { threads: 1 });
    const both = await maps.explain(Uint8Array.from([...pixels, ...pixels.toReversed()]), [0, 2]);
    const second = await maps.explain(pixels.toReversed(), [2]);
    await maps.dispose();
    expect([both.height, both.width, both.values.length]).toEqual([6, 6, 72]);
    expect(both.values.subarray(36)).toBeAllClose(second.values, { atol: 1e-5, rtol: 1e-5 });
  });

  it('explain both classes of one sigmoid, whose first logit is a constant', async () => {
    const both: End = (builder, logits) => {
      const one = builder.slice(logits, [1], [0], [1]);
      return builder.softmax(builder.concat([builder.mul(one, 0), one], 1), 1);
    };
    const maps = await ActivationMaps.of(modelFile(network('Flat', both)), { threads: 1 });
    const [first, second] = [await maps.explain(pixels, [0]), await maps.explain(pixels, [1])];
    await maps.dispose();
    for (const { values } of [first, second]) expect(Math.max(...values)).toBeGreaterThan(0);
    expect([...first.values]).not.toEqual([...second.values]);
  });

  it('explain labels, whose sigmoid keeps small numbers, by what is before it', async () => {
    const small: End = (builder, logits) => {
      const one = builder.scalar(1);
      return builder.div(one, builder.add(one, builder.exp(builder.neg(logits))));
    };
    const [plain, labels] = await Promise.all(
      [network('Flat'), network('Flat', small)].map((graph) =>
        ActivationMaps.of(modelFile(graph), { threads: 1 }),
      ),
    );
    const [expected, found] = [await plain!.explain(pixels, [1]), await labels!.explain(pixels, [1])];
    expect(found.values).toBeAllClose(expected.values, { atol: 1e-6, rtol: 1e-6 });
    await Promise.all([plain!.dispose(), labels!.dispose()]);
  });

  it('are refused where the end has no gradients, with what to do', async () => {
    const rounded: End = (builder, logits) => {
      const bytes = builder.op('QuantizeLinear', [logits, builder.scalar(0.1)]);
      return builder.softmax(builder.op('DequantizeLinear', [bytes, builder.scalar(0.1)]), 1);
    };
    await expect(ActivationMaps.of(modelFile(network('Pooled', rounded)))).rejects.toThrow(
      'explanation of model "model.onnx": expected layers in float32 behind its last feature map, received int8 ones ("QuantizeLinear"). ' +
        'Explain it by occlusion (--method occlusion), which needs no gradients.',
    );
  });
});
