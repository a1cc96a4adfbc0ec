/** @file The networks of PyTorch whose weights Graft takes as they are, by family. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
import { torchEfficientNetLite } from './torch-efficientnet-lite.ts';
import { torchMobileNets } from './torch-mobilenets.ts';
import type { TorchConfig, TorchFamily, TorchNetwork } from './torch-network.ts';
import { torchResNets } from './torch-resnets.ts';
import { torchVits } from './torch-vits.ts';
import { tensorsOf } from './torch-weights.ts';

/** In the order in which they are tried. */
export const TORCH_FAMILIES: readonly TorchFamily[] = [
  torchResNets,
  torchMobileNets,
  torchEfficientNetLite,
  torchVits,
];

/** The network that a file has the weights of; undefined for one of no family. Of its numbers nothing is read. */
export function identifyTorchNetwork(file: WeightFile, config?: TorchConfig): TorchNetwork | undefined {
  const tensors = tensorsOf(file);
  for (const { recognize } of TORCH_FAMILIES) {
    const found = recognize(tensors, config);
    if (found !== undefined) return configured(found, config);
  }
  return undefined;
}

/** What stands beside the weights counts for more than what is usual. */
function configured(network: TorchNetwork, config: TorchConfig | undefined): TorchNetwork {
  if (config === undefined) return network;
  const { pretrainedConfig: usual } = network;
  const { preprocessing = usual.preprocessing, preprocessingSource, sizePx } = config;
  return {
    ...network,
    pretrainedConfig: {
      ...usual,
      preprocessing,
      preprocessingSource:
        (config.preprocessing === undefined ? usual.preprocessingSource : preprocessingSource) ??
        'as it is usual',
      defaultSizePx: sizePx === undefined || sizePx < usual.minSizePx ? usual.defaultSizePx : sizePx,
    },
  };
}

/** The error of weights of another network. */
export function unknownTorchNetwork({ where }: WeightFile): GraftError {
  return new GraftError('weights', {
    where,
    expected: `weights of PyTorch of a network that Graft builds: ${TORCH_FAMILIES.map(({ title }) => title).join('; ')}`,
    received: 'those of another',
    advice:
      'Export the network as ONNX, torch.onnx.export(model, example, "model.onnx"), and give that file as the backbone: see docs/coming-from-pytorch.md.',
  });
}
