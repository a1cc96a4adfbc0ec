/** @file What heads of a sweep grow from: a network for images, or one for texts, loaded once for all of them. */

import type { RecipeRequest } from '../../recipe/recipe.ts';
import type { Backbone } from '../../vision/backbone/backbone.ts';
import type { ClassifierModel, ModalityFor } from '../classifier-options.ts';
import { growClassifier } from '../grow-classifier.ts';
import type { TextClassifierModel } from '../grow-text-classifier.ts';

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
 * @param open - Opens the backbone, cut as a recipe says. `isFirst` where it was not opened for another cut before.
 * @throws What `open` throws; {GraftError} `layer-not-found`.
 */
export async function sweptImageNetworks(
  requests: readonly RecipeRequest[],
  numClasses: number,
  open: (request: RecipeRequest, isFirst: boolean) => Promise<Backbone>,
): Promise<SweptNetworks & { readonly backbone: Backbone }> {
  const opened = new Map<string | undefined, Backbone>();
  let shared: Backbone | undefined;
  for (const request of requests) {
    const { cut } = request;
    if (opened.has(cut)) continue;
    // An ONNX file is another network for each cut; any other is opened once.
    if (shared !== undefined && shared.pretrainedConfig.architecture !== 'onnx') {
      opened.set(cut, { ...shared, cut: shared.model.getLayer(cut ?? shared.cut).name });
      continue;
    }
    shared = await open(request, shared === undefined);
    opened.set(cut, shared);
  }
  const backbone = opened.get(requests[0]!.cut)!;
  return {
    several: 'images',
    at: (cut) => (recipe) => growClassifier(opened.get(cut)!, recipe, numClasses),
    keepsFeatures: true,
    notes: backbone.notes,
    backbone,
  };
}
