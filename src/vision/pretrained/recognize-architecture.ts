/** @file Tells from a file of weights which network it was made for. */

import { computeSize } from '../../core/tensor/tensor.ts';
import type { TfliteFile } from '../../core/weights/tflite.ts';
import type { WeightFile } from '../../core/weights/weight-file.ts';
import { MOBILENET_V2_ALPHAS, mobileNetV2Channels } from '../architectures/mobilenet-v2.ts';
import { convolutionsOf } from './folded-weights.ts';
import type { KerasConfig, PretrainedConfig } from './pretrained-config.ts';
import { kerasConfigs } from './pretrained-configs.ts';

/** Layers of the networks' own tops. */
const TOP = /^(predictions|fc[12]|conv_preds|conv_2|logits|.*_head_dense)$/i;

const INCEPTION_V3_CONVOLUTIONS = 94;

/**
 * The network of Keras Applications that a file has the weights of, with or without its top. MobileNetV2 is known by its
 * last block, InceptionV3 by its convolutions without names of their own, all others by their number of weights.
 */
export function recognizeArchitecture(file: WeightFile): KerasConfig | undefined {
  const alpha = mobileNetV2Alpha(file);
  if (alpha !== undefined) return findConfig('mobilenet_v2', alpha);
  const layers = file.layers ?? [];
  const numbered = layers.filter(
    ({ name, isNameless }) => isNameless !== true && /^conv2d(_\d+)?$/.test(name),
  );
  if (numbered.length === INCEPTION_V3_CONVOLUTIONS) return findConfig('inception_v3');
  const parameters = layers
    .filter(({ name }) => !TOP.test(name))
    .flatMap(({ weights }) => weights.map(({ key }) => computeSize(file.tensors.get(key)?.shape ?? [])))
    .reduce((sum, size) => sum + size, 0);
  return kerasConfigs.find((pretrainedConfig) => pretrainedConfig.parameters === parameters);
}

function findConfig(architecture: string, alpha?: number): KerasConfig | undefined {
  return kerasConfigs.find(
    (pretrainedConfig) => pretrainedConfig.architecture === architecture && pretrainedConfig.alpha === alpha,
  );
}

/**
 * For `loadWeights`: what to do about a file of another network, or of another width.
 *
 * @param used - The network that the file did not fit, if it is one of the pretrained configs.
 */
export function explainMisfit(file: WeightFile, used?: PretrainedConfig): string | undefined {
  const found = recognizeArchitecture(file);
  if (found === undefined) return undefined;
  if (found.id === used?.id) {
    return `The file has as many numbers as ${found.title}, but not in its layers: save the model as .keras, which tells how they are connected.`;
  }
  return found.alpha === undefined
    ? `The file looks like ${found.title}: use that network.`
    : `The file looks like ${found.title.replace(/ [\d.]+$/, '')} of alpha ${found.alpha}: pass { alpha: ${found.alpha} }.`;
}

/** Whether batch normalization is folded into the file's convolutions. */
export function isTflite(file: WeightFile): file is TfliteFile {
  return file.format === 'tflite';
}

function mobileNetV2Alpha(file: WeightFile): number | undefined {
  const projections = isTflite(file)
    ? Array.from(convolutionsOf(file), ({ kernel: { shape } }) => [shape[3], shape[0]])
    : [lastProjection(file)?.slice(2) ?? []];
  return MOBILENET_V2_ALPHAS.find((alpha) =>
    projections.some(
      ([inputs, outputs]) =>
        inputs === 6 * mobileNetV2Channels(160, alpha) && outputs === mobileNetV2Channels(320, alpha),
    ),
  );
}

function lastProjection(file: WeightFile): readonly number[] | undefined {
  const kernel = file.layers?.find(({ name }) => name === 'block_16_project')?.weights[0];
  return kernel && file.tensors.get(kernel.key)?.shape;
}
