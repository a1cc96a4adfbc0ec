/** @file Weights by PyTorch's names and layouts, as a file of Keras' layers that `loadWeights` takes. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Layer } from '../../core/layers/layer.ts';
import { LazyMap } from '../../core/tensor/lazy-map.ts';
import { type Tensor, transpose } from '../../core/tensor/tensor.ts';
import type { WeightFile, WeightFileLayer } from '../../core/weights/weight-file.ts';

/** Where a weight of a layer comes from. */
export interface TorchPlace {
  readonly layer: string;
  readonly weight: string;
  /** Names in the file, which `convert` gets the tensors of, in this order. */
  readonly tensors: readonly string[];
  /** Default: the first one, as it is. */
  readonly convert?: Convert | undefined;
}

export type Convert = (...tensors: readonly Tensor<'float32'>[]) => Tensor<'float32'>;

/** What a file of PyTorch has. */
export interface TorchTensors {
  readonly names: readonly string[];
  /** Sizes of a tensor; undefined if there is none of that name. */
  shape(name: string): readonly number[] | undefined;
}

/** The names and sizes in a file, without its numbers. */
export function tensorsOf(file: WeightFile): TorchTensors {
  const shapes = 'shapes' in file ? (file.shapes as ReadonlyMap<string, readonly number[]>) : undefined;
  return {
    names: [...file.tensors.keys()],
    shape: (name) => (shapes === undefined ? file.tensors.get(name)?.shape : shapes.get(name)),
  };
}

/**
 * What stands before a name in a file: nothing, or that of a model around the network, `backbone.`. Of several the shortest.
 *
 * @returns Undefined if no tensor's name ends so.
 */
export function findPrefix({ names }: TorchTensors, name: string): string | undefined {
  const ends = names.filter((each) => each === name || each.endsWith(`.${name}`));
  const prefixes = ends.map((each) => each.slice(0, -name.length));
  return prefixes.sort((a, b) => a.length - b.length)[0];
}

/** The indices that are there behind a name: how many blocks a stack has. */
export function countBlocks({ names }: TorchTensors, prefix: string): number {
  const indices = new Set(
    names.flatMap((name) => (name.startsWith(prefix) ? (/^\d+/.exec(name.slice(prefix.length)) ?? []) : [])),
  );
  return indices.size;
}

/**
 * The places of all weights of a network of convolutions and normalizations.
 *
 * @param prefixOf - The module of a layer, by its name: `layer1.0.conv1`.
 */
export function modulePlaces(
  layers: readonly Layer[],
  prefixOf: (layerName: string) => string,
): readonly TorchPlace[] {
  return layers.flatMap((layer) =>
    layer.weights.map(({ spec: { name } }): TorchPlace => {
      const place = PARAMETERS[name] ?? name;
      return {
        layer: layer.name,
        weight: name,
        tensors: [`${prefixOf(layer.name)}.${place}`],
        convert: converterFor(layer, name),
      };
    }),
  );
}

/**
 * The file in Keras' layers.
 *
 * @throws {GraftError} `weights`, if a tensor is missing.
 */
export function asKerasLayers(file: WeightFile, places: readonly TorchPlace[]): WeightFile {
  const readers = new Map<string, () => Tensor<'float32'>>();
  const layers = new Map<string, { name: string; weights: { name: string; key: string }[] }>();
  for (const { layer, weight, tensors, convert = first } of places) {
    const missing = tensors.find((name) => !file.tensors.has(name));
    if (missing !== undefined) throw without(file, missing);
    const key = `${layer}/${weight}`;
    readers.set(key, () => convert(...tensors.map((name) => file.tensors.get(name)!)));
    const known = layers.get(layer) ?? { name: layer, weights: [] };
    layers.set(layer, known);
    known.weights.push({ name: weight, key });
  }
  const listed: readonly WeightFileLayer[] = [...layers.values()];
  return { format: file.format, where: file.where, tensors: new LazyMap(readers), layers: listed };
}

const first: Convert = (tensor) => tensor!;

/** `[out, in]` as `[in, out]`. */
export const transposed: Convert = (tensor) => transpose(tensor!, [1, 0]);

/** `[out, in, h, w]` as `[h, w, in, out]`. */
export const convolutionKernel: Convert = (tensor) =>
  tensor!.shape.length === 4 ? transpose(tensor!, [2, 3, 1, 0]) : tensor!;

const PARAMETERS: Readonly<Record<string, string>> = {
  kernel: 'weight',
  depthwise_kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

function converterFor({ className }: Layer, weight: string): Convert | undefined {
  if (!weight.endsWith('kernel')) return undefined;
  if (className === 'Dense') return transposed;
  if (className !== 'DepthwiseConv2D') return convolutionKernel;
  // [channels, 1, h, w]: there, a depthwise convolution is one in groups.
  return (tensor) => (tensor!.shape.length === 4 ? transpose(tensor!, [2, 3, 0, 1]) : tensor!);
}

function without({ where, tensors }: WeightFile, name: string): GraftError {
  return new GraftError('weights', {
    where,
    expected: `a tensor "${name}"`,
    received: `${tensors.size} tensors without it`,
    advice: 'The file is of a network that is built otherwise: export it as ONNX, and give that file.',
  });
}
