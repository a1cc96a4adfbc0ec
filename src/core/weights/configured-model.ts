/** @file The layers that the configuration of a saved model tells of. */

import { GraftError } from '../errors/graft-error.ts';
import { Functional } from '../layers/functional.ts';
import type { Layer, SymbolicTensor } from '../layers/layer.ts';
import { LAYER_CLASS_NAMES, type LayerClass, layerFromConfig } from '../layers/layers.ts';
import type { ConfiguredLayer, ModelConfig } from './model-config.ts';

/** The class of a layer of one's own. */
export type CustomLayerClass = LayerClass & { readonly className: string };

/** What is known beside the configuration. */
export interface ConfiguredOptions {
  /** For messages: `weights "base.h5"`. */
  readonly where: string;
  /** Classes of layers that are not Keras'. */
  readonly customLayers?: readonly CustomLayerClass[] | undefined;
}

/**
 * Builds the layers that a configuration tells of, without numbers.
 *
 * @param onLayer - Hears of each application of a layer.
 * @throws {GraftError} `model-file`, naming a layer whose class is not known.
 */
export function buildConfigured(
  config: ModelConfig,
  { where, customLayers }: ConfiguredOptions,
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
