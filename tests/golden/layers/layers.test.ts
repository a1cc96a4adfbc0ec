/** @file Every layer, with its options, gives Keras' numbers. */

import { describe, expect, it } from 'vitest';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { createSession } from '../../../src/core/runtime/create-session.ts';
import { floats } from '../../../src/core/tensor/tensor.ts';
import { layerCases, modelOf, tolerance } from './layer-cases.ts';

describe('layers against Keras', () => {
  it.each(layerCases.map((each) => [each.title, each] as const))('%s', async (_, layerCase) => {
    const { layer, model } = modelOf(layerCase);
    const session = await createSession(modelGraph(model), { threads: 1 });
    try {
      const feeds = layerCase.inputs.map(({ shape, values }, i) => [`input_${i}`, floats(shape, values)]);
      const results = await session.run(Object.fromEntries(feeds));
      const { shape, values } = layerCase.output;
      expect(results[layer.name]).toBeAllClose(floats(shape, values), tolerance);
    } finally {
      await session.dispose();
    }
  });
});
