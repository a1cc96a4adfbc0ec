/** @file What a model consists of, as the fixtures of tools/oracle/keras_architectures.py tell it. */

import type { Functional } from '../../../src/core/layers/functional.ts';
import { computeSize } from '../../../src/core/tensor/tensor.ts';

/** `[name, class, output shape without the batch, parameters]` of every layer but the input, by name. */
export function describeLayers(model: Functional): unknown[] {
  return model.layers
    .filter((layer) => layer.className !== 'InputLayer')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((layer) => [
      layer.name,
      layer.className,
      layer.output.shape.slice(1),
      layer.weights.reduce((sum, weight) => sum + computeSize(weight.spec.shape), 0),
    ]);
}
