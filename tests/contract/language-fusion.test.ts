/** What ONNX Runtime must make one operator of, for language models to be as fast as they are. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph, Value } from '../../src/core/graph/graph.ts';
import { paddedWidth, padLeadingDimensions } from '../../src/core/graph/passes/pad-leading-dimensions.ts';
import { simplify } from '../../src/core/graph/passes/simplify.ts';
import { speedUp } from '../../src/core/graph/passes/speed-up.ts';
import { lowerActivation } from '../../src/core/layers/activations.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';
import { createSession, evaluateGraph } from '../../src/core/runtime/create-session.ts';
import { StoredTensor } from '../../src/core/tensor/stored-tensor.ts';
import { floats } from '../../src/core/tensor/tensor.ts';
import { createSettings } from '../../src/node/runtime/native-sessions.ts';
import { fusedOperators } from '../support/fused-operators.ts';

it("GPT-2's GELU, with the bias before it, by what speedUp writes", async () => {
  const builder = new GraphBuilder('gelu');
  const bias = builder.constant(floats([3], [0.5, -1, 2]), 'bias');
  const value = builder.add(builder.input('x', 'float32', ['N', 'S', 3]), bias);
  const { value: y } = lowerActivation(builder, 'gelu_approximate', { value, layout: 'plain' }, 'gelu');
  // An output of the graph is not made a part of anything.
  builder.output(builder.add(y, y), 'y');
  const graph = builder.build();
  expect(await fusedOperators(encodeModel(speedUp(graph)))).toEqual(['FastGelu', 'Add']);

  const x = Array.from({ length: 300 }, (_, index) => (index - 150) / 12);
  const feeds = { x: floats([1, 100, 3], [...x.slice(0, 298), 1e4, -1e4]) };
  const [before, after] = [await evaluateGraph(graph, feeds), await evaluateGraph(speedUp(graph), feeds)];
  // Of the far tail, 1 + tanh has but the rounding of 1: as PyTorch's has.
  expect(after['y']!).toBeAllClose(before['y']!, { atol: 2e-6, rtol: 1e-6 });
});

it.each([true, false])(
  'a product with a matrix that lies by columns, memory spared: %s',
  async (sparesMemory) => {
    const folder = mkdtempSync(join(tmpdir(), 'graft-columns-'));
    try {
      // [[1, 2, 3], [4, 5, 6]] column by column.
      writeFileSync(join(folder, 'w.f32'), Float32Array.of(1, 4, 2, 5, 3, 6));
      const place = { folder, file: 'w.f32', offset: 0, byColumns: [2, 3] as const };
      const read = () => Float32Array.of(1, 2, 3, 4, 5, 6);
      const product = (): Graph => {
        const builder = new GraphBuilder('product');
        const kernel = builder.constant(new StoredTensor([2, 1, 3], { place, length: 6, read }), 'kernel');
        const x = builder.input('x', 'float32', ['N', 'S', 2]);
        builder.output(builder.matMul(x, builder.reshape(kernel, [2, 3])), 'y');
        return builder.build();
      };
      const matrix = simplify(product());
      const named = encodeModel(matrix, { namesFiles: true });
      expect(Buffer.from(named).includes('w.f32')).toBe(true);
      const settings = createSettings({ filesFolder: folder, sparesMemory });
      expect(await fusedOperators(named, settings)).toEqual(['FusedMatMul']);

      const feeds = { x: floats([1, 1, 2], [1, 10]) };
      // The file cannot say how it would be anything else than that matrix: its numbers come into the model then.
      const unfolded = product();
      expect(Buffer.from(encodeModel(unfolded, { namesFiles: true })).includes('w.f32')).toBe(false);
      for (const graph of [matrix, unfolded]) {
        const session = await createSession(graph, { sparesMemory });
        expect((await session.run(feeds))['y']!).toEqual(floats([1, 1, 3], [41, 52, 63]));
        await session.dispose();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

it('a product with a matrix whose columns lie apart; as anything else it comes into the model', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-padded-'));
  try {
    const [rows, columns] = [1024, 2];
    const padded = [paddedWidth(rows), columns] as const;
    const lying = new Float32Array(padded[0] * columns);
    for (let column = 0; column < columns; column++) {
      for (let row = 0; row < rows; row++) lying[column * padded[0] + row] = row + column / 2;
    }
    writeFileSync(join(folder, 'w.f32'), lying);
    const place = { folder, file: 'w.f32', offset: 0, byColumns: [rows, columns] as const, padded };
    const read = () => Float32Array.from({ length: rows * columns }, (_, i) => (i >> 1) + (i % 2) / 2);
    const graphOf = (use: (builder: GraphBuilder, x: Value, kernel: Value) => Value): Graph => {
      const builder = new GraphBuilder('test');
      const kernel = builder.constant(
        new StoredTensor([rows, columns], { place, length: 2048, read }),
        'kernel',
      );
      builder.output(use(builder, builder.input('x', 'float32', ['N', 'S', rows]), kernel), 'y');
      return builder.build();
    };
    const product = graphOf((builder, x, kernel) => builder.matMul(x, kernel));
    const named = encodeModel(padLeadingDimensions(product), { namesFiles: true });
    expect(await fusedOperators(named, createSettings({ filesFolder: folder }))).toEqual([
      'Pad',
      'FusedMatMul',
    ]);

    const sums = graphOf((builder, x, kernel) =>
      builder.mul(builder.mean(x, [-1], 1), builder.sum(kernel, [0], 0)),
    );
    const feeds = { x: floats([1, 1, rows], new Float32Array(rows).fill(1)) };
    for (const graph of [product, sums]) {
      const session = await createSession(graph);
      expect((await session.run(feeds))['y']!).toEqual(floats([1, 1, columns], [523776, 524288]));
      await session.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
