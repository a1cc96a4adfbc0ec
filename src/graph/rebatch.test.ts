import { expect, it } from 'vitest';
import { evaluateGraph } from '../runtime/node-session.ts';
import { floats } from '../tensor/tensor.ts';
import { GraphBuilder } from './builder.ts';
import { rebatch } from './rebatch.ts';

it('lets what is expanded for the windows of one picture follow the batch', async () => {
  // Four windows of a picture, each divided by its sum, as an exporter writes it down for a batch of one.
  const builder = new GraphBuilder('windows');
  const pictures = builder.input('pictures', 'float32', [1, 4, 3]);
  const windows = builder.op('Reshape', [pictures, builder.integers([4, 3])]);
  const sums = builder.op('ReduceSum', [windows, builder.integers([1])], { keepdims: 1 });
  const divided = builder.op('Div', [windows, builder.op('Expand', [sums, builder.integers([4, 3])])]);
  builder.output(builder.op('Reshape', [divided, builder.integers([1, 4, 3])]), 'shares');
  const graph = rebatch(builder.build(), { sample: [4, 3] });
  const numbers = Array.from({ length: 24 }, (_, i) => i + 1);
  const { shares } = await evaluateGraph(graph, { pictures: floats([2, 4, 3], numbers) });
  const expected = numbers.map((each, i) => each / (9 * Math.floor(i / 3) + 6));
  expect(shares).toBeAllClose(floats([2, 4, 3], expected), { atol: 0, rtol: 1e-6 });
});
