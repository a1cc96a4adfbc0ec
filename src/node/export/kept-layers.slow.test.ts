import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Antirectifier } from '../../../tests/support/custom-classes.ts';
import { temporaryFolder } from '../../../tests/support/image-folder.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import type { SymbolicTensor } from '../../core/layers/layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { modelGraph } from '../../core/layers/lower-model.ts';
import { encodeModel } from '../../core/onnx/encoder.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { backboneOfOnnx } from '../../vision/backbone/backbone.ts';
import {
  CAFFE_PREPROCESSING,
  type Preprocessing,
  ZERO_TO_ONE,
} from '../../vision/preprocessing/preprocessing.ts';
import { loadModel } from '../artifacts/load-layers.ts';
import { saveModel } from '../artifacts/save-model.ts';
import { readModelFile, writeModelFile } from '../files/model-file.ts';
import { type Model, model } from '../training/model.ts';

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Layers whose weights a graph may fold, one behind the other, and a head. */
function networkOf(body: (image: SymbolicTensor) => SymbolicTensor, preprocessing: Preprocessing): Model {
  const image = input({ shape: [8, 8, 3], name: 'image' });
  const pooled = layers.globalAveragePooling2d().apply(body(image));
  const outputs = layers.dense({ units: 1, activation: 'sigmoid', name: 'head' }).apply(pooled);
  const made = model({ inputs: image, outputs, preprocessing, name: 'small' });
  made.initialize({ seed: 3 });
  const random = createRandom(5);
  // No statistic of a normalization is what it begins with.
  for (const { weight } of made.weights)
    weight.value = weight.value.map((value) => value + 0.5 + random.uniform());
  return made;
}

const BODIES: Record<string, (image: SymbolicTensor) => SymbolicTensor> = {
  'convolutions with normalizations': (image) => {
    const conv = layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, trainable: false }).apply(image);
    const first = layers.batchNormalization({ trainable: false }).apply(conv);
    const depthwise = layers.depthwiseConv2d({ kernelSize: 3 }).apply(layers.reLU().apply(first));
    const separable = layers.separableConv2d({ filters: 5, kernelSize: 1 }).apply(depthwise);
    return layers.layerNormalization().apply(layers.batchNormalization().apply(separable));
  },
  'a layer that is applied twice, and two ways that meet': (image) => {
    const shared = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'shared' });
    const twice = shared.apply(shared.apply(image));
    return layers.concatenate().apply([layers.add().apply([twice, image]), twice]);
  },
  'a layer of one`s own': (image) => new Antirectifier({ epsilon: 1e-2 }).apply(image),
};

/** Kernels in front of a normalization come out of what was folded. */
function expectSame(again: Functional, own: Functional): void {
  expect(again.weights.map(({ name, trainable }) => [name, trainable])).toEqual(
    own.weights.map(({ name, trainable }) => [name, trainable]),
  );
  const folded = new Set(['conv2d/kernel', 'separable_conv2d/pointwise_kernel', 'separable_conv2d/bias']);
  for (const [index, { name, weight }] of again.weights.entries()) {
    const { value } = own.weights[index]!.weight;
    if (folded.has(name)) expect([...weight.value]).toBeAllClose([...value], { atol: 1e-6, rtol: 1e-6 });
    else expect([name, bytesOf(weight.value).equals(bytesOf(value))]).toEqual([name, true]);
  }
}

describe('the layers of a saved model', () => {
  it.each(Object.keys(BODIES))('come back with their weights: %s', async (name) => {
    const file = join(await temporaryFolder(), 'm.onnx');
    for (const preprocessing of [ZERO_TO_ONE, CAFFE_PREPROCESSING]) {
      const own = networkOf(BODIES[name]!, preprocessing);
      await saveModel(own, file);
      const again = await loadModel(file, { customLayers: [Antirectifier] });
      expect(again.preprocessing).toEqual(preprocessing);
      expectSame(again, own);
      const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, index) => (index * 37) % 256);
      const image = { data: pixels, width: 8, height: 8 };
      const [[told], [known]] = [await again.predict([image]), await own.predict([image])];
      expect(told!).toBeAllClose(known!, { atol: 1e-6, rtol: 0 });
    }
  });

  it('take no more room than the weights do', async () => {
    const file = join(await temporaryFolder(), 'm.onnx');
    const own = networkOf((image) => {
      const conv = layers.conv2d({ filters: 256, kernelSize: 5, useBias: false }).apply(image);
      return layers.conv2d({ filters: 64, kernelSize: 3 }).apply(layers.batchNormalization().apply(conv));
    }, ZERO_TO_ONE);
    await saveModel(own, file);
    const { bytes } = await readModelFile(file);
    expect(bytes.length).toBeLessThan(own.countParams().total * 4 * 1.05 + 20_000);
  });

  it('keep a kernel whose channels a normalization takes away', async () => {
    const file = join(await temporaryFolder(), 'm.onnx');
    const own = networkOf((image) => {
      const conv = layers.conv2d({ filters: 2, kernelSize: 3, name: 'gone' }).apply(image);
      return layers.batchNormalization({ name: 'zero' }).apply(conv);
    }, ZERO_TO_ONE);
    own.getLayer('zero').weight('gamma').value = Float32Array.of(0, 1);
    await saveModel(own, file);
    expectSame(await loadModel(file), own);
  });

  it('want the classes that Graft lacks', async () => {
    const file = join(await temporaryFolder(), 'm.onnx');
    await saveModel(networkOf(BODIES['a layer of one`s own']!, ZERO_TO_ONE), file);
    await expect(loadModel(file)).rejects.toThrow(
      withMessage(
        `layer "antirectifier" of model "${file}": expected a layer that Graft has or was given, received Antirectifier. ` +
          'Pass its class: loadModel(path, { customLayers: [Antirectifier] }), or export the model to ONNX.',
      ),
    );
  });

  it('are not kept where Keras lacks them', async () => {
    const file = join(await temporaryFolder(), 'm.onnx');
    const bytes = encodeModel(
      modelGraph(networkOf(BODIES['a layer that is applied twice, and two ways that meet']!, ZERO_TO_ONE)),
    );
    const backbone = await backboneOfOnnx({ name: 'net.onnx', bytes });
    const { output } = backbone.model.getLayer(backbone.cut);
    const flat = output.shape.length === 2 ? output : layers.globalAveragePooling2d().apply(output);
    const outputs = layers.dense({ units: 2, activation: 'softmax' }).apply(flat);
    const own = model({ inputs: backbone.model.inputs, outputs, preprocessing: backbone.preprocessing });
    own.initialize({ seed: 1 });
    await saveModel(own, file);
    await expect(loadModel(file)).rejects.toThrow(
      withMessage(
        `model "${file}": expected a recipe, or layers that are kept: the file holds them only as operators, received a model without, of an earlier version or with layers that Keras lacks. ` +
          'Grow new layers on it with loadBackbone(path).',
      ),
    );
  });

  it.each([
    ['no JSON', () => '{', 'what it says of its layers, received another text'],
    [
      'another form',
      (text: string) => text.replace('"scale"', '"scales"'),
      'what it says of its layers, received another text',
    ],
    [
      'no network',
      (text: string) => text.replace('"output_layers"', '"outputs"'),
      'the configuration of its layers, received another text',
    ],
    [
      'another size',
      (text: string) => text.replace('"units":1', '"units":2'),
      'the weight "head/kernel", received none',
    ],
  ])('are refused if they were changed: %s', async (_, change, complaint) => {
    const file = join(await temporaryFolder(), 'm.onnx');
    await saveModel(networkOf(BODIES['convolutions with normalizations']!, ZERO_TO_ONE), file);
    const { graph, info, layers: text } = await readModelFile(file);
    await writeModelFile(file, graph, info, { layers: change(text!) });
    await expect(loadModel(file)).rejects.toThrow(
      withMessage(
        `model "${file}": expected ${complaint}. The file was changed after it was written: save the model again, or use another copy.`,
      ),
    );
  });
});
