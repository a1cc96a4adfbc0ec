/** @file The configuration of a model as Keras 3 writes it: `config.json` of its archive. */

import { CustomLayer } from '../core/layers/custom-layer.ts';
import type { Functional } from '../core/layers/functional.ts';
import type { Layer, SymbolicTensor } from '../core/layers/layer.ts';
import { Merging } from '../core/layers/merging.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * What `keras.saving.deserialize_keras_object` makes the model from.
 *
 * @param model - Of layers that Keras has, each with its configuration.
 */
export function keras3Config(model: Functional): Json {
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: model.name,
      trainable: true,
      layers: model.layers.map(layerEntry),
      input_layers: ends(model.inputs),
      output_layers: ends(model.outputs),
    },
    registered_name: 'Functional',
    build_config: { input_shape: null },
  };
}

function layerEntry(layer: Layer): Json {
  return {
    // A class of one's own is found among the custom_objects that are given to Keras.
    module: layer instanceof CustomLayer ? null : 'keras.layers',
    class_name: layer.className,
    config: layer.getConfig(),
    registered_name: layer instanceof CustomLayer ? layer.className : null,
    name: layer.name,
    inbound_nodes: layer.applications
      .filter(({ inputs }) => inputs.length > 0)
      .map((application) => ({ args: argumentsOf(application), kwargs: {} })),
  };
}

/** Layers that merge take one list; others take one tensor. */
function argumentsOf({ layer, inputs }: SymbolicTensor): readonly unknown[] {
  const tensors = inputs.map((source) => ({
    class_name: '__keras_tensor__',
    config: { shape: source.shape, dtype: 'float32', keras_history: placeOf(source) },
  }));
  const takesList = layer instanceof Merging || layer.className === 'Concatenate';
  return takesList || (layer instanceof CustomLayer && inputs.length > 1) ? [tensors] : tensors;
}

/** One end stands alone, so that Keras gives an array and no list of one. */
function ends(tensors: readonly SymbolicTensor[]): unknown {
  const places = tensors.map(placeOf);
  return places.length === 1 ? places[0] : places;
}

/** A layer, and which of its applications. */
function placeOf(tensor: SymbolicTensor): readonly [string, number, number] {
  return [tensor.layer.name, tensor.layer.applications.indexOf(tensor), 0];
}
