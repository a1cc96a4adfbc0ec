import { describe, expect, it, onTestFinished } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { imageGraph } from '../../vision/preprocessing/image-graph.ts';
import { ZERO_TO_ONE } from '../../vision/preprocessing/preprocessing.ts';
import type { Graph } from '../graph/graph.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import { createSession } from '../runtime/create-session.ts';
import { createRandom } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { quantizeFrozen } from './int8-frozen.ts';

const SIZE_PX = 8;
const IMAGE_BYTES = SIZE_PX * SIZE_PX * 3;
const options = { preprocessing: ZERO_TO_ONE };

/** Two convolutions up to the boundary, then global pooling and a sigmoid. */
function network() {
  const image = input({ shape: [SIZE_PX, SIZE_PX, 3] });
  const first = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' });
  const second = layers.conv2d({
    filters: 6,
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    activation: 'relu',
  });
  const boundary = second.apply(first.apply(image));
  const pooled = layers.globalAveragePooling2d().apply(boundary);
  const outputs = layers.dense({ units: 1, activation: 'sigmoid' }).apply(pooled);
  const model = new Functional({ inputs: image, outputs });
  model.initialize({ seed: 3 });
  return { model, boundary };
}

function pixels(count: number): Uint8Array {
  const random = createRandom(8);
  return Uint8Array.from({ length: count * IMAGE_BYTES }, () => random.integer(256));
}

async function run(graph: Graph, bytes: Uint8Array): Promise<Float32Array> {
  const session = await createSession(graph);
  onTestFinished(() => session.dispose());
  const image = tensor('uint8', [bytes.length / IMAGE_BYTES, SIZE_PX, SIZE_PX, 3], bytes);
  return (await session.run({ image }))[graph.outputs[0]!.name]!.data as Float32Array;
}

describe('quantizeFrozen', () => {
  it('gives a twin with nearly the same features', async () => {
    const { model, boundary } = network();
    const graph = imageGraph(model, boundary, { ...options, output: 'features' });
    const int8Model = await quantizeFrozen(graph, [{ pixels: pixels(20) }]);
    expect([int8Model.inputs, int8Model.outputs]).toEqual([graph.inputs, graph.outputs]);
    expect(int8Model.nodes.some(({ op }) => op === 'QuantizeLinear')).toBe(true);
    const [exact, rounded] = [await run(graph, pixels(5)), await run(int8Model, pixels(5))];
    expect(rounded).toBeAllClose(exact, { atol: 0.02, rtol: 0 });
    expect(rounded).not.toEqual(exact);
  });

  it('looks at every image, however they are dealt', async () => {
    const { model, boundary } = network();
    const graph = imageGraph(model, boundary, { ...options, output: 'features' });
    const all = pixels(19);
    const int8Model = await quantizeFrozen(graph, [{ pixels: all }]);
    const parts = [all.subarray(0, 11 * IMAGE_BYTES), all.subarray(11 * IMAGE_BYTES)];
    const dealt = await quantizeFrozen(
      graph,
      parts.map((each) => ({ pixels: each })),
    );
    expect([...dealt.constants]).toEqual([...int8Model.constants]);
    const first = await quantizeFrozen(graph, [{ pixels: parts[0]! }]);
    expect([...first.constants]).not.toEqual([...int8Model.constants]);
  });

  it('has weights that no processor adds up wrongly: two products of bytes fit into int16', async () => {
    const { model, boundary } = network();
    const graph = imageGraph(model, boundary, { ...options, output: 'features' });
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
    const graph = imageGraph(model, boundary, { ...options, output: 'features', dtype: 'float16' });
    const int8Model = await quantizeFrozen(graph, [{ pixels: pixels(20) }]);
    const frozen = { boundary, graph: int8Model };
    const whole = imageGraph(model, model.output, { ...options, output: 'probabilities', frozen });
    expect(whole.nodes.filter(({ op }) => op === 'QuantizeLinear')).toHaveLength(3);
    const plain = imageGraph(model, model.output, { ...options, output: 'probabilities' });
    expect(await run(whole, pixels(5))).toBeAllClose(await run(plain, pixels(5)), { atol: 5e-3, rtol: 0 });
  });

  it('cannot do without images, and stops when it is told', async () => {
    const { model, boundary } = network();
    const graph = imageGraph(model, boundary, { ...options, output: 'features' });
    await expect(quantizeFrozen(graph, [])).rejects.toThrow(
      withMessage(
        'quantization of "functional": expected at least 1 image to calibrate on, received none. Give readable training images.',
      ),
    );
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(quantizeFrozen(graph, [{ pixels: pixels(1) }], { signal })).rejects.toThrow(
      withMessage('enough'),
    );
  });
});
