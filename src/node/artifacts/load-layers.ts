/** @file A saved model as layers, whoever saved it: one of Keras or TensorFlow.js, or a model file of Graft. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import { isOnnxPath } from '../../core/weights/onnx-file.ts';
import { rebuildClassifier } from '../../export/rebuilt-classifier.ts';
import {
  type LoadModelOptions as LayerOptions,
  loadModel as loadFunctional,
} from '../backbones/load-model.ts';
import { pretrainedClassifier } from '../export/pretrained-classifier.ts';
import { readModelFile } from '../files/model-file.ts';
import { Model, type ModelOptions } from '../training/model.ts';

/** What `loadModel` takes beside the file. */
export interface LoadModelOptions extends LayerOptions {
  /** Of a model file of Graft: a weights file instead of the recipe's backbone, where that one has moved. */
  readonly backbone?: string | undefined;
}

/**
 * Loads a model with its layers and weights: `.keras`, `.h5` with a configuration, a LayersModel of TensorFlow.js, or the
 * model file that `graft train`, `saveClassifier` or `saveModel` wrote. It can be compiled and fitted, and new layers grow from
 * any of its own. Of a model file, preprocessing and resizing come along, and those layers are trainable that were when it was saved.
 *
 * A file of `saveModel` keeps the layers. One of a training holds operators alone: its layers are built by its recipe, with the
 * backbone's pretrained weights, which are read again where it was frozen, and all trained weights from the file. Weights are the
 * same to the bit, but for kernels that a normalization is folded into in the file: they come out of it to a rounding or two.
 *
 * @throws {GraftError} `file-not-found`; `weights`, if the file has no configuration or no weights for a layer; `model-file`,
 *   naming a layer whose class is not known: give it in `customLayers`; or if a model file has no recipe, its backbone is not
 *   here, or what was built differs from it.
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  if (!isOnnxPath(path)) return asModel(await loadFunctional(path, options));
  const file = await readModelFile(path);
  if (file.info.recipe === undefined && file.layers === undefined) {
    throw new GraftError('model-file', {
      where: `model "${path}"`,
      expected: 'a recipe, or layers that are kept: the file holds them only as operators',
      received: 'a model without, of an earlier version or with layers that Keras lacks',
      advice: 'Grow new layers on it with loadBackbone(path).',
    });
  }
  const { model, preprocessing } = await rebuildClassifier(file, {
    build: pretrainedClassifier(path, options.backbone),
    customLayers: options.customLayers,
  });
  return asModel(model, { preprocessing, resize: file.info.input.resize });
}

function asModel(
  { inputs, outputs, name }: Functional,
  asSaved: Pick<ModelOptions, 'preprocessing' | 'resize'> = {},
): Model {
  return new Model({ inputs, outputs, name, ...asSaved });
}
