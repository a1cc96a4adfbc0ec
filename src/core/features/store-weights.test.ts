/** @file Weights that wait in a file are the same when they are read, and what is small, unset or stored already is left alone. */

import { describe, expect, it } from 'vitest';
import { runtime } from '../../node/runtime/runtime.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import { layers } from '../layers/layers.ts';
import { inferenceLowering, lowerTensor } from '../layers/lower-model.ts';
import { createSession } from '../runtime/create-session.ts';
import { floats } from '../tensor/tensor.ts';
import { storeWeights } from './store-weights.ts';

/** Two layers of views of one array, as a file's tensors are, and one whose numbers are not drawn yet. */
function network() {
  const x = input({ shape: [64], name: 'x' });
  const first = layers.dense({ units: 80, name: 'first' }).apply(x);
  const model = new Functional({ inputs: x, outputs: first });
  const all = Float32Array.from({ length: 64 * 80 + 80 }, (_, index) => Math.sin(index));
  model.getLayer('first').weight('kernel').value = all.subarray(0, 64 * 80);
  model.getLayer('first').weight('bias').value = all.subarray(64 * 80);
  const unset = layers.dense({ units: 100, name: 'unset' }).apply(first);
  return { model, all, whole: new Functional({ inputs: x, outputs: unset }) };
}

function graphOf(model: Functional): Graph {
  const builder = new GraphBuilder('stored');
  const value = builder.input('x', 'float32', ['N', 64]);
  const given = new Map([[model.input, { value, layout: 'plain' as const }]]);
  builder.output(lowerTensor(model.output, inferenceLowering(builder), given).value, 'y');
  return builder.build();
}

describe('storeWeights', () => {
  it('moves large weights, and keeps small ones apart from the array that they were in', () => {
    const { model, all, whole } = network();
    storeWeights(whole, { runtime });
    const [kernel, bias] = ['kernel', 'bias'].map((name) => model.getLayer('first').weight(name));
    expect(kernel!.stored).toBeDefined();
    expect(kernel!.value).toEqual(all.slice(0, 64 * 80));
    expect(bias!.stored).toBeUndefined();
    expect(bias!.value).toEqual(all.slice(64 * 80));
    expect(bias!.value.buffer).not.toBe(all.buffer);
    expect(whole.getLayer('unset').weight('kernel').materialized).toBe(false);
    const { stored } = kernel!;
    storeWeights(whole, { runtime });
    expect(kernel!.stored).toBe(stored);
  });

  it('leaves all as it is where there is no place', () => {
    const { model, all } = network();
    storeWeights(model, { runtime: { ...runtime, storeNumbers: () => undefined } });
    const { storeNumbers: _, ...without } = runtime;
    storeWeights(model, { runtime: without });
    expect(model.getLayer('first').weight('kernel').value.buffer).toBe(all.buffer);
    expect(model.getLayer('first').weight('bias').value.buffer).toBe(all.buffer);
  });

  it('changes no bit of what a session gives', async () => {
    const { model } = network();
    const feeds = {
      x: floats(
        [2, 64],
        Array.from({ length: 128 }, (_, index) => Math.cos(index)),
      ),
    };
    const run = async () => {
      const session = await createSession(graphOf(model), { threads: 1, runtime });
      const { y } = await session.run(feeds);
      await session.dispose();
      return y!.data;
    };
    const before = await run();
    storeWeights(model, { runtime });
    expect(model.getLayer('first').weight('kernel').stored).toBeDefined();
    expect(await run()).toEqual(before);
  });
});
