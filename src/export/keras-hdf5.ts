/** @file A whole model in one HDF5 file, as Keras 2 wrote it: its configuration in an attribute, a group a layer. */

import type { Group } from 'h5wasm';
import type { Functional } from '../core/layers/functional.ts';
import type { LayerFormat } from './export-format.ts';
import type { ExportNote } from './export-note.ts';
import { hdf5Bytes, putWeight } from './hdf5-bytes.ts';
import { keras2Config } from './keras2-config.ts';
import { EVERYWHERE } from './portable-activation.ts';

export const kerasHdf5Format: LayerFormat = {
  reader: 'Keras 2',
  instead: 'keras or onnx',
  description: '.h5 of Keras 2 and 3',
  endings: ['.h5', '.hdf5'],
  activations: [...EVERYWHERE, 'exponential'],
  hasSlopedReLU: true,
  isKeras3: false,
  write: kerasHdf5,
};

/** The last version that wrote this layout; readers see by it which dialect the configuration is in. */
export const KERAS_2_VERSION = '2.15.0';

/** The bytes of an `.h5` file. What `note` says is in an attribute `graft`; Keras leaves it alone. */
function kerasHdf5(model: Functional, note: ExportNote): Promise<Uint8Array> {
  return hdf5Bytes((root) => {
    root.create_attribute('keras_version', KERAS_2_VERSION);
    root.create_attribute('backend', 'tensorflow');
    root.create_attribute('model_config', JSON.stringify(keras2Config(model, 'keras')));
    root.create_attribute('graft', JSON.stringify(note));
    putWeights(root.create_group('model_weights'), model);
  });
}

function putWeights(base: Group, model: Functional): void {
  base.create_attribute('keras_version', KERAS_2_VERSION);
  base.create_attribute('backend', 'tensorflow');
  putNames(
    base,
    'layer_names',
    model.layers.map(({ name }) => name),
  );
  for (const layer of model.layers) {
    const group = base.create_group(layer.name);
    const names = layer.weights.map(({ spec }) => `${spec.name}:0`);
    putNames(
      group,
      'weight_names',
      names.map((name) => `${layer.name}/${name}`),
    );
    if (names.length === 0) continue;
    const inner = group.create_group(layer.name);
    layer.weights.forEach((weight, index) => {
      putWeight(inner, names[index]!, weight);
    });
  }
}

/** HDF5 writes no empty list; Keras reads an absent one as empty. */
function putNames(group: Group, attribute: string, names: readonly string[]): void {
  if (names.length === 0) return;
  group.create_attribute(attribute, [...names], [names.length], 'S');
}
