/** @file Networks of PyTorch by their tensors' names, against tools/oracle/torch_networks.py. */

import { describe, expect, it } from 'vitest';
import { LazyMap } from '../../../src/core/tensor/lazy-map.ts';
import { computeSize, type Tensor, tensor } from '../../../src/core/tensor/tensor.ts';
import { groupByLayer, type ShapedWeightFile } from '../../../src/core/weights/weight-file.ts';
import { backboneOfWeights } from '../../../src/vision/backbone/backbone.ts';
import type { TorchConfig } from '../../../src/vision/pretrained/torch-network.ts';
import { hash32, images, run } from './formula-inputs.ts';
import { expectSamples, type Sample } from './model-inputs.ts';
import fixture from './torch_networks.json' with { type: 'json' };

interface Network {
  readonly tensors: readonly string[];
  readonly config: Record<string, unknown> | null;
  readonly sizePx: number;
  readonly samples: readonly Sample[];
}

const NETWORKS = fixture.networks as unknown as Readonly<Record<string, Network>>;

const TABLE = Float64Array.from({ length: 65521 }, (_, i) => hash32(i, 1) / 2 ** 31 - 1);

/** As the script sets it. */
function formula(place: number, name: string, shape: readonly number[]): Tensor<'float32'> {
  const size = computeSize(shape);
  const isScale = shape.length === 1 && /(running_var|weight|gamma|lambda1)$/.test(name);
  const isOffset = /(bias|running_mean)$/.test(name) || shape.length < 2;
  const scale = isScale ? 0.25 : isOffset ? 0.1 : Math.sqrt(6 / (size / shape[0]!));
  const data = new Float32Array(size);
  const begin = (place * 7919) % TABLE.length;
  for (let i = 0; i < size; i++) data[i] = (isScale ? 1 : 0) + scale * TABLE[(begin + i) % TABLE.length]!;
  return tensor('float32', shape, data);
}

function fileOf({ tensors }: Network): ShapedWeightFile {
  const listed = tensors.map((line, place) => {
    const [name = '', sizes = ''] = line.split(' ');
    const shape = sizes === '' ? [] : sizes.split(',').map(Number);
    return { name, shape, read: () => formula(place, name, shape) };
  });
  const readers = new Map(listed.map(({ name, read }) => [name, read]));
  return {
    format: 'torch',
    where: 'weights "network.pth"',
    tensors: new LazyMap(readers),
    shapes: new Map(listed.map(({ name, shape }) => [name, shape])),
    layers: groupByLayer(readers.keys()),
  };
}

function configOf({ config }: Network): TorchConfig | undefined {
  return config === null
    ? undefined
    : { architecture: (config['architecture'] ?? config['model_type']) as string, settings: config };
}

describe.each(Object.entries(NETWORKS))('%s', (name, network) => {
  it('is recognized and gives the features of PyTorch', { timeout: 60_000 }, async () => {
    const { model, cut, pretrainedConfig } = backboneOfWeights(fileOf(network), {
      inputShape: [network.sizePx, network.sizePx, 3],
      torchConfig: configOf(network),
      upToCut: true,
    });
    const [source, id = source] = name.split(' ');
    expect(pretrainedConfig.id).toBe(id);
    const input = images(2, network.sizePx, network.sizePx);
    const [output] = await run(model, [model.getLayer(cut).output], input);
    expectSamples(output!, network.samples, 1e-4);
  });
});
