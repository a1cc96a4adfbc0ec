import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import type { SymbolicTensor } from '../../core/layers/layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { FileBudget } from '../../core/tensor/file-budget.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { FlatBufferTable } from '../../core/weights/flatbuffer-table.ts';
import { readTflite } from '../../core/weights/tflite.ts';
import { MODEL, QUANTIZATION, SUBGRAPH, TENSOR, TFLITE_MARK } from '../../core/weights/tflite-schema.ts';
import { MINUS_ONE_TO_ONE } from '../../vision/preprocessing/preprocessing.ts';
import { writeLayers } from '../write-layers.ts';
import type { TfliteOperator, TfliteTensor } from './tflite-graph.ts';
import { quantizeTflite } from './tflite-quantize.ts';

/** From images `[8, 8, 3]` on, no weight at its initial 0 or 1. */
function networkOf(body: (image: SymbolicTensor) => SymbolicTensor): Functional {
  const image = input({ shape: [8, 8, 3], name: 'image' });
  const model = new Functional({ inputs: image, outputs: body(image), name: 'small' });
  model.initialize({ seed: 1 });
  const random = createRandom(2);
  for (const { weight } of model.weights) {
    weight.value = weight.value.map((value) => value + 0.5 * random.uniform() - 0.25);
  }
  return model;
}

async function* noise(): AsyncGenerator<Uint8Array> {
  const random = createRandom(3);
  for (let image = 0; image < 4; image++) {
    yield Uint8Array.from({ length: 8 * 8 * 3 }, () => 256 * random.uniform());
  }
}

async function filesOf(model: Functional): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const written = await writeLayers(model, {
    format: 'tflite',
    preprocessing: MINUS_ONE_TO_ONE,
    calibration: { images: noise() },
  });
  return written as ReadonlyMap<string, string | Uint8Array>;
}

describe('a model in int8', () => {
  it('has weights within half a step of their own: of each filter, of dense layers of all', async () => {
    const model = networkOf((image) => {
      const x = layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv' }).apply(image);
      return layers.dense({ units: 2, name: 'dense' }).apply(layers.flatten().apply(x));
    });
    // One filter far larger than the others costs them nothing.
    const kernel = model.getLayer('conv').weight('kernel');
    kernel.value = kernel.value.map((value, index) => (index % 4 === 0 ? 100 * value : value));
    const files = await filesOf(model);
    const { tensors } = readTflite(files.get('model.tflite') as Uint8Array, 'weights "m.tflite"');
    const stored = tensors.get('conv/kernel')!.data;
    for (let filter = 0; filter < 4; filter++) {
      const own = kernel.value.filter((_, index) => index % 4 === filter);
      const step = Math.max(...own.map(Math.abs)) / 127;
      const rounded = stored.subarray(27 * filter, 27 * (filter + 1));
      expect(rounded).toBeAllClose([...own], { atol: 0.5001 * step, rtol: 0 });
      expect(new Set(Array.from(rounded, (value) => Math.round(value / step))).size).toBeGreaterThan(10);
    }
    const dense = model.getLayer('dense').weight('kernel').value;
    const step = Math.max(...dense.map(Math.abs)) / 127;
    const turned = [0, 1].flatMap((unit) => [...dense.filter((_, index) => index % 2 === unit)]);
    expect(tensors.get('dense/kernel')!.data).toBeAllClose(turned, { atol: 0.5001 * step, rtol: 0 });
  });

  it('takes and gives bytes, and says so', async () => {
    const files = await filesOf(
      networkOf((image) =>
        layers.dense({ units: 3, activation: 'softmax' }).apply(layers.globalAveragePooling2d().apply(image)),
      ),
    );
    const { operators } = readTflite(files.get('model.tflite') as Uint8Array, 'weights "m.tflite"');
    expect(operators.map(({ op }) => op)).toEqual([
      ...['QUANTIZE', 'DEPTHWISE_CONV_2D', 'MEAN', 'FULLY_CONNECTED', 'SOFTMAX', 'QUANTIZE'],
    ]);
    expect(JSON.parse(files.get('metadata.json') as string).input).toMatchObject({
      dtype: 'uint8',
      range: [0, 255],
    });
  });

  it('has room for any probability of two classes, whatever the images were', async () => {
    const model = networkOf((image) =>
      layers.dense({ units: 1, activation: 'sigmoid' }).apply(layers.globalAveragePooling2d().apply(image)),
    );
    const written = await writeLayers(model, {
      ...{ format: 'tflite', preprocessing: MINUS_ONE_TO_ONE, labels: ['a', 'b'] },
      calibration: { images: noise() },
    });
    const bytes = (written as ReadonlyMap<string, Uint8Array>).get('model.tflite')!;
    const root = FlatBufferTable.root(bytes, TFLITE_MARK, new FileBudget(bytes.length, { where: 'm' }));
    const tensors = root.tables(MODEL.subgraphs)[0]!.tables(SUBGRAPH.tensors);
    const output = tensors.find((tensor) => tensor.string(TENSOR.name) === 'each_class')!;
    const quantization = output.table(TENSOR.quantization)!;
    expect([
      ...quantization.float32s(QUANTIZATION.scale),
      ...quantization.int64s(QUANTIZATION.zeroPoint),
    ]).toEqual([...[Math.fround(1 / 255), 0]]);
  });

  it('needs images, pixels to take, and a format that has it', async () => {
    const model = networkOf((x) => layers.globalAveragePooling2d().apply(x));
    const preprocessing = MINUS_ONE_TO_ONE;
    const calibration = { images: noise() };
    async function* nothing(): AsyncGenerator<Uint8Array> {}
    const none = writeLayers(model, { format: 'tflite', preprocessing, calibration: { images: nothing() } });
    await expect(none).rejects.toThrow(
      withMessage(
        'calibration: expected images such as the model will see, received none. Give some of those that it was trained on.',
      ),
    );
    await expect(writeLayers(model, { format: 'tflite', calibration })).rejects.toThrow(
      withMessage(
        'export to tflite: expected preprocessing, so that the model takes pixels, received none. Give it, or leave calibration out.',
      ),
    );
    await expect(writeLayers(model, { format: 'keras', preprocessing, calibration })).rejects.toThrow(
      withMessage(
        'export to keras: expected float32, received images for integers of 8 bits. Leave calibration out, or export to tflite.',
      ),
    );
  });

  it.each([
    [
      'an activation without integers',
      (x: SymbolicTensor) => layers.activation({ activation: 'gelu', name: 'bent' }).apply(x),
      'layer "bent": expected an operator that TensorFlow Lite in int8 has, received "GELU". ',
    ],
    [
      'a normalization that is many operators',
      (x: SymbolicTensor) => layers.layerNormalization({ name: 'even' }).apply(x),
      'layer "even/mean": expected the output of a layer, whose range is known, that TensorFlow Lite in int8 has, received "MEAN" within it. ',
    ],
  ])('refuses %s', async (_title, body, message) => {
    await expect(filesOf(networkOf(body))).rejects.toThrow(
      withMessage(`${message}Export to tflite without --quantize instead.`),
    );
  });

  it('gives what is tied one scale, and what has a range of its own that', () => {
    const tensor = (name: string): TfliteTensor => ({ name, shape: [null, 4] });
    const [x, gate, other] = [tensor('x'), tensor('gate'), tensor('other')];
    const [both, end] = [tensor('both'), tensor('end')];
    const row = (op: TfliteOperator['op'], inputs: TfliteTensor[], output: TfliteTensor): TfliteOperator => ({
      ...{ op, inputs, output, options: {}, activation: 'none' },
    });
    const graph = {
      inputs: [x],
      outputs: [end],
      operators: [
        row('RELU', [x], gate),
        row('RELU', [gate], other),
        row('CONCATENATION', [gate, other], both),
        row('LOGISTIC', [both], end),
      ],
    };
    const ranges = new Map([
      [gate, { min: 0, max: 76.5 }],
      [other, { min: -25.5, max: 0 }],
      [both, { min: 0, max: 1 }],
    ]);
    const { operators } = quantizeTflite(graph, ranges);
    const scales = Object.fromEntries(
      operators.map(({ output }) => [
        output.name,
        [output.quantization!.scale[0], output.quantization!.zeroPoint[0]],
      ]),
    );
    const tied = [Math.fround(102 / 255), -64];
    expect(scales).toEqual({
      'x/int8': [1, -128],
      gate: tied,
      other: tied,
      both: tied,
      'end/int8': [1 / 256, -128],
      end: [1 / 256, 0],
    });
  });
});
