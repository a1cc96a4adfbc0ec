/** @file The configuration of a model as Keras 3 writes it: `config.json` of its archive. */

import type { Functional } from '../../layers/functional.ts';
import type { Layer, SymbolicTensor } from '../../layers/layer.ts';
import { Merging } from '../../layers/merging.ts';

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
    module: 'keras.layers',
    class_name: layer.className,
    config: layer.getConfig(),
    registered_name: null,
    name: layer.name,
    inbound_nodes: layer.output.inputs.length === 0 ? [] : [{ args: argumentsOf(layer), kwargs: {} }],
  };
}

/** Layers that merge take one list; others take one tensor. */
function argumentsOf(layer: Layer): readonly unknown[] {
  const tensors = layer.output.inputs.map(({ shape, layer: source }) => ({
    class_name: '__keras_tensor__',
    config: { shape, dtype: 'float32', keras_history: [source.name, 0, 0] },
  }));
  return layer instanceof Merging || layer.className === 'Concatenate' ? [tensors] : tensors;
}

/** One end stands alone, so that Keras gives an array and no list of one. */
function ends(tensors: readonly SymbolicTensor[]): unknown {
  const places = tensors.map(({ layer }) => [layer.name, 0, 0]);
  return places.length === 1 ? places[0] : places;
}
