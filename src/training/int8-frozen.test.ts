import { describe, expect, it, onTestFinished } from 'vitest';
import { saying } from '../../tests/support/saying.ts';
import type { Graph } from '../graph/graph.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import { pictureGraph } from '../models/picture-graph.ts';
import { ZERO_TO_ONE } from '../models/preprocessing.ts';
import { createSession } from '../runtime/node-session.ts';
import { createRandom } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { quantizeFrozen } from './int8-frozen.ts';

const SIZE_PX = 8;
const PICTURE_BYTES = SIZE_PX * SIZE_PX * 3;
const options = { preprocessing: ZERO_TO_ONE };

/** Two convolutions up to the boundary, then global pooling and a sigmoid. */
function network() {
  const picture = input({ shape: [SIZE_PX, SIZE_PX, 3] });
  const first = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' });
  const second = layers.conv2d({
    filters: 6,
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    activation: 'relu',
  });
  const boundary = second.apply(first.apply(picture));
  const pooled = layers.globalAveragePooling2d().apply(boundary);
  const outputs = layers.dense({ units: 1, activation: 'sigmoid' }).apply(pooled);
  const model = new Functional({ inputs: picture, outputs });
  model.initialize({ seed: 3 });
  return { model, boundary };
}

function pixels(count: number): Uint8Array {
  const random = createRandom(8);
  return Uint8Array.from({ length: count * PICTURE_BYTES }, () => random.integer(256));
}

async function run(graph: Graph, bytes: Uint8Array): Promise<Float32Array> {
  const session = await createSession(graph);
  onTestFinished(() => session.dispose());
  const image = tensor('uint8', [bytes.length / PICTURE_BYTES, SIZE_PX, SIZE_PX, 3], bytes);
  return (await session.run({ image }))[graph.outputs[0]!.name]!.data as Float32Array;
}

describe('quantizeFrozen', () => {
  it('gives a twin with nearly the same features', async () => {
    const { model, boundary } = network();
    const graph = pictureGraph(model, boundary, { ...options, output: 'features' });
    const twin = await quantizeFrozen(graph, [{ pixels: pixels(20) }]);
    expect([twin.inputs, twin.outputs]).toEqual([graph.inputs, graph.outputs]);
    expect(twin.nodes.some(({ op }) => op === 'QuantizeLinear')).toBe(true);
    const [exact, rounded] = [await run(graph, pixels(5)), await run(twin, pixels(5))];
    expect(rounded).toBeAllClose(exact, { atol: 0.02, rtol: 0 });
    expect(rounded).not.toEqual(exact);
  });

  it('looks at every picture, however they are dealt', async () => {
    const { model, boundary } = network();
    const graph = pictureGraph(model, boundary, { ...options, output: 'features' });
    const all = pixels(19);
    const twin = await quantizeFrozen(graph, [{ pixels: all }]);
    const parts = [all.subarray(0, 11 * PICTURE_BYTES), all.subarray(11 * PICTURE_BYTES)];
    const dealt = await quantizeFrozen(
      graph,
      parts.map((each) => ({ pixels: each })),
    );
    expect([...dealt.constants]).toEqual([...twin.constants]);
    const first = await quantizeFrozen(graph, [{ pixels: parts[0]! }]);
    expect([...first.constants]).not.toEqual([...twin.constants]);
  });

  it('has weights that no processor adds up wrongly: two products of bytes fit into int16', async () => {
    const { model, boundary } = network();
    const graph = pictureGraph(model, boundary, { ...options, output: 'features' });
    const { constants } = await quantizeFrozen(graph, [{ pixels: pixels(8) }]);
    const kernels = [...constants.values()].filter(({ dtype }) => dtype === 'int8');
    expect(kernels).toHaveLength(2);
    for (const { data } of kernels) {
      const largest = Math.max(...[...(data as Int8Array)].map(Math.abs));
      expect(largest).toBe(63);
      expect(2 * 255 * largest).toBeLessThan(2 ** 15);
    }
  });

  it('can take the place of the frozen layers in a whole model', async () => {
    const { model, boundary } = network();
    const graph = pictureGraph(model, boundary, { ...options, output: 'features', dtype: 'float16' });
    const twin = await quantizeFrozen(graph, [{ pixels: pixels(20) }]);
    const frozen = { boundary, graph: twin };
    const whole = pictureGraph(model, model.output, { ...options, output: 'probabilities', frozen });
    expect(whole.nodes.filter(({ op }) => op === 'QuantizeLinear')).toHaveLength(3);
    const plain = pictureGraph(model, model.output, { ...options, output: 'probabilities' });
    expect(await run(whole, pixels(5))).toBeAllClose(await run(plain, pixels(5)), { atol: 5e-3, rtol: 0 });
  });

  it('cannot do without pictures, and stops when it is told', async () => {
    const { model, boundary } = network();
    const graph = pictureGraph(model, boundary, { ...options, output: 'features' });
    await expect(quantizeFrozen(graph, [])).rejects.toThrow(
      saying(
        'quantisation of "functional": expected at least 1 picture to calibrate on, received none. Give readable training pictures.',
      ),
    );
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(quantizeFrozen(graph, [{ pixels: pixels(1) }], { signal })).rejects.toThrow(
      saying('enough'),
    );
  });
});
