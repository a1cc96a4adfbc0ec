/** @file A LayersModel of TensorFlow.js: `model.json`, shards of weights, and the classes beside it. */

import type { Functional } from '../core/layers/functional.ts';
import { joinBytes } from '../core/tensor/join-bytes.ts';
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
  write: async (model, note, date) => tfjsFiles(model, note, { date, shardsOf: shards }),
};

export interface TfjsFilesOptions {
  readonly date: Date;
  readonly shardsOf: (bytes: Uint8Array) => readonly (readonly [name: string, bytes: Uint8Array])[];
  readonly about?: Readonly<Record<string, unknown>> | undefined;
}

/** What TensorFlow.js' own converter takes, so that browsers may cache every shard. */
const SHARD_BYTES = 4 * 2 ** 20;

/**
 * The files of a LayersModel's folder by name; `model.json` comes last, so that a folder that has it is complete.
 *
 * @param shardsOf - Divides the numbers of all weights into files.
 * @param about - What `metadata.json` says beside the note.
 */
export function tfjsFiles(
  model: Functional,
  note: ExportNote,
  { date, shardsOf, about = {} }: TfjsFilesOptions,
): ReadonlyMap<string, string | Uint8Array> {
  const weights = model.weights.map(({ name, weight }) => ({
    name,
    shape: weight.spec.shape,
    dtype: 'float32',
  }));
  const shards = shardsOf(
    joinBytes(
      model.weights.map(
        ({ weight: { value } }) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
      ),
    ),
  );
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
    ['metadata.json', `${JSON.stringify({ ...about, ...metadata(model, note, date) }, null, 2)}\n`],
    ['model.json', JSON.stringify(json)],
  ]);
}

function shards(bytes: Uint8Array): [string, Uint8Array][] {
  const count = Math.max(1, Math.ceil(bytes.length / SHARD_BYTES));
  return Array.from({ length: count }, (_, index): [string, Uint8Array] => [
    `group1-shard${index + 1}of${count}.bin`,
    bytes.subarray(index * SHARD_BYTES, (index + 1) * SHARD_BYTES),
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
