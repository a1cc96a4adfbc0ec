import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { simplify } from '../../core/graph/passes/simplify.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import type { SymbolicTensor } from '../../core/layers/layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { fromGraphOrder, modelGraph } from '../../core/layers/lower-model.ts';
import { FileBudget } from '../../core/tensor/file-budget.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { FlatBufferTable } from '../../core/weights/flatbuffer-table.ts';
import { readTflite } from '../../core/weights/tflite.ts';
import { BUFFER, METADATA, MODEL, TFLITE_MARK } from '../../core/weights/tflite-schema.ts';
import { MINUS_ONE_TO_ONE } from '../../vision/preprocessing/preprocessing.ts';
import { type WriteLayersOptions, writeLayers } from '../write-layers.ts';

/** A small model of images, no weight at its initial 0 or 1. */
function networkOf(body: (image: SymbolicTensor) => SymbolicTensor): Functional {
  const image = input({ shape: [8, 8, 3], name: 'image' });
  const model = new Functional({ inputs: image, outputs: body(image), name: 'small' });
  model.initialize({ seed: 1 });
  const random = createRandom(2);
  for (const { weight } of model.weights)
    weight.value = weight.value.map((value) => value + random.uniform());
  return model;
}

async function filesOf(
  model: Functional,
  options: Partial<WriteLayersOptions> = {},
): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const date = new Date('2026-02-03T04:05:06Z');
  const written = await writeLayers(model, { format: 'tflite', date, ...options });
  return written as ReadonlyMap<string, string | Uint8Array>;
}

async function written(model: Functional, options: Partial<WriteLayersOptions> = {}) {
  const files = await filesOf(model, options);
  return readTflite(files.get('model.tflite') as Uint8Array, 'weights "model.tflite"');
}

function head(units: number, activation: 'sigmoid' | 'softmax' | 'linear'): Functional {
  return networkOf((image) => {
    const pooled = layers.globalAveragePooling2d({ name: 'pool' }).apply(image);
    return layers.dense({ units, activation, name: 'predictions' }).apply(pooled);
  });
}

/** `[..., outputs]` to `[outputs, ...]`, one number after another. */
function outputsFirst(values: Float32Array, outputs: number): number[] {
  const each = values.length / outputs;
  return Array.from(
    { length: values.length },
    (_, index) => values[(index % each) * outputs + Math.floor(index / each)]!,
  );
}

describe("a model in TensorFlow Lite's format", () => {
  it('has every weight bit for bit', async () => {
    const model = networkOf((image) => {
      let x = layers.conv2d({ filters: 5, kernelSize: [3, 2], name: 'conv' }).apply(image);
      x = layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name: 'depthwise' }).apply(x);
      x = layers.separableConv2d({ filters: 4, kernelSize: 2, name: 'separable' }).apply(x);
      return layers.dense({ units: 2, name: 'dense' }).apply(layers.flatten().apply(x));
    });
    const { tensors } = await written(model);
    const numbers = (layer: string, weight: string): Float32Array =>
      model.getLayer(layer).weight(weight).value;
    const expected = {
      'conv/kernel': [[5, 3, 2, 3], outputsFirst(numbers('conv', 'kernel'), 5)],
      'conv/bias': [[5], [...numbers('conv', 'bias')]],
      'depthwise/depthwise_kernel': [[1, 3, 3, 10], [...numbers('depthwise', 'depthwise_kernel')]],
      'depthwise/bias': [[10], [...numbers('depthwise', 'bias')]],
      'separable/depthwise_kernel': [[1, 2, 2, 10], [...numbers('separable', 'depthwise_kernel')]],
      'separable/pointwise_kernel': [
        [4, 1, 1, 10],
        outputsFirst(numbers('separable', 'pointwise_kernel'), 4),
      ],
      'dense/kernel': [[2, 4 * 3 * 4], outputsFirst(numbers('dense', 'kernel'), 2)],
      'dense/bias': [[2], [...numbers('dense', 'bias')]],
    };
    for (const [name, [shape, values]] of Object.entries(expected)) {
      const stored = tensors.get(name);
      expect([name, stored?.shape, [...(stored?.data ?? [])]]).toEqual([name, shape, values]);
    }
  });

  it('has normalizations in the kernels before them, as the model file of ONNX has', async () => {
    const model = networkOf((image) => {
      let x = layers.conv2d({ filters: 5, kernelSize: 3, useBias: false, name: 'conv' }).apply(image);
      x = layers.reLU({ maxValue: 6 }).apply(layers.batchNormalization({ name: 'norm' }).apply(x));
      x = layers.depthwiseConv2d({ kernelSize: 3, name: 'depthwise' }).apply(x);
      return layers.activation({ activation: 'relu' }).apply(layers.batchNormalization().apply(x));
    });
    const { constants } = simplify(modelGraph(model));
    const { tensors, operators } = await written(model);
    expect(operators.map(({ op }) => op)).toEqual(['CONV_2D', 'DEPTHWISE_CONV_2D']);
    const { spec } = model.getLayer('conv').weight('kernel');
    const folded = fromGraphOrder(spec, constants.get('conv/kernel/folded')!.data as Float32Array);
    expect([...tensors.get('conv/kernel/folded')!.data]).toEqual(outputsFirst(folded, 5));
    const depthwise = model.getLayer('depthwise').weight('depthwise_kernel').spec;
    expect([...tensors.get('depthwise/depthwise_kernel/folded')!.data]).toEqual([
      ...fromGraphOrder(depthwise, constants.get('depthwise/depthwise_kernel/folded')!.data as Float32Array),
    ]);
    const bias = operators[0]!.inputs[2]!;
    const theirs = [...constants].find(([name]) => name.startsWith('norm/') && name.endsWith('/bias'))![1];
    expect(tensors.get(bias)!.data).toBeAllClose([...(theirs.data as Float32Array)], { atol: 0, rtol: 1e-7 });
  });

  it('leaves a normalization apart that something else than it reads the input of', async () => {
    const model = networkOf((image) => {
      const x = layers.conv2d({ filters: 3, kernelSize: 1, name: 'conv' }).apply(image);
      return layers.add().apply([layers.batchNormalization().apply(x), x]);
    });
    const { operators, tensors } = await written(model);
    expect(operators.map(({ op }) => op)).toEqual(['CONV_2D', 'DEPTHWISE_CONV_2D', 'ADD']);
    expect(tensors.has('conv/kernel')).toBe(true);
  });

  it('has data where a program may use it in place: at multiples of 16', async () => {
    const model = networkOf((image) => {
      let x: SymbolicTensor = layers.globalAveragePooling2d().apply(image);
      for (const units of [5, 7, 2, 3]) x = layers.dense({ units }).apply(x);
      return x;
    });
    const bytes = (await filesOf(model)).get('model.tflite') as Uint8Array;
    const whole = Buffer.from(bytes);
    for (const { name, weight } of model.weights) {
      const values = outputsFirst(weight.value, weight.spec.shape.at(-1)!);
      const place = whole.indexOf(Buffer.from(Float32Array.from(values).buffer));
      expect([name, place > 0, place % 16]).toEqual([name, true, 0]);
    }
  });

  it('comes with the names of the classes, and the model last', async () => {
    const labels = ['cats', 'two\nlines', 'dogs'];
    const files = await filesOf(head(3, 'softmax'), { labels, preprocessing: MINUS_ONE_TO_ONE });
    expect([...files.keys()]).toEqual(['labels.txt', 'metadata.json', 'model.tflite']);
    expect(files.get('labels.txt')).toBe('0 cats\n1 two lines\n2 dogs\n');
    expect(JSON.parse(files.get('metadata.json') as string)).toEqual({
      modelName: 'small',
      timeStamp: '2026-02-03T04:05:06.000Z',
      generatedBy: 'graft',
      labels,
      input: { dtype: 'float32', shape: [8, 8, 3], channels: 'rgb', range: [0, 255] },
      output: 'probabilities, in the order of labels',
    });
  });

  it.each([
    ['two classes: a probability for each', 'classification', ['a', 'b'], 1, 'sigmoid', 2],
    ['two classes with an output each', 'classification', ['a', 'b'], 2, 'softmax', 2],
    ['one label', 'multi-label', ['a'], 1, 'sigmoid', 1],
    ['two labels', 'multi-label', ['a', 'b'], 2, 'sigmoid', 2],
    ['a value', 'regression', ['a'], 1, 'linear', 1],
    ['no names', 'classification', undefined, 1, 'sigmoid', 1],
  ] as const)('%s', async (_title, task, labels, units, activation, outputs) => {
    const named = { task, ...(labels === undefined ? {} : { labels }) };
    const { operators, tensors } = await written(head(units, activation), named);
    const dense = operators.filter(({ op }) => op === 'FULLY_CONNECTED');
    const kernel = tensors.get(dense.at(-1)!.inputs[1]!)!;
    expect([dense.length, kernel.shape[0]]).toEqual([outputs === units ? 1 : 2, outputs]);
    const files = await filesOf(head(units, activation), named);
    expect(files.has('labels.txt')).toBe(labels !== undefined);
  });

  it('is the same bytes each time', async () => {
    const [once, again] = [await filesOf(head(3, 'softmax')), await filesOf(head(3, 'softmax'))];
    expect(Buffer.compare(once.get('model.tflite') as Buffer, again.get('model.tflite') as Buffer)).toBe(0);
  });

  it('has the names of its classes in a zip behind it, which other readers pass over', async () => {
    const labels = ['bars', 'discs\r\n', 'größer'];
    const model = head(3, 'softmax');
    const options = { labels, preprocessing: MINUS_ONE_TO_ONE };
    const file = (await filesOf(model, options)).get('model.tflite') as Uint8Array;
    const { 'labels.txt': lines, ...others } = unzipSync(file);
    expect([strFromU8(lines!), others]).toEqual(['bars\ndiscs \ngrößer\n', {}]);
    const [metadata] = metadataOf(file);
    expect(metadata?.string(0)).toBe('ImageClassifier');
    const { tensors } = readTflite(file, 'weights "model.tflite"');
    expect([...tensors.keys()].length).toBeGreaterThan(0);
    expect((await filesOf(model, options)).get('model.tflite')).toEqual(file);
  });

  it.each([
    ['values', { task: 'regression', preprocessing: MINUS_ONE_TO_ONE }],
    ['what takes no pixels', {}],
  ] as const)('says nothing of classes where it gives %s', async (_what, options) => {
    const labels = ['width', 'height', 'depth'];
    const file = (await filesOf(head(3, 'linear'), { labels, ...options })).get('model.tflite') as Uint8Array;
    expect(metadataOf(file)).toEqual([]);
    expect(() => unzipSync(file)).toThrow('invalid zip data');
  });
});

/** What the file has under the name that MediaPipe looks for. */
function metadataOf(file: Uint8Array): FlatBufferTable[] {
  const budget = new FileBudget(file.length, { where: 'weights "model.tflite"' });
  const model = FlatBufferTable.root(file, TFLITE_MARK, budget);
  const buffers = model.tables(MODEL.buffers);
  return model
    .tables(MODEL.metadata)
    .filter((entry) => entry.string(METADATA.name) === 'TFLITE_METADATA')
    .map((entry) =>
      FlatBufferTable.root(buffers[entry.uint32(METADATA.buffer)]!.bytes(BUFFER.data)!, 'M001', budget),
    );
}
