/** @file Networks against the fixtures of tools/oracle/keras_recent_networks.py: what they consist of, and their output. */

import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Functional } from '../../../src/core/layers/functional.ts';
import type { Layer } from '../../../src/core/layers/layer.ts';
import { computeSize } from '../../../src/core/tensor/tensor.ts';
import { expectSamples, type Sample } from './model-inputs.ts';
import { outputOf } from './table-weights.ts';

/** A network as Keras builds it. */
export interface NetworkRow {
  readonly inputShape: readonly number[];
  readonly name: string;
  readonly parameters: number;
  readonly layersSha256: string;
  /** For one member of a family. */
  readonly layers?: readonly unknown[];
}

/** `[name, class, output shape without the batch, parameters]` */
type LayerRow = readonly [string, string, readonly (number | null)[], number];

/** Relative to the largest value of an image's output. */
export const TOLERANCE = 1e-4;

/** How Keras calls the class of a layer of ours, where it has another one. */
export type KerasClass = (layer: Layer) => string;

const sameClass: KerasClass = (layer) => layer.className;

/** Every layer's name, class, shape and parameters, in order, and the number of parameters. */
export function expectLayers(model: Functional, expected: NetworkRow, kerasClass: KerasClass = sameClass): void {
  expect(model.name).toBe(expected.name);
  expect(model.countParams().total).toBe(expected.parameters);
  const rows = describeRows(model, kerasClass);
  if (expected.layers !== undefined) expect(rows).toEqual(expected.layers);
  expect(createHash('sha256').update(JSON.stringify(rows)).digest('hex')).toBe(expected.layersSha256);
}

function describeRows(model: Functional, kerasClass: KerasClass): LayerRow[] {
  return model.layers
    .filter((layer) => layer.className !== 'InputLayer')
    .map((layer) => [
      layer.name,
      kerasClass(layer),
      layer.output.shape.slice(1),
      layer.weights.reduce((sum, weight) => sum + computeSize(weight.spec.shape), 0),
    ]);
}

/**
 * Compares the output for two images, with weights by the formula.
 *
 * @param range - What the network takes: `pixels` in [0, 255], or `signed`, in [-1, 1].
 */
export async function expectOutputs(
  model: Functional,
  samples: readonly Sample[],
  range: 'pixels' | 'signed' = 'pixels',
): Promise<void> {
  expectSamples(await outputOf(model, range), samples, TOLERANCE);
}
