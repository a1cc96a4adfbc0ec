/** @file Tells from a file of weights which network it was made for. */

import type { TfliteFile } from '../weights/tflite.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import { convolutionsOf } from './folded-weights.ts';
import { MOBILENET_V2_ALPHAS, mobileNetV2Channels } from './mobilenet-v2.ts';

export type Architecture =
  | { readonly architecture: 'mobilenet_v2'; readonly alpha: number }
  | { readonly architecture: 'inception_v3' };

/** MobileNetV2, with its width, by its last block; InceptionV3 by its 94 convolutions without names of their own. */
export function recogniseArchitecture(file: WeightFile): Architecture | undefined {
  const alpha = mobileNetV2Alpha(file);
  if (alpha !== undefined) return { architecture: 'mobilenet_v2', alpha };
  const numbered = (file.layers ?? []).filter((layer) => /^conv2d(_\d+)?$/.test(layer.name));
  return numbered.length >= 94 ? { architecture: 'inception_v3' } : undefined;
}

/** For `loadWeights`: what to do about a file of another network, or of another width. */
export function explainMisfit(file: WeightFile): string | undefined {
  const found = recogniseArchitecture(file);
  if (found === undefined) return undefined;
  return found.architecture === 'mobilenet_v2'
    ? `The file looks like MobileNetV2 of alpha ${found.alpha}: pass { alpha: ${found.alpha} }.`
    : 'The file looks like InceptionV3: use that network.';
}

/** Whether batch normalisation is folded into the file's convolutions. */
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
