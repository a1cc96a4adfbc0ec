/** @file What heads of a sweep grow from: a network for images, or one for texts, loaded once for all of them. */

import type { RecipeRequest } from '../../recipe/recipe.ts';
import type { ClassifierModel, ModalityFor } from '../../runs/classifier-options.ts';
import { growClassifier } from '../../runs/grow-classifier.ts';
import type { TextClassifierModel } from '../../runs/grow-text-classifier.ts';
import type { Backbone } from '../../vision/backbone/backbone.ts';
import { resolvePreprocessing } from '../../vision/preprocessing/preprocessing-choice.ts';
import { type LoadBackboneOptions, loadBackbone } from '../backbones/load-backbone.ts';

/** A classifier of a sweep. */
export type SweptModel = ClassifierModel | TextClassifierModel;

/** What heads of a sweep grow from. */
export interface SweptNetworks {
  /** What the examples are called: `images`. */
  readonly several: string;
  /** What grows heads at a cut; undefined is the network's own. They share layers and weights. */
  at(cut: string | undefined): (recipe: RecipeRequest) => SweptModel;
  /** The kind of the examples. Undefined for images. */
  readonly modality?: ModalityFor | undefined;
  /** Whether features may be kept between runs. */
  readonly keepsFeatures: boolean;
  /** Remarks on the network, one sentence each. */
  readonly notes: readonly string[];
  /** Ends what runs beside the network. */
  readonly rest?: (() => Promise<void>) | undefined;
}

/**
 * The network for images that some recipes ask for.
 *
 * @param requests - Of one backbone, see `sweepGrid`.
 * @throws {GraftError} As `loadBackbone`.
 */
export async function sweptImageNetworks(
  requests: readonly RecipeRequest[],
  numClasses: number,
  download: LoadBackboneOptions['download'],
): Promise<SweptNetworks> {
  const backbones = await loadBackbones(requests, download);
  return {
    several: 'images',
    at: (cut) => (recipe) => growClassifier(backbones(cut), recipe, numClasses),
    keepsFeatures: true,
    notes: backbones(requests[0]!.cut).notes,
  };
}

/** Gives the backbone for each cut. An ONNX file is another network for each of them; any other is loaded once. */
async function loadBackbones(
  requests: readonly RecipeRequest[],
  download: LoadBackboneOptions['download'],
): Promise<(cut: string | undefined) => Backbone> {
  const loaded = new Map<string | undefined, Backbone>();
  let shared: Backbone | undefined;
  for (const request of requests) {
    const { cut, sizePx, weights, seed } = request;
    const preprocessing = resolvePreprocessing(request.preprocessing);
    if (loaded.has(cut)) continue;
    if (shared !== undefined && shared.pretrainedConfig.architecture !== 'onnx') {
      loaded.set(cut, { ...shared, cut: shared.model.getLayer(cut ?? shared.cut).name });
      continue;
    }
    shared = await loadBackbone(request.backbone, {
      inputShape: sizePx === undefined ? undefined : ([sizePx, sizePx, 3] as const),
      cut,
      weights: weights ?? undefined,
      preprocessing,
      seed,
      // Once is enough, where an ONNX file is read for every cut.
      download: loaded.size === 0 ? download : download && { ...download, refetch: false },
    });
    loaded.set(cut, shared);
  }
  return (cut) => loaded.get(cut)!;
}
