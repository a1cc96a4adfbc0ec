import { expect, it } from 'vitest';
import { evaluateGraph } from '../runtime/create-session.ts';
import { floats } from '../tensor/tensor.ts';
import { GraphBuilder } from './builder.ts';
import { rebatch } from './rebatch.ts';

it('lets what is expanded for the windows of one image follow the batch', async () => {
  // Four windows of an image, each divided by its sum, as an exporter writes it down for a batch of one.
  const builder = new GraphBuilder('windows');
  const images = builder.input('images', 'float32', [1, 4, 3]);
  const windows = builder.op('Reshape', [images, builder.integers([4, 3])]);
  const sums = builder.op('ReduceSum', [windows, builder.integers([1])], { keepdims: 1 });
  const divided = builder.op('Div', [windows, builder.op('Expand', [sums, builder.integers([4, 3])])]);
  builder.output(builder.op('Reshape', [divided, builder.integers([1, 4, 3])]), 'fractions');
  const graph = rebatch(builder.build(), { sample: [4, 3] });
  const numbers = Array.from({ length: 24 }, (_, i) => i + 1);
  const { fractions } = await evaluateGraph(graph, { images: floats([2, 4, 3], numbers) });
  const expected = numbers.map((each, i) => each / (9 * Math.floor(i / 3) + 6));
  expect(fractions).toBeAllClose(floats([2, 4, 3], expected), { atol: 0, rtol: 1e-6 });
});
