/** @file Which products become one, and that they give the same. */

import { expect, it } from 'vitest';
import { evaluateGraph } from '../../runtime/create-session.ts';
import { floats } from '../../tensor/tensor.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph } from '../graph.ts';
import { joinNarrowProducts } from './join-narrow-products.ts';

interface Matrix {
  readonly columns: number;
  /** Whether nothing trains it. */
  readonly isConstant?: boolean;
}

/** `[N, S, 3]` times matrices that are fed as vectors, and what follows each; every matrix is shaped only when it is needed. */
function products(matrices: readonly Matrix[], rank = 3): Graph {
  const builder = new GraphBuilder('test');
  const x = builder.input('x', 'float32', rank === 3 ? ['N', 'S', 3] : ['N', 3]);
  matrices.forEach(({ columns, isConstant = false }, index) => {
    const shape = [3, columns];
    const matrix = isConstant
      ? builder.constant(floats(shape, new Float32Array(3 * columns).fill(index + 1)))
      : builder.reshape(builder.input(`w${index}`, 'float32', [3 * columns]), shape);
    const size = builder.mean(matrix, [0, 1], 0);
    builder.output(builder.mul(builder.matMul(x, matrix), size), `y${index}`);
  });
  return builder.build();
}

const countOf = (graph: Graph, name: string) => graph.nodes.filter(({ op }) => op === name).length;

it('narrow products of one value become one', async () => {
  const graph = products([{ columns: 1 }, { columns: 2 }, { columns: 64 }]);
  const joined = joinNarrowProducts(graph);
  expect(countOf(joined, 'MatMul')).toBe(1);
  expect(countOf(joined, 'Slice')).toBe(3);
  const random = (length: number) => Float32Array.from({ length }, (_, index) => Math.sin(index * 7));
  const feeds = {
    x: floats([2, 2, 3], random(12)),
    w0: floats([3], random(3)),
    w1: floats([6], random(6)),
    w2: floats([192], random(192)),
  };
  const [before, after] = [await evaluateGraph(graph, feeds), await evaluateGraph(joined, feeds)];
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const [name, value] of Object.entries(before)) {
    expect(after[name]).toBeAllClose(value, { atol: 1e-6, rtol: 1e-6 });
  }
});

it.each([
  ['a wide one', products([{ columns: 2 }, { columns: 65 }])],
  ['one that nothing trains', products([{ columns: 2 }, { columns: 2, isConstant: true }])],
  ['those of rows', products([{ columns: 2 }, { columns: 2 }], 2)],
])('but not %s', (_, graph) => {
  expect(joinNarrowProducts(graph)).toBe(graph);
});
