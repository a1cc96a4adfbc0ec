/** @file A saved model of Keras or TensorFlow.js as layers, with its weights: to be trained on, cut, or exported again. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { loadWeights } from '../../core/weights/apply.ts';
import { buildConfigured, type CustomLayerClass } from '../../core/weights/configured-model.ts';
import { findSources, withoutWeights } from '../../core/weights/own-weights.ts';
import type { WeightFileLayer } from '../../core/weights/weight-file.ts';
import { readWeights } from '../weights/read-weights.ts';

/** What `loadModel` takes beside the file. */
export interface LoadModelOptions {
  /** Classes of layers that are not Keras', as Keras' `custom_objects`: found by their `className`. */
  readonly customLayers?: readonly CustomLayerClass[] | undefined;
}

/**
 * Loads a model with its layers: `.keras`, `.h5` with a configuration, or a LayersModel of TensorFlow.js.
 *
 * @throws {GraftError} `file-not-found`; `weights`, if the file has no configuration or no weights for a layer; `model-file`,
 *   naming a layer whose class is not known: give it in `customLayers`.
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Functional> {
  const file = await readWeights(path);
  const { config, where } = file;
  if (config === undefined) {
    throw new GraftError('weights', {
      where,
      expected: 'a model with its configuration',
      received: 'weights alone, or layers that are not known to be connected',
      advice: 'Save the whole model, model.save("model.keras"), or build its layers and call loadWeights.',
    });
  }
  const sources = new Map<string, WeightFileLayer>();
  const sourceOf = findSources(file);
  const { customLayers } = options;
  const model = buildConfigured(config, { where, customLayers }, (layer, application) => {
    if (layer.weights.length === 0) return;
    const source = sourceOf(application);
    if (source === undefined) throw withoutWeights(file, application);
    sources.set(layer.name, source);
  });
  loadWeights(model, file, { sources });
  return model;
}
