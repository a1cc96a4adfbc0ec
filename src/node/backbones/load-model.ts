/** @file A saved model of Keras or TensorFlow.js as layers, with its weights: to be trained on, cut, or exported again. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { Functional } from '../../core/layers/functional.ts';
import type { Layer, SymbolicTensor } from '../../core/layers/layer.ts';
import { LAYER_CLASS_NAMES, type LayerClass, layerFromConfig } from '../../core/layers/layers.ts';
import { loadWeights } from '../../core/weights/apply.ts';
import type { ConfiguredLayer, ModelConfig } from '../../core/weights/model-config.ts';
import { findSources, withoutWeights } from '../../core/weights/own-weights.ts';
import type { WeightFileLayer } from '../../core/weights/weight-file.ts';
import { readWeights } from '../weights/read-weights.ts';

/** What `loadModel` takes beside the file. */
export interface LoadModelOptions {
  /** Classes of layers that are not Keras', as Keras' `custom_objects`: found by their `className`. */
  readonly customLayers?: readonly CustomLayerClass[] | undefined;
}

/** The class of a layer of one's own. */
export type CustomLayerClass = LayerClass & { readonly className: string };

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

/**
 * Builds the layers that a configuration tells of, without numbers.
 *
 * @param from - `where` is for messages: `weights "base.h5"`.
 * @param onLayer - Hears of each application of a layer.
 * @throws {GraftError} `model-file`, naming a layer whose class is not known.
 */
export function buildConfigured(
  config: ModelConfig,
  { where, customLayers }: LoadModelOptions & { readonly where: string },
  onLayer?: (layer: Layer, application: ConfiguredLayer) => void,
): Functional {
  const custom = new Map(customLayers?.map((each) => [each.className, each]));
  const made = new Map<string, Layer>();
  const tensors = new Map<ConfiguredLayer, SymbolicTensor>();
  for (const application of config.layers) {
    requireKnown(application, custom, where);
    const place = [...application.within, application.path, application.name].join('/');
    const layer = made.get(place) ?? createLayer(application, custom);
    made.set(place, layer);
    const inputs = application.inputs.map((input) => tensors.get(input)!);
    tensors.set(application, layer.apply(inputs));
    onLayer?.(layer, application);
  }
  return new Functional({
    inputs: config.layers.filter(({ inputs }) => inputs.length === 0).map((input) => tensors.get(input)!),
    outputs: config.outputs.map((output) => tensors.get(output)!),
  });
}

function createLayer(
  { className, settings, name }: ConfiguredLayer,
  custom: ReadonlyMap<string, LayerClass>,
): Layer {
  return layerFromConfig(className, { ...settings, name }, custom);
}

/** @throws {GraftError} `model-file`. */
function requireKnown(
  { className, name, constants }: ConfiguredLayer,
  custom: ReadonlyMap<string, LayerClass>,
  where: string,
): void {
  const isKnown = custom.has(className) || LAYER_CLASS_NAMES.includes(className);
  const given = [...constants.entries()].filter(([key]) => key !== 'training' && key !== 'mask');
  if (isKnown && given.length === 0) return;
  throw new GraftError('model-file', {
    where: `layer "${name}" of ${where}`,
    expected: isKnown
      ? 'a layer that is applied to other layers alone'
      : 'a layer that Graft has or was given',
    received: isKnown ? `one that gets "${given[0]![0]}", too` : className,
    advice: isKnown
      ? 'Export the model to ONNX and give that file as the backbone.'
      : `Pass its class: loadModel(path, { customLayers: [${className}] }), or export the model to ONNX.`,
  });
}
