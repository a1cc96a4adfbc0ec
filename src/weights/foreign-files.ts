/** @file Files of other programs that people bring: what each is, and the way that works for it. */

import { GraftError } from '../errors/graft-error.ts';
import type { WeightFile } from './weight-file.ts';

const BY_ONNX =
  'Export the network as ONNX, torch.onnx.export(model, example, "model.onnx"), and give that file as the backbone: see docs/coming-from-pytorch.md.';

/** A pickle: `.pt`, `.pth`, `.bin`, `.ckpt`. Reading one would run what it says. */
export function torchFile(where: string): GraftError {
  return foreign(where, 'a file of PyTorch, a pickle that only Python reads', BY_ONNX);
}

/** Weights by PyTorch's names and layouts. */
export function torchWeights(where: string): GraftError {
  return foreign(where, 'weights of a PyTorch model, whose layers have other names and layouts', BY_ONNX);
}

export function savedModel(where: string): GraftError {
  return foreign(
    where,
    'a SavedModel of TensorFlow',
    'Save it in Keras, tf_keras.models.load_model(FOLDER).save("model.h5"), or convert it and give the result as the backbone: ' +
      'python -m tf2onnx.convert --saved-model FOLDER --output model.onnx.',
  );
}

/** Frozen graphs, `.pb`. */
export function tensorflowGraph(where: string): GraftError {
  return foreign(
    where,
    'a graph of TensorFlow',
    'Convert it and give the result as the backbone: python -m tf2onnx.convert --graphdef GRAPH.pb --output model.onnx, with --inputs and --outputs.',
  );
}

/** What Keras writes where a size is given that a file may not exceed. */
export function shardedWeights(where: string): GraftError {
  return foreign(
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

/** Whether a zip archive is one of PyTorch, by the names in it. */
export function isTorchArchive(names: Iterable<string>): boolean {
  return [...names].some((name) => /(^|\/)data\.pkl$/.test(name));
}

/** Whether a file begins as a pickle: PyTorch's before it took zip archives. */
export function isPickle(head: Uint8Array): boolean {
  return head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5;
}

/** Whether tensors have PyTorch's names: `layer1.0.conv1.weight`. */
export function hasTorchNames({ format, tensors }: WeightFile): boolean {
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

function foreign(where: string, received: string, advice: string): GraftError {
  const expected = 'weights of Keras, TFLite, TensorFlow.js or safetensors';
  return new GraftError('argument', { where, expected, received, advice });
}
