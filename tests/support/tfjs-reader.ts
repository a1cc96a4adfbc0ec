/** @file Loads an exported folder with the real TensorFlow.js, on its backend in plain JavaScript, and predicts. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import {
  enableProdMode,
  type io,
  type Tensor as TfjsTensor,
  tensor as tfjsTensor,
} from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { floats, type Tensor } from '../../src/core/tensor/tensor.ts';

// Otherwise it advertises its native backend.
enableProdMode();

/** A file system for `tf.loadLayersModel`, as its own `tf.io.fileSystem` is: that one is part of tfjs-node. */
export function fromFolder(folder: string): io.IOHandler {
  return {
    async load() {
      const { modelTopology, weightsManifest, ...rest } = JSON.parse(
        await readFile(join(folder, 'model.json'), 'utf8'),
      ) as io.ModelJSON;
      const paths = weightsManifest.flatMap((group) => group.paths);
      const shards = await Promise.all(paths.map((path) => readFile(join(folder, path))));
      return {
        ...rest,
        modelTopology,
        weightSpecs: weightsManifest.flatMap((group) => group.weights),
        weightData: Uint8Array.from(Buffer.concat(shards)).buffer,
      };
    },
  };
}

/** Strict: a weight without a place, or a place without a weight, is an error. */
export function loadTfjs(folder: string): Promise<LayersModel> {
  return loadLayersModel(fromFolder(folder), { strict: true });
}

/** What the model gives for its inputs, in their order. */
export function predictTfjs(model: LayersModel, inputs: readonly Tensor[]): Tensor<'float32'> {
  const given = inputs.map(({ shape, data }) =>
    tfjsTensor(Float32Array.from(data as Float32Array), [...shape]),
  );
  const output = model.predict(given.length === 1 ? given[0]! : given) as TfjsTensor;
  const result = floats(output.shape, output.dataSync() as Float32Array);
  for (const each of [...given, output]) each.dispose();
  return result;
}
