import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { type ModelProto, ModelProtoSchema, TensorProto_DataLocation } from '../../core/onnx/onnx_pb.ts';
import { TORCH_PREPROCESSING } from '../../vision/preprocessing/preprocessing.ts';
import { loadBackbone } from './load-backbone.ts';
import { loadGraphBackbone } from './onnx-file.ts';
import { summarizeFile } from './summarize-file.ts';

const CONVOLUTIONS = 'tests/golden/onnx/convolutions.onnx';
const ATTENTION = 'tests/golden/onnx/attention.onnx';

/** A copy of a file whose inside is changed, in a folder of its own. */
async function withEdited<T>(
  path: string,
  edit: (model: ModelProto, folder: string) => void | Promise<void>,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
  try {
    const model = fromBinary(ModelProtoSchema, await readFile(path));
    await edit(model, folder);
    const edited = join(folder, 'net.onnx');
    await writeFile(edited, toBinary(ModelProtoSchema, model));
    return await use(edited);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('loadGraphBackbone', () => {
  it('cuts before the last pooling, and shows images as NHWC', async () => {
    const { model, layer, cut, preprocessing } = await loadGraphBackbone(CONVOLUTIONS);
    expect(cut).toBe('/features/features.9/PRelu_output_0');
    expect(model.layers.map(({ name, className }) => [name, className])).toEqual([
      ['image', 'InputLayer'],
      [cut, 'OnnxGraph'],
    ]);
    expect(model.input.shape).toEqual([null, 16, 16, 3]);
    expect(model.output.shape).toEqual([null, 4, 4, 24]);
    expect(layer.trainable).toBe(false);
    expect(model.countParams()).toMatchObject({ trainable: 0, nonTrainable: model.countParams().total });
    expect(preprocessing).toBe(TORCH_PREPROCESSING);
  });

  it('cuts before the last product where nothing is pooled', async () => {
    const { model, cut } = await loadGraphBackbone(ATTENTION);
    expect(cut).toBe('select_3');
    expect(model.output.shape).toEqual([null, 16]);
  });

  it('cuts at any value, or at the node that makes it', async () => {
    const byValue = await loadGraphBackbone(CONVOLUTIONS, { cut: '/features/features.7/MaxPool_output_0' });
    const byNode = await loadGraphBackbone(CONVOLUTIONS, { cut: '/features/features.7/MaxPool' });
    expect(byNode.cut).toBe(byValue.cut);
    expect(byValue.model.output.shape).toEqual([null, 4, 4, 16]);
    // In the middle of the normalization the channels stand last, which is how a person sees them anyway.
    const inside = await loadGraphBackbone(CONVOLUTIONS, {
      cut: '/features/features.5/norm/LayerNormalization_output_0',
    });
    expect([inside.model.output.shape, inside.layer.outputLayout]).toEqual([[null, 8, 8, 16], 'plain']);
  });

  it('takes images of another size where the network can', async () => {
    const { model } = await loadGraphBackbone(CONVOLUTIONS, {
      cut: '/features/features.4/Mul_output_0',
      inputShape: [20, 28, 3],
    });
    expect(model.output.shape).toEqual([null, 10, 14, 16]);
    await expect(loadGraphBackbone(CONVOLUTIONS, { inputShape: [20, 28, 3] })).rejects.toThrow(
      withMessage(
        'model "convolutions.onnx": expected Reshape "/features/features.6/Reshape" to work on images ' +
          '[N, 3, 20, 28], with as many elements as in [1, 16, 10, 14], received [1, 2, 8, 8, 8]. ' +
          'The file was written for [1, 3, 16, 16]: use that size, or cut it before this node.',
      ),
    );
  });

  it('tells the nearest names of a cut that is not there', async () => {
    await expect(
      loadGraphBackbone(CONVOLUTIONS, { cut: '/features/features.7/MaxPool_output' }),
    ).rejects.toThrow(
      withMessage(
        'model "convolutions.onnx": expected the name of a value to cut at, ' +
          'received "/features/features.7/MaxPool_output". The nearest names are ' +
          '"/features/features.7/MaxPool_output_0", "/features/features.4/Mul_output_0", ' +
          '"/features/features.6/Mul_output_0".',
      ),
    );
  });

  it('refuses a cut that is not one part for each image', async () => {
    await expect(loadGraphBackbone(ATTENTION, { cut: 'transpose_1' })).rejects.toThrow(
      withMessage(
        'model "attention.onnx": expected a cut with numbers for each image of a batch, float32 [N, ...], ' +
          'received "transpose_1", float32 [17, N, 16]. Cut at another value.',
      ),
    );
  });

  it('minds only the operators on the way to the cut', async () => {
    const unknown = (model: ModelProto): void => {
      model.graph!.node.find(({ opType }) => opType === 'Gemm')!.opType = 'Det';
    };
    await withEdited(CONVOLUTIONS, unknown, async (path) => {
      expect((await loadGraphBackbone(path)).cut).toBe('/features/features.9/PRelu_output_0');
      await expect(loadGraphBackbone(path, { cut: 'logits' })).rejects.toThrow(
        withMessage(
          'node "/classifier/classifier.1/Gemm": expected an operator that Graft has, received "Det". ' +
            'Export the model without this operator, or cut it before this node.',
        ),
      );
    });
  });

  it('reads numbers that stand in a file beside, and in no other place', async () => {
    const move = (location: string) => async (model: ModelProto, folder: string) => {
      const tensor = model.graph!.initializer.find(({ rawData }) => rawData.length > 100)!;
      await writeFile(join(folder, 'net.data'), Buffer.concat([Buffer.alloc(64), tensor.rawData]));
      const entries = { location, offset: '64', length: `${tensor.rawData.length}` };
      Object.assign(tensor, {
        rawData: new Uint8Array(0),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries(entries).map(([key, value]) => ({ ...template(model), key, value })),
      });
    };
    const whole = await loadGraphBackbone(CONVOLUTIONS);
    await withEdited(CONVOLUTIONS, move('net.data'), async (path) => {
      const { layer } = await loadGraphBackbone(path);
      expect(layer.weights.map(({ value }) => value)).toEqual(whole.layer.weights.map(({ value }) => value));
    });
    await withEdited(CONVOLUTIONS, move('gone.data'), (path) =>
      expect(loadGraphBackbone(path)).rejects.toThrow(
        withMessage(
          'model "net.onnx": expected the file "gone.data" with its numbers, received none. ' +
            'Copy it beside the model, or save the model as a single file.',
        ),
      ),
    );
    await withEdited(CONVOLUTIONS, move('../net.data'), (path) =>
      expect(loadGraphBackbone(path)).rejects.toThrow(
        withMessage(
          'model "net.onnx": expected external data beside the model, received "../net.data". ' +
            'Save the model as a single file.',
        ),
      ),
    );
  });

  it('takes mean and deviation from the metadata', async () => {
    const tell = (model: ModelProto): void => {
      const entry = { key: 'mean', value: '[0.5, 0.5, 0.25]' };
      model.metadataProps = [entry, { key: 'std', value: '0.5,0.25,1' }].map((each) => ({
        $typeName: 'onnx.StringStringEntryProto' as const,
        ...each,
      }));
    };
    await withEdited(CONVOLUTIONS, tell, async (path) => {
      expect((await loadGraphBackbone(path)).preprocessing).toEqual({
        channelOrder: 'rgb',
        scale: [1 / 127.5, 1 / 63.75, 1 / 255],
        offset: [-1, -2, -0.25],
      });
    });
  });

  it('says what it is missing in a file of something else', async () => {
    const sound = (model: ModelProto): void => {
      const { type } = model.graph!.input[0]!;
      if (type?.value.case === 'tensorType') type.value.value.shape!.dim.length = 2;
      model.graph!.node = [];
      model.graph!.output = [];
    };
    await withEdited(CONVOLUTIONS, sound, (path) =>
      expect(loadGraphBackbone(path)).rejects.toThrow(
        withMessage(
          'model "net.onnx": expected one input of images, [N, 3, H, W] or [N, H, W, 3], ' +
            'received "input" float32 [1, 3]. Give a network that takes images.',
        ),
      ),
    );
    await expect(loadGraphBackbone('package.json')).rejects.toMatchObject({ code: 'model-file' });
    await expect(loadGraphBackbone('no/net.onnx')).rejects.toThrow(
      withMessage('model "net.onnx": expected a file, received no file at "no/net.onnx". Check the path.'),
    );
  });
});

describe('loadBackbone of an ONNX file', () => {
  it('gives a cut that finds the same place again', async () => {
    const { pretrainedConfig, cut, model } = await loadBackbone(CONVOLUTIONS);
    expect(pretrainedConfig).toMatchObject({ id: 'convolutions', architecture: 'onnx', defaultSizePx: 16 });
    expect(model.getLayer(cut).output).toBe(model.output);
    expect((await loadBackbone(CONVOLUTIONS, { cut })).cut).toBe(cut);
  });
});

describe('summarizeFile', () => {
  it('lists where an ONNX file can be cut', async () => {
    const lines = (await summarizeFile(CONVOLUTIONS)).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'model "convolutions.onnx": ONNX, written by pytorch 2.15.0',
      'input   input  float32 [1, 3, 16, 16]',
      'output  logits  float32 [1, 5]',
      "pixels  [0, 1], less ImageNet's mean, divided by its deviation " +
        '(assumed, for the file does not tell; --preprocessing says otherwise)',
    ]);
    expect(lines.slice(-4)).toEqual([
      '  /features/features.9/PRelu_output_0  float32 [1, 24, 4, 4]  <- unless another is named',
      '  /GlobalAveragePool_output_0  float32 [1, 24, 1, 1]',
      '  /Flatten_output_0  float32 [1, 24]',
      '  logits  float32 [1, 5]',
    ]);
  });

  it('lists the tensors of weights that no architecture is known for', async () => {
    const lines = (await summarizeFile('tests/golden/weights/keras_legacy.h5')).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'weights "keras_legacy.h5": Keras, HDF5',
      '',
      'Tensor                    Shape         Type     Parameters',
      'Conv1/kernel              [3, 3, 3, 4]  float32         108',
    ]);
    expect(lines.at(-1)).toBe('11 tensors of 5 layers, 501 parameters');
  });

  it('adds the classes of Teachable Machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
    try {
      const weights = [{ name: 'dense/bias', shape: [2], dtype: 'float32' }];
      const model = { weightsManifest: [{ paths: ['weights.bin'], weights }] };
      await writeFile(join(folder, 'model.json'), JSON.stringify(model));
      await writeFile(join(folder, 'weights.bin'), new Uint8Array(8));
      await writeFile(join(folder, 'metadata.json'), JSON.stringify({ labels: ['cat', 'dog'] }));
      expect((await summarizeFile(folder)).split('\n').at(-1)).toBe('Classes: cat, dog');
      await copyFile(join(folder, 'weights.bin'), join(folder, 'metadata.json'));
      expect(await summarizeFile(folder)).not.toContain('Classes');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function template(model: ModelProto) {
  return { $typeName: 'onnx.StringStringEntryProto' as const, $unknown: model.$unknown ?? [] };
}
