/** @file A LayersModel of TensorFlow.js: `model.json`, shards of weights, and the classes beside it. */

import type { Functional } from '../../core/layers/functional.ts';
import type { LayerFormat } from './export-format.ts';
import type { ExportNote } from './export-note.ts';
import { KERAS_2_VERSION } from './keras-hdf5.ts';
import { keras2Config } from './keras2-config.ts';
import { EVERYWHERE } from './portable-activation.ts';
import { applyForTfjs, TFJS, tfjsWords } from './tfjs-words.ts';

export const tfjsFormat: LayerFormat = {
  ...TFJS,
  description: 'a folder',
  endings: [],
  folder: 'tfjs',
  activations: [...EVERYWHERE, 'log_softmax'],
  hasSlopedReLU: false,
  isKeras3: false,
  rewrite: { apply: applyForTfjs, words: tfjsWords },
  write: async (model, note, date) => tfjsModel(model, note, date),
};

/** What TensorFlow.js' own converter takes, so that browsers may cache every shard. */
const SHARD_BYTES = 4 * 2 ** 20;

/** The files of the folder by name; `model.json` comes last, so that a folder that has it is complete. */
function tfjsModel(
  model: Functional,
  note: ExportNote,
  date: Date,
): ReadonlyMap<string, string | Uint8Array> {
  const weights = model.weights.map(({ name, weight }) => ({
    name,
    shape: weight.spec.shape,
    dtype: 'float32',
  }));
  const bytes = Buffer.concat(
    model.weights.map(({ weight: { value } }) =>
      Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    ),
  );
  const count = Math.max(1, Math.ceil(bytes.length / SHARD_BYTES));
  const shards = Array.from({ length: count }, (_, index): [string, Uint8Array] => [
    `group1-shard${index + 1}of${count}.bin`,
    bytes.subarray(index * SHARD_BYTES, (index + 1) * SHARD_BYTES),
  ]);
  const json = {
    format: 'layers-model',
    generatedBy: note.generatedBy,
    convertedBy: null,
    modelTopology: {
      keras_version: KERAS_2_VERSION,
      backend: 'tensorflow',
      model_config: keras2Config(model, 'tfjs'),
    },
    weightsManifest: [{ paths: shards.map(([path]) => path), weights }],
  };
  return new Map<string, string | Uint8Array>([
    ...shards,
    ['metadata.json', `${JSON.stringify(metadata(model, note, date), null, 2)}\n`],
    ['model.json', JSON.stringify(json)],
  ]);
}

/** With the keys of Teachable Machine, whose readers look for `labels` and `imageSize`. */
function metadata(model: Functional, note: ExportNote, date: Date): Readonly<Record<string, unknown>> {
  return {
    modelName: model.name,
    timeStamp: date.toISOString(),
    imageSize: model.input.shape[1],
    ...note,
  };
}
