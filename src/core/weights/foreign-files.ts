/** @file Files of other programs that people bring: what each is, and the way that works for it. */

import { GraftError } from '../errors/graft-error.ts';
import type { WeightFile } from './weight-file.ts';
import type { ForeignFormat } from './weight-format.ts';

/** A file of another program. The error leaves open what is read instead; `readWeights` says it. */
export class ForeignFile extends GraftError {
  constructor(where: string, received: string, advice: string) {
    super('argument', { where, expected: 'weights in a format that Graft reads', received, advice });
  }
}

export const SAVED_MODEL: ForeignFormat = {
  id: 'saved-model',
  endings: [],
  detects: () => false,
  fileInFolder: 'saved_model.pb',
  refuse: (where) =>
    new ForeignFile(
      where,
      'a SavedModel of TensorFlow',
      'Save it in Keras, tf_keras.models.load_model(FOLDER).save("model.h5"), or convert it and give the result as the backbone: ' +
        'python -m tf2onnx.convert --saved-model FOLDER --output model.onnx.',
    ),
};

/** Frozen graphs. */
export const TENSORFLOW_GRAPH: ForeignFormat = {
  id: 'tensorflow',
  endings: ['.pb'],
  detects: () => false,
  refuse: (where) =>
    new ForeignFile(
      where,
      'a graph of TensorFlow',
      'Convert it and give the result as the backbone: python -m tf2onnx.convert --graphdef GRAPH.pb --output model.onnx, with --inputs and --outputs.',
    ),
};

export const ONNX_FILE: ForeignFormat = {
  id: 'onnx',
  endings: ['.onnx'],
  detects: () => false,
  refuse: (where) =>
    new GraftError('argument', {
      where,
      expected: 'weights for a network that Graft builds',
      received: 'an ONNX file, which is a network of its own',
      advice: 'Give it as the backbone.',
    }),
};

/** What Keras writes where a size is given that a file may not exceed. */
export function shardedWeights(where: string): GraftError {
  return new ForeignFile(
    where,
    "the list of a Keras model's sharded weights",
    'Save them as one file: model.load_weights("NAME.weights.json"), then model.save_weights("NAME.weights.h5").',
  );
}

/** A folder that is none of these. */
export function unknownFolder(where: string): GraftError {
  return new GraftError('argument', {
    where,
    expected: 'a folder with a model.json of TensorFlow.js',
    received: 'one without',
    advice: 'Give the file of weights itself.',
  });
}

/** Whether tensors have PyTorch's names: `layer1.0.conv1.weight`. */
export function hasTorchNames({ format, tensors }: WeightFile): boolean {
  if (format === 'torch') return true;
  if (format !== 'safetensors') return false;
  const names = [...tensors.keys()];
  return (
    names.some((name) => /\.(weight|running_mean)$/.test(name)) && !names.some((name) => name.includes('/'))
  );
}

/** Whether a document is Keras' list of shards. */
export function isShardList(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'weight_map' in document;
}
