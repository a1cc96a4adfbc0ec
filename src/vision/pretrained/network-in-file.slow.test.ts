import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { zeros } from '../../core/tensor/tensor.ts';
import { parseModelConfig } from '../../core/weights/model-config.ts';
import { keras3Config } from '../../export/keras3-config.ts';
import { mobileNet } from '../architectures/mobilenet.ts';
import { identifyNetwork, networkFor } from './identify-network.ts';
import type { ConfiguredFile } from './network-in-file.ts';
import { findPretrainedConfig } from './pretrained-configs.ts';

const CONFIG = findPretrainedConfig('mobilenet_025');

type Json = Record<string, unknown>;

/** A file as Keras saves a model, all zeros; `change` works on the configuration of every layer. */
function fileOf(
  model: Functional,
  change: (layer: Json & { config: Json }) => void = () => {},
): ConfiguredFile {
  const json = structuredClone(keras3Config(model)) as { config: { layers: (Json & { config: Json })[] } };
  json.config.layers.forEach(change);
  return {
    format: 'keras-archive',
    where: 'weights "own.keras"',
    tensors: new Map(model.weights.map(({ name, weight }) => [name, zeros('float32', weight.spec.shape)])),
    layers: model.layers.map(({ name, weights }) => ({
      name,
      weights: weights.map(({ spec }) => ({ name: spec.name, key: `${name}/${spec.name}` })),
    })),
    config: parseModelConfig(json)!,
  };
}

function network(): Functional {
  return mobileNet({ inputShape: [64, 64, 3], alpha: 0.25 });
}

/** A model that has the network from `begin` to `end` of what it is applied to. */
function around(
  prepare: (pixels: SymbolicTensor) => SymbolicTensor,
  end: (features: SymbolicTensor) => SymbolicTensor,
): Functional {
  const pixels = input({ shape: [64, 64, 3] });
  const applied = new Map<SymbolicTensor, SymbolicTensor>();
  const base = network();
  applied.set(base.input, prepare(pixels));
  for (const { output } of base.layers) {
    if (applied.has(output)) continue;
    const { layer } = output;
    const copy = layer.constructor as unknown as { fromConfig(config: unknown): typeof layer };
    applied.set(
      output,
      copy.fromConfig(layer.getConfig()).apply(output.inputs.map((tensor) => applied.get(tensor)!)),
    );
  }
  return new Functional({ inputs: pixels, outputs: end(applied.get(base.output)!), name: 'own' });
}

const asItIs = (tensor: SymbolicTensor): SymbolicTensor => tensor;

describe('a network that a file has otherwise', () => {
  it('is refused, naming the first layer that differs', () => {
    const file = fileOf(network(), ({ config }) => {
      if (config['name'] === 'conv_dw_3') config['dilation_rate'] = [2, 2];
      if (config['name'] === 'conv_pw_5_bn') config['epsilon'] = 0.5;
    });
    expect(() => identifyNetwork(file)).toThrow(
      withMessage(
        'weights "own.keras": expected "conv_dw_3" with dilation_rate [1,1], as mobilenet_025 has it, ' +
          'received "conv_dw_3" with [2,2]. ' +
          'Up to "conv_pw_2_relu" it is the same: cut there, or export the model to ONNX and give that file.',
      ),
    );
    expect(networkFor(CONFIG, file, 'conv_pw_2_relu').inFile?.last).toBe('conv_pw_2_relu');
  });

  it('is refused where nothing is the same', () => {
    const file = fileOf(network(), ({ config }) => {
      if (config['name'] === 'conv1') config['strides'] = [1, 1];
    });
    expect(() => networkFor(CONFIG, file)).toThrow(
      withMessage(
        'weights "own.keras": expected "conv1" with strides [2,2], as mobilenet_025 has it, ' +
          'received "conv1" with [1,1]. Export the model to ONNX and give that file.',
      ),
    );
  });

  it('is refused where a layer was put in between', () => {
    const base = network();
    const json = structuredClone(keras3Config(base)) as unknown as {
      config: { layers: { name: string; inbound_nodes: unknown }[] };
    };
    const list = json.config.layers;
    const at = list.findIndex(({ name }) => name === 'conv_pw_1');
    list.splice(at, 0, {
      ...{ class_name: 'Activation', config: { name: 'between', activation: 'tanh' }, name: 'between' },
      inbound_nodes: list[at]!.inbound_nodes,
    });
    const text = JSON.stringify(list[at + 1]!.inbound_nodes).replace('"conv_dw_1_relu"', '"between"');
    list[at + 1]!.inbound_nodes = JSON.parse(text);
    const file = { ...fileOf(base), config: parseModelConfig(json)! };
    expect(() => identifyNetwork(file)).toThrow(
      withMessage(
        'weights "own.keras": expected "conv_pw_1" applied to "conv_dw_1_relu", as mobilenet_025 has it, ' +
          'received "conv_pw_1" applied to "between". ' +
          'Up to "conv_dw_1_relu" it is the same: cut there, or export the model to ONNX and give that file.',
      ),
    );
  });
});

describe('what stands before and behind the network', () => {
  it('is the scaling of pixels, and a head', () => {
    const file = fileOf(
      around(
        (pixels) =>
          layers
            .rescaling({ scale: 2, offset: -1 })
            .apply(layers.rescaling({ scale: 1 / 255 }).apply(pixels)),
        (features) => layers.dense({ units: 2 }).apply(layers.flatten().apply(features)),
      ),
    );
    const found = identifyNetwork(file)!;
    // As the pretrained config has it, to the bit: features that are known are known still.
    expect(found.preprocessing).toBe(CONFIG.preprocessing);
    expect(found.inFile?.isWhole).toBe(true);
    expect(found.notes).toEqual(['Layers behind "conv_pw_13_relu" are left out: "flatten", "dense".']);
  });

  it('must be known, as far as it is before', () => {
    const file = fileOf(around((pixels) => layers.softmax().apply(pixels), asItIs));
    expect(() => identifyNetwork(file)).toThrow(
      withMessage(
        'weights "own.keras": expected layers before the network that scale pixels, received "softmax" (Softmax). ' +
          'Save the network without that layer, and do to the images what it did.',
      ),
    );
  });

  it('must be no further convolution, unless a cut is named', () => {
    const file = fileOf(
      around(asItIs, (features) =>
        layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }).apply(features),
      ),
    );
    expect(identifyNetwork(file)).toBeUndefined();
    expect(() => networkFor(CONFIG, file)).toThrow(
      withMessage(
        'weights "own.keras": expected no convolution behind the network, as mobilenet_025 has it, received one. ' +
          'Up to "conv_pw_13_relu" it is the same: cut there, or export the model to ONNX and give that file.',
      ),
    );
    expect(networkFor(CONFIG, file, 'conv_pw_13_relu').notes).toEqual([
      'Layers behind "conv_pw_13_relu" are left out: "conv2d".',
    ]);
  });

  it('may be left open in size', () => {
    const file = fileOf(network(), ({ config }) => {
      if (config['batch_shape']) config['batch_shape'] = [null, null, null, 3];
    });
    const { inFile } = identifyNetwork(file)!;
    expect([inFile?.isWhole, inFile?.inputShape]).toEqual([true, undefined]);
  });
});

it('says where a training of the network would go on otherwise', () => {
  const file = fileOf(network(), ({ config }) => {
    if (config['name'] === 'conv_dw_1_bn') config['momentum'] = 0.5;
  });
  expect(identifyNetwork(file)!.notes).toEqual([
    'Unfrozen, the network trains with its own options: the file has "conv_dw_1_bn" with momentum 0.5, the network 0.99.',
  ]);
});
