/** @file Pairs of numbers are turned by their position, more slowly where frequencies are divided. */

import { expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { evaluateGraph } from '../runtime/create-session.ts';
import { floats, integers } from '../tensor/tensor.ts';
import { inferenceLowering } from './lower-model.ts';
import { rotate } from './rotary-embedding.ts';

it('turns by divided frequencies, from behind what was fed before', async () => {
  const builder = new GraphBuilder('rotary');
  const x = builder.input('x', 'float32', ['N', 'S', 4]);
  const positions = builder.input('positions', 'int64', ['S']);
  const decoding = {
    positions,
    keyPositions: positions,
    extend: (_layer: unknown, _name: string, present: typeof x) => [present],
  };
  const rotation = {
    maxWavelength: 100,
    scalingFactor: 1,
    maxSequenceLength: 16,
    frequencyDivisors: [1, 4],
  };
  builder.output(rotate({ ...inferenceLowering(builder), decoding }, x, rotation), 'y');
  const { y } = await evaluateGraph(builder.build(), {
    x: floats([1, 2, 4], [1, 1, 0, 0, 1, 1, 0, 0]),
    positions: integers([5, 6], [2]),
  });
  const expected = [5, 6].flatMap((position) => {
    const angles = [position, position * 0.1 * 0.25];
    return [...angles.map(Math.cos), ...angles.map(Math.sin)];
  });
  expect(y).toBeAllClose(floats([1, 2, 4], expected), { atol: 1e-6, rtol: 1e-6 });
});
