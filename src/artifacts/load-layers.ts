/** @file A saved model as layers, whoever saved it: one of Keras or TensorFlow.js, or a model file of Graft. */

import { GraftError } from '../errors/graft-error.ts';
import type { Functional } from '../layers/functional.ts';
import { isOnnxPath } from '../models/graph-backbone.ts';
import type { Preprocessing } from '../models/preprocessing.ts';
import { type LoadModelOptions as LayerOptions, loadModel as loadFunctional } from '../node/load-model.ts';
import { Model } from '../runs/model.ts';
import { rebuildClassifier } from './export/rebuilt-classifier.ts';
import { readModelFile } from './model-file.ts';

/** What `loadModel` takes beside the file. */
export interface LoadModelOptions extends LayerOptions {
  /** Of a model file of Graft: a weights file instead of the recipe's backbone, where that one has moved. */
  readonly backbone?: string | undefined;
}

/**
 * Loads a model with its layers and weights: `.keras`, `.h5` with a configuration, a LayersModel of TensorFlow.js, or the
 * `model.onnx` that `graft train` or `saveClassifier` wrote. It can be compiled and fitted, and new layers grow from any of its own.
 *
 * A model file holds operators alone: its layers are built by its recipe, with the backbone's pretrained weights, which are
 * read again where it was frozen, and all trained weights from the file. Its preprocessing comes along, and those layers are
 * trainable that were when the training ended.
 *
 * @throws {GraftError} `file-not-found`; `weights`, if the file has no configuration or no weights for a layer; `model-file`,
 *   naming a layer whose class is not known: give it in `customLayers`; or if a model file has no recipe, its backbone is not
 *   here, or what was built differs from it.
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  if (!isOnnxPath(path)) return asModel(await loadFunctional(path, options));
  const file = await readModelFile(path);
  if (file.info.recipe === undefined) {
    throw new GraftError('model-file', {
      where: `model "${path}"`,
      expected: 'a recipe, to build the layers that the file holds only as operators',
      received: 'a model that saveModel saved, without one',
      advice: 'Grow new layers on it with loadBackbone(path), or keep its layers with exportFunctional.',
    });
  }
  const { model, preprocessing } = await rebuildClassifier(file, options.backbone);
  return asModel(model, preprocessing);
}

function asModel({ inputs, outputs, name }: Functional, preprocessing?: Preprocessing): Model {
  const options = { inputs, outputs, name };
  return new Model(preprocessing === undefined ? options : { ...options, preprocessing });
}
