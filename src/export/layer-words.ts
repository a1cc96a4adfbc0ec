/** @file A layer in words and numbers: what a file keeps of it, and what a copy is made from. */

import { CustomLayer } from '../core/layers/custom-layer.ts';
import type { Layer, SymbolicTensor } from '../core/layers/layer.ts';
import type { LayerConfig } from '../core/layers/layer-config.ts';
import { type LayerClass, layerFromConfig } from '../core/layers/layers.ts';

export interface LayerWords {
  readonly className: string;
  readonly config: LayerConfig;
  /** Of a layer that is none of Graft's. */
  readonly customClass: LayerClass | undefined;
  /** By the weights' names, in Keras' layout. Shared, not copied. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

export function describeLayer(layer: Layer): LayerWords {
  return {
    className: layer.className,
    config: layer.getConfig(),
    customClass: layer instanceof CustomLayer ? (layer.constructor as unknown as LayerClass) : undefined,
    weights: new Map(layer.weights.map(({ spec, value }) => [spec.name, value])),
  };
}

/** Applies a new layer of these words. */
export function applyWords(
  { className, config, customClass, weights }: LayerWords,
  inputs: readonly SymbolicTensor[],
): SymbolicTensor {
  const layer =
    customClass === undefined ? layerFromConfig(className, config) : customClass.fromConfig(config);
  const output = layer.apply(inputs);
  for (const weight of layer.weights) weight.value = weights.get(weight.spec.name)!;
  return output;
}
