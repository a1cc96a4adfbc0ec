/**
 * @file Pairs a model's layers with those of a file without names, as tf_keras and Keras 3.0 to 3.5 write `.weights.h5`: a
 * layer's group is called after its class, and counts the layers of that class in the model's list.
 */

import { kerasGroupName } from './model-config.ts';
import type { WeightFile, WeightFileLayer } from './weight-file.ts';

/** What a layer's place depends on; the layers of a model are such. */
export interface PlacedLayer {
  readonly className: string;
  readonly name: string;
  readonly weights: readonly { readonly spec: { readonly shape: readonly number[] } }[];
}

/** A head has none of them: their number tells one network, or one cut, from another. */
const FEATURE_LAYERS = ['conv2d', 'depthwise_conv2d', 'separable_conv2d'];

/**
 * Finds the group of every layer that has weights.
 *
 * @param layers - All layers of the model in Keras' order, those without weights too.
 * @param innerModel - The model inside the model in which Keras has a layer, by the layer's name.
 * @returns Undefined if there is no model in the file, itself or inside another, of as many layers of each class. A head's
 *   layers may be there besides.
 */
export function pairByPlace<T extends PlacedLayer>(
  layers: readonly T[],
  file: WeightFile,
  innerModel: (layerName: string) => string | undefined = () => undefined,
): (readonly [T, WeightFileLayer])[] | undefined {
  const places = placesOf(layers, innerModel);
  const wanted = layers.filter(({ weights }) => weights.length > 0);
  const stored = new Map((file.layers ?? []).flatMap((layer) => (layer.path ? [[layer.path, layer]] : [])));
  const candidates = modelsIn(stored.keys()).flatMap((model) => {
    const pairs = wanted.flatMap((layer) => {
      const source = stored.get(`${model}${places.get(layer)}`);
      return source === undefined ? [] : [[layer, source] as const];
    });
    const isComplete = pairs.length === wanted.length;
    return isComplete && sameFeatureLayers(model, pairs, stored) ? [pairs] : [];
  });
  // Two models inside one may have as many layers of a class; their shapes tell them apart.
  return candidates.find((pairs) => pairs.every((pair) => fits(file, pair))) ?? candidates[0];
}

/** Where Keras saves every layer, from the model on: `layers/conv2d_1`. */
function placesOf<T extends PlacedLayer>(
  layers: readonly T[],
  innerModel: (layerName: string) => string | undefined,
): ReadonlyMap<T, string> {
  const next = counter();
  const inner = new Map<string, { readonly path: string; readonly next: (stem: string) => string }>();
  const places = new Map<T, string>();
  for (const layer of layers) {
    const model = innerModel(layer.name);
    const stem = kerasGroupName(layer.className);
    if (model === undefined) {
      places.set(layer, `layers/${next(stem)}`);
      continue;
    }
    const found = inner.get(model) ?? { path: `layers/${next('sequential')}`, next: counter() };
    inner.set(model, found);
    places.set(layer, `${found.path}/layers/${found.next(stem)}`);
  }
  return places;
}

/** `conv2d`, `conv2d_1`, ... */
function counter(): (stem: string) => string {
  const counts = new Map<string, number>();
  return (stem) => {
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    return count === 0 ? stem : `${stem}_${count}`;
  };
}

/** What paths of layers may begin with: the model itself, and every model inside it. */
function modelsIn(paths: Iterable<string>): string[] {
  const models = new Set(['']);
  for (const path of paths) {
    const parts = path.split('/');
    for (let end = 2; end < parts.length - 1; end += 2) models.add(`${parts.slice(0, end).join('/')}/`);
  }
  return [...models];
}

/** Whether the model in the file has no convolution that is not paired. */
function sameFeatureLayers(
  model: string,
  pairs: readonly (readonly [PlacedLayer, WeightFileLayer])[],
  stored: ReadonlyMap<string, WeightFileLayer>,
): boolean {
  const paired = new Set(pairs.map(([, { path }]) => path));
  return [...stored.keys()].every((path) => {
    const [, stem] = /^layers\/([^/]*?)(?:_\d+)?$/.exec(path.slice(model.length)) ?? [];
    const isFeature = path.startsWith(model) && stem !== undefined && FEATURE_LAYERS.includes(stem);
    return !isFeature || paired.has(path);
  });
}

function fits(file: WeightFile, [layer, source]: readonly [PlacedLayer, WeightFileLayer]): boolean {
  return layer.weights.every(({ spec }, index) => {
    const shape = file.tensors.get(source.weights[index]?.key ?? '')?.shape;
    return shape?.length === spec.shape.length && shape.every((size, axis) => size === spec.shape[axis]);
  });
}
