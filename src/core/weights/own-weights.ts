/** @file The weights that a file has for the layers of its own configuration. */

import { GraftError } from '../errors/graft-error.ts';
import type { ConfiguredLayer } from './model-config.ts';
import type { WeightFile, WeightFileLayer } from './weight-file.ts';

/** A layer's weights: by its group in Keras 3's layout, else by its name, in the model in which it lies if there are several. */
export function sourcesOf(file: WeightFile): (layer: ConfiguredLayer) => WeightFileLayer | undefined {
  const byPath = new Map<string, WeightFileLayer>();
  const byName = new Map<string, WeightFileLayer>();
  for (const source of file.layers ?? []) {
    if (source.path !== undefined) byPath.set(source.path, source);
    byName.set(source.name, source);
  }
  return ({ path, name, within }) =>
    byPath.get(path) ?? byPath.get([...within.slice(0, 1), name].join('/')) ?? byName.get(name);
}

/** The error of a configuration without numbers for one of its layers. */
export function withoutWeights({ where }: WeightFile, { name }: Pick<ConfiguredLayer, 'name'>): GraftError {
  return new GraftError('weights', {
    where,
    expected: `weights for layer "${name}" of its own configuration`,
    received: 'none',
    advice: 'The file is damaged or was written in parts: save the model again.',
  });
}
