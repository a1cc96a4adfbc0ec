/** @file A model's summary is what Keras prints, to the letter. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import { layers } from '../../../src/core/layers/layers.ts';

const golden = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** As in tools/oracle/summary.py. */
function chain(): Functional {
  const inputs = input({ shape: [150, 150, 3] });
  let x = layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(inputs);
  x = layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }).apply(x);
  x = layers.batchNormalization().apply(x);
  x = layers.maxPooling2d().apply(x);
  const name = 'a_layer_whose_name_is_far_too_long_for_its_column';
  x = layers.separableConv2d({ filters: 48, kernelSize: 3, name }).apply(x);
  x = layers.flatten().apply(x);
  x = layers.dense({ units: 64, activation: 'relu' }).apply(x);
  x = layers.dropout({ rate: 0.2 }).apply(x);
  x = layers.dense({ units: 1, activation: 'sigmoid' }).apply(x);
  return new Functional({ inputs, outputs: x, name: 'cats_and_dogs' });
}

/** As in tools/oracle/summary.py. */
function branches(): Functional {
  const inputs = input({ shape: [null, null, 3], name: 'picture' });
  const first = { filters: 8, kernelSize: 3, padding: 'same', useBias: false } as const;
  let x = layers.conv2d({ ...first, name: 'conv2d_with_a_long_name' }).apply(inputs);
  x = layers.batchNormalization({ scale: false }).apply(x);
  const a = layers.activation({ activation: 'relu' }).apply(x);
  const b = layers.conv2d({ filters: 8, kernelSize: 1, name: 'b' }).apply(a);
  const c = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }).apply(a);
  x = layers.concatenate({ name: 'mixed7' }).apply([b, c, a]);
  const y = layers.globalAveragePooling2d({ keepdims: true }).apply(x);
  x = layers.multiply().apply([x, y]);
  x = layers.add().apply([x, x]);
  x = layers.globalMaxPooling2d().apply(x);
  x = layers.dense({ units: 1000 }).apply(x);
  return new Functional({ inputs, outputs: x });
}

it('of a chain of layers', () => {
  expect(chain().summary()).toBe(golden('chain.txt'));
});

it('of a given width', () => {
  expect(chain().summary({ width: 70 })).toBe(golden('narrow.txt'));
});

it('with frozen layers', () => {
  const model = chain();
  for (const layer of model.layers.slice(0, 6)) layer.trainable = false;
  expect(model.summary()).toBe(golden('chain-frozen.txt'));
});

it('of a model that branches', () => {
  expect(branches().summary()).toBe(golden('branches.txt'));
});
