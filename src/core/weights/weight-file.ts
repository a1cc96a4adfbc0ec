/** @file What every reader of pretrained weights gives: float32 tensors by name, in the file's own layout. */

import { baseName } from '../errors/base-name.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ModelConfig } from './model-config.ts';

/** One layer's weights in a file, in the file's order. */
export interface WeightFileLayer {
  readonly name: string;
  /** Where it lies: its group in Keras 3's layout, `layers/functional/layers/conv2d_1`; else `outer/name` inside a model. */
  readonly path?: string | undefined;
  /** Whether the name is only that of its group: early versions of Keras 3 wrote no other. */
  readonly isNameless?: boolean | undefined;
  /** `name` is the weight's own (`kernel`); `key` finds its tensor in {@link WeightFile.tensors}. */
  readonly weights: readonly { readonly name: string; readonly key: string }[];
}

/** What was read from a file of weights. */
export interface WeightFile {
  /** A kind of some format: `keras-hdf5`, `tfjs-graph`, see the `titles` of the formats. */
  readonly format: string;
  /** For messages: `weights "base.h5"`. */
  readonly where: string;
  /** Float32, read and dequantized when asked for, in the file's layout. */
  readonly tensors: ReadonlyMap<string, Tensor<'float32'>>;
  /** The layers, where the format knows any. */
  readonly layers?: readonly WeightFileLayer[] | undefined;
  /** Names or groups of all layers, of those without weights too, where the format lists them. */
  readonly inventory?: readonly string[] | undefined;
  /** How the layers are connected, where the file says it. */
  readonly config?: ModelConfig | undefined;
  /** Free text beside the tensors, where the format has a place for it. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A file that tells what its tensors are before they are read. */
export interface ShapedWeightFile extends WeightFile {
  /** Of every tensor, row-major. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** How messages call a file. */
export function describeFile(path: string): string {
  return `weights "${baseName(path)}"`;
}

/** Layers from the names of tensors: what stands before the last `/`, or else before the last dot. */
export function groupByLayer(names: Iterable<string>): readonly WeightFileLayer[] {
  const layers = new Map<string, { name: string; key: string }[]>();
  for (const key of names) {
    const slash = key.lastIndexOf('/');
    const end = slash < 0 ? key.lastIndexOf('.') : slash;
    const layer = key.slice(0, Math.max(end, 0));
    const weights = layers.get(layer) ?? [];
    layers.set(layer, weights);
    weights.push({ name: key.slice(end + 1), key });
  }
  return [...layers].map(([name, weights]) => ({ name, weights }));
}

/** The error of a file that is not what it says, or is damaged. */
export function brokenFile(where: string, expected: string, received: string, cause?: unknown): GraftError {
  return new GraftError(
    'weights',
    { where, expected, received, advice: 'The file is damaged or of another kind: fetch it again.' },
    cause === undefined ? undefined : { cause },
  );
}

/** The error of a tensor's name that a file does not have. */
export function missingTensor(file: WeightFile, key: string): GraftError {
  const names = [...file.tensors.keys()];
  return new GraftError('weights', {
    where: file.where,
    expected: `a tensor "${key}"`,
    received: `${names.length} tensors without it`,
    advice: `The file's names begin with ${names
      .slice(0, 3)
      .map((name) => `"${name}"`)
      .join(', ')}: check that it belongs to this network.`,
  });
}
