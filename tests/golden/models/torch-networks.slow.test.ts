/** @file Networks of PyTorch by their tensors' names, against tools/oracle/torch_networks.py. */

import { describe, expect, it } from 'vitest';
import { backboneOfWeights } from '../../../src/vision/backbone/backbone.ts';
import type { TorchConfig } from '../../../src/vision/pretrained/torch-network.ts';
import { images, run } from './formula-inputs.ts';
import { expectSamples, type Sample } from './model-inputs.ts';
import { torchFile } from './torch-formula-file.ts';
import fixture from './torch_networks.json' with { type: 'json' };

interface Network {
  readonly tensors: readonly string[];
  readonly config: Record<string, unknown> | null;
  readonly sizePx: number;
  readonly samples: readonly Sample[];
}

const NETWORKS = fixture.networks as unknown as Readonly<Record<string, Network>>;

function configOf({ config }: Network): TorchConfig | undefined {
  return config === null
    ? undefined
    : { architecture: (config['architecture'] ?? config['model_type']) as string, settings: config };
}

describe.each(Object.entries(NETWORKS))('%s', (name, network) => {
  it('is recognized and gives the features of PyTorch', { timeout: 60_000 }, async () => {
    const { model, cut, pretrainedConfig } = backboneOfWeights(torchFile(network.tensors), {
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
