/** @file Joined networks as their features are cached: each as a training with it alone has them. */

import type { FeaturePart } from '../core/features/joined-spaces.ts';
import type { TrainingFeaturesOptions } from '../core/features/training-features.ts';
import { Functional } from '../core/layers/functional.ts';
import { layers } from '../core/layers/layers.ts';
import { describeFeatures } from '../recipe/describe-features.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Backbone } from '../vision/backbone/backbone.ts';
import { lowerImages } from '../vision/preprocessing/image-graph.ts';
import type { TrainableModel } from './classifier-options.ts';

/** Undefined where the network is one. */
export function joinedFeatures(
  { backbone }: Pick<TrainableModel, 'backbone'>,
  recipe: Recipe,
): TrainingFeaturesOptions['joined'] {
  const { model, cut, parts } = backbone;
  return parts && { at: model.getLayer(cut).output, parts: parts.map((part) => partOf(part, recipe)) };
}

/** Up to the pooled features that a head grows from by default. */
function partOf({ model, cut, preprocessing, pretrainedConfig }: Backbone, recipe: Recipe): FeaturePart {
  const output = model.getLayer(cut).output;
  // Layers are named as if this were the only head.
  const giveNamesBack = output.scope.mark();
  const tensor = output.shape.length > 2 ? layers.globalAveragePooling2d().apply(output) : output;
  giveNamesBack();
  return {
    // Called as the model of a training is.
    model: new Functional({ inputs: model.inputs, outputs: tensor, name: 'classifier' }),
    tensor,
    lowerInputs: (builder, network) => lowerImages(builder, network, preprocessing),
    about: describeFeatures({ ...recipe, backbone: pretrainedConfig.id, cut }),
  };
}
