/** @file Gradients of sequences in fewer passes are those of the operators' own rules. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { lowerActivation } from '../layers/activations.ts';
import { emitLayerNormalization } from '../layers/layer-normalization.ts';
import { evaluateGraph } from '../runtime/create-session.ts';
import { floats } from '../tensor/tensor.ts';
import { gradients } from './gradients.ts';
import { findSequenceShortcuts } from './sequence-shortcuts.ts';

type Emit = (ops: GraphBuilder, x: Value) => Value;

const activation =
  (name: 'gelu' | 'gelu_approximate'): Emit =>
  (ops, x) =>
    lowerActivation(ops, name, { value: x, layout: 'plain' }, 'layer').value;

const FORMULAS: readonly [string, Emit][] = [
  [
    'layer normalization',
    (ops, x) =>
      emitLayerNormalization(ops, x, { epsilon: 1e-5, gamma: undefined, beta: undefined, name: 'norm' }),
  ],
  [
    'normalization by the root of the mean square',
    (ops, x) => ops.div(x, ops.sqrt(ops.add(ops.mean(ops.pow(x, 2), [-1], 1), 1e-6))),
  ],
  ['GELU by the error function', activation('gelu')],
  ['GELU by a tanh', activation('gelu_approximate')],
];

const X = floats(
  [2, 3, 5],
  Array.from({ length: 30 }, (_, i) => 3 * Math.sin(2 * i)),
);

describe.each(FORMULAS)('%s', (_, emit) => {
  const gradientOf = async (length: number | string, isShort: boolean) => {
    const builder = new GraphBuilder('gradient');
    const x = builder.input('x', 'float32', ['N', length, 5]);
    const y = emit(builder, x);
    const loss = builder.sumOfAll(builder.mul(y, builder.mul(y, x)));
    const shortcuts = findSequenceShortcuts(builder);
    const [dx] = gradients(builder, loss, [x], { shortcuts: isShort ? shortcuts : [] });
    builder.output(dx!, 'dx');
    const graph = builder.build();
    return { count: shortcuts.length, dx: (await evaluateGraph(graph, { x: X }))['dx']! };
  };

  it('has the same gradient in a shortcut', async () => {
    const [short, long] = [await gradientOf('S', true), await gradientOf('S', false)];
    expect(short.count).toBe(1);
    expect(short.dx).toBeAllClose(long.dx, { atol: 1e-5, rtol: 1e-5 });
  });

  it('has none where the length is known, as of images', async () => {
    expect((await gradientOf(3, true)).count).toBe(0);
  });
});
