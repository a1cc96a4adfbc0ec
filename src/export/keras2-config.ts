/** @file The configuration of a model as Keras 2 wrote it, which Keras 3 and TensorFlow.js read, too. */

import type { Functional } from '../core/layers/functional.ts';
import type { Layer, SymbolicTensor } from '../core/layers/layer.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * What is stored as `model_config`.
 *
 * @param reader - TensorFlow.js knows a model by its oldest name, and calls some initializers otherwise; as all
 *   weights come with the model, it gets none.
 */
export function keras2Config(model: Functional, reader: 'keras' | 'tfjs'): Json {
  return {
    class_name: reader === 'tfjs' ? 'Model' : 'Functional',
    config: {
      name: model.name,
      trainable: true,
      layers: model.layers.map((layer) => layerEntry(layer, reader)),
      input_layers: model.inputs.map(placeOf),
      output_layers: model.outputs.map(placeOf),
    },
  };
}

/** A layer, and which of its applications. */
function placeOf(tensor: SymbolicTensor): readonly [string, number, number] {
  return [tensor.layer.name, tensor.layer.applications.indexOf(tensor), 0];
}

function layerEntry(layer: Layer, reader: 'keras' | 'tfjs'): Json {
  const nodes = layer.applications.map(({ inputs }) => inputs.map((tensor) => [...placeOf(tensor), {}]));
  return {
    class_name: layer.className,
    config: layerConfig(layer, reader),
    name: layer.name,
    inbound_nodes: nodes.filter((sources) => sources.length > 0),
  };
}

function layerConfig(layer: Layer, reader: 'keras' | 'tfjs'): Json {
  const entries = Object.entries(layer.getConfig()).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'batch_shape') return [['batch_input_shape', value]];
    // The name came with Keras 3; it reads the old one, too.
    if (key === 'activation' && value === 'silu') return [[key, 'swish']];
    if (!key.endsWith('_initializer')) return [[key, value]];
    if (reader === 'tfjs') return [];
    const { class_name, config } = value as Json;
    return [[key, { class_name, config }]];
  });
  return Object.fromEntries(entries);
}
