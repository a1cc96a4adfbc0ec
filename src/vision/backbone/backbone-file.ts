/** @file A backbone up to its cut as one small file, for pages: safetensors that say which network they are of. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { Functional } from '../../core/layers/functional.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import { readSafetensors, writeSafetensors } from '../../core/weights/safetensors.ts';
import { findPretrainedConfig } from '../pretrained/pretrained-configs.ts';
import { isTorchvisionName } from '../pretrained/torchvision-configs.ts';
import { type Backbone, type BackboneOptions, backboneOfWeights } from './backbone.ts';

/** Metadata entry with the network's name. */
const NETWORK_KEY = 'graft.backbone';

/**
 * The layers up to the cut. Numbers are float16 where that loses nothing, else float32: what is read again computes the same, to the bit.
 *
 * @param backbone - A network that `graft backbones` lists, with its weights.
 * @returns The bytes of a `.safetensors` file, which `graft train --backbone` takes, too.
 * @throws {GraftError} `argument`, for another network, such as that of an ONNX file.
 */
export function encodeBackbone(backbone: Backbone): Uint8Array<ArrayBuffer> {
  const { model, pretrainedConfig, cut } = backbone;
  const { id, license, trainedOn } = pretrainedConfig;
  const received =
    'build' in pretrainedConfig
      ? JSON.stringify(backbone.preprocessing) === JSON.stringify(findPretrainedConfig(id).preprocessing)
        ? undefined
        : 'one of its forms with another preprocessing'
      : 'one that is known by its file alone';
  if (received !== undefined) {
    throw new GraftError('argument', {
      where: `backbone "${id}"`,
      expected: 'a network as graft backbones lists it',
      received,
      advice: 'Take its own file: a page reads the files of ONNX and Keras, too.',
    });
  }
  const upToCut = new Functional({ inputs: model.inputs, outputs: model.getLayer(cut).output, name: id });
  const tensors = upToCut.layers.flatMap((layer) =>
    layer.weights.map(
      ({ spec, value }) => [`${layer.name}/${spec.name}`, tensor('float32', spec.shape, value)] as const,
    ),
  );
  return writeSafetensors(new Map(tensors), {
    dtype: 'exact',
    metadata: { [NETWORK_KEY]: id, cut, trainedOn, license },
  });
}

/**
 * A backbone from the bytes of such a file, or of any safetensors of a network that Graft knows.
 *
 * @param name - What messages call it.
 * @throws {GraftError} `weights`, if it is damaged, or of another network; `layer-not-found`: no such cut.
 */
export async function decodeBackbone(
  bytes: Uint8Array,
  name: string,
  options: BackboneOptions = {},
): Promise<Backbone> {
  const file = readSafetensors(bytes, `weights "${name}"`);
  const { [NETWORK_KEY]: network, cut, trainedOn, license } = file.metadata ?? {};
  if (network === undefined) return backboneOfWeights(file, { ...options, upToCut: true });
  const pretrainedConfig = findPretrainedConfig(network);
  const backbone = backboneOfWeights(file, {
    ...options,
    cut: options.cut ?? cut,
    upToCut: true,
    pretrainedConfig,
    // From Keras' MobileNets, torchvision's differ in what no weight tells.
    isKnown: isTorchvisionName(network),
  });
  // What its publisher says of a network does not hold for weights that someone brought.
  const isPublished = trainedOn === pretrainedConfig.trainedOn && license === pretrainedConfig.license;
  return isPublished ? { ...backbone, pretrainedConfig, notes: [] } : backbone;
}
