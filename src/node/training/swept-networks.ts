/** @file The network for images that heads of a sweep grow from, as this machine loads it. */

import type { RecipeRequest } from '../../recipe/recipe.ts';
import { type SweptNetworks, sweptImageNetworks } from '../../runs/sweep/swept-networks.ts';
import { resolvePreprocessing } from '../../vision/preprocessing/preprocessing-choice.ts';
import { type LoadBackboneOptions, loadBackbone } from '../backbones/load-backbone.ts';

/**
 * Loads the network for images that some recipes ask for.
 *
 * @param requests - Of one backbone, see `sweepGrid`.
 * @throws {GraftError} As `loadBackbone`.
 */
export function loadSweptNetworks(
  requests: readonly RecipeRequest[],
  numClasses: number,
  download: LoadBackboneOptions['download'],
): Promise<SweptNetworks> {
  return sweptImageNetworks(requests, numClasses, (request, isFirst) => {
    const { cut, sizePx, weights, seed } = request;
    return loadBackbone(request.backbone, {
      inputShape: sizePx === undefined ? undefined : ([sizePx, sizePx, 3] as const),
      cut,
      weights: weights ?? undefined,
      preprocessing: resolvePreprocessing(request.preprocessing),
      seed,
      // Once is enough, where an ONNX file is read for every cut.
      download: isFirst ? download : download && { ...download, refetch: false },
    });
  });
}
