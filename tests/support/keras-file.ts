/** @file Files of weights in the layout of Keras' official ones, of small networks. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { File, ready } from 'h5wasm/node';
import type { Functional } from '../../src/core/layers/functional.ts';
import { temporaryFolder } from './image-folder.ts';

/** The bytes of what Keras' `save_weights('x.h5')` writes, with a model's own numbers. */
export async function kerasLegacyFile(model: Functional): Promise<Buffer> {
  await ready;
  const path = join(await temporaryFolder(), 'weights.h5');
  const file = new File(path, 'w');
  file.create_attribute(
    'layer_names',
    model.layers.map(({ name }) => name),
  );
  file.create_attribute('backend', 'tensorflow');
  for (const { name, weights } of model.layers) {
    const group = file.create_group(name);
    if (weights.length === 0) continue;
    group.create_attribute(
      'weight_names',
      weights.map(({ spec }) => `${name}/${spec.name}:0`),
    );
    const inner = group.create_group(name);
    for (const { spec, value } of weights) {
      inner.create_dataset({ name: `${spec.name}:0`, data: value, shape: [...spec.shape] });
    }
  }
  file.close();
  return readFile(path);
}
