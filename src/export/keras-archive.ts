/** @file Keras 3's archive: a zip of `metadata.json`, `config.json` and `model.weights.h5`. */

import { strToU8, zipSync } from 'fflate';
import type { Group } from 'h5wasm';
import { ACTIVATION_NAMES } from '../core/layers/activations.ts';
import { Dropout } from '../core/layers/dropout.ts';
import type { Functional } from '../core/layers/functional.ts';
import { kerasGroupName } from '../core/weights/model-config.ts';
import type { LayerFormat } from './export-format.ts';
import type { ExportNote } from './export-note.ts';
import { hdf5Bytes, putWeight } from './hdf5-bytes.ts';
import { keras3Config } from './keras3-config.ts';

export const kerasArchiveFormat: LayerFormat = {
  reader: 'Keras 3',
  instead: 'onnx',
  description: '.keras of Keras 3',
  endings: ['.keras'],
  // CLIP's is of KerasHub alone.
  activations: ACTIVATION_NAMES.filter((name) => name !== 'quick_gelu'),
  hasSlopedReLU: true,
  isKeras3: true,
  write: kerasArchive,
};

/** The first version with this layout. */
const KERAS_VERSION = '3.0.0';

/** The bytes of a `.keras` file. What `note` says is in `metadata.json` under `graft`; Keras leaves it alone. */
async function kerasArchive(model: Functional, note: ExportNote, date: Date): Promise<Uint8Array> {
  const saved = date.toISOString().slice(0, 19).replace('T', '@');
  const metadata = { keras_version: KERAS_VERSION, date_saved: saved, graft: note };
  const weights = await hdf5Bytes((root) => putLayers(root, model));
  const text = (value: unknown): Uint8Array => strToU8(JSON.stringify(value));
  return zipSync(
    {
      'metadata.json': text(metadata),
      'config.json': text(keras3Config(model)),
      // Random as they look, weights become hardly smaller; Keras stores them as they are, too.
      'model.weights.h5': [weights, { level: 0 }],
    },
    { mtime: date },
  );
}

/** Keras finds a layer's numbers by its class and its place among the layers of that class. */
function putLayers(root: Group, model: Functional): void {
  const list = root.create_group('layers');
  root.create_group('vars');
  const counts = new Map<string, number>();
  for (const layer of model.layers) {
    const stem = kerasGroupName(layer.className);
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    const group = list.create_group(count === 0 ? stem : `${stem}_${count}`);
    const vars = group.create_group('vars');
    vars.create_attribute('name', layer.name);
    layer.weights.forEach((weight, index) => {
      putWeight(vars, `${index}`, weight);
    });
    // What Keras draws masks from is state, and must be there.
    if (layer instanceof Dropout && layer.rate > 0) {
      const state = group.create_group('seed_generator').create_group('vars');
      state.create_dataset({ name: '0', data: Uint32Array.of(0, 0), shape: [2] });
    }
  }
}
