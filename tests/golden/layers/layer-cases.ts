/** @file Keras' layers with inputs, weights and outputs, written by tools/oracle/layers.py; and such a layer of ours. */

import { readFileSync } from 'node:fs';
import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import type { Layer } from '../../../src/core/layers/layer.ts';
import type { LayerConfig } from '../../../src/core/layers/layer-config.ts';
import { layerFromConfig } from '../../../src/core/layers/layers.ts';
import type { Tolerance } from '../../support/matchers.ts';

export interface Numbers {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export interface LayerCase {
  readonly title: string;
  readonly className: string;
  /** Keras' own `get_config()`. */
  readonly config: LayerConfig;
  readonly inputs: readonly Numbers[];
  readonly weights: readonly (Numbers & { readonly name: string })[];
  readonly output: Numbers;
}

interface Fixture {
  readonly versions: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly tolerance: Tolerance;
  readonly cases: readonly LayerCase[];
}

const fixture = JSON.parse(readFileSync(new URL('layers.json', import.meta.url), 'utf8')) as Fixture;

export const layerCases: readonly LayerCase[] = fixture.cases;
export const tolerance: Tolerance = fixture.tolerance;

/** A model of one layer, made from Keras' configuration, with Keras' weights. */
export function modelOf({ className, config, inputs, weights }: LayerCase): {
  readonly layer: Layer;
  readonly model: Functional;
} {
  const tensors = inputs.map(({ shape }, index) => input({ shape: shape.slice(1), name: `input_${index}` }));
  const layer = layerFromConfig(className, config);
  const output = layer.apply(tensors);
  layer.weights.forEach((weight, index) => {
    weight.value = Float32Array.from(weights[index]!.values);
  });
  return { layer, model: new Functional({ inputs: tensors, outputs: output }) };
}
